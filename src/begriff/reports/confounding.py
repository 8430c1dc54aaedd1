"""Other columns that go with the groups or periods that are compared, so that a difference may be
theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.association import associate
from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.reports.periods import cut
from begriff.reports.report import percent

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Confounder", "confounders", "mentioned"]

_STRONG = 0.5
_KNOWN = 0.5
_SHOWN = 2
_WHOLLY = 0.95


class Confounder(Document):
    """A column that largely goes with what is compared.

    ``strength`` is a Cramér's V from .5 to 1, ``value`` the value that goes with it most, ``here``
    its share in ``group``, ``elsewhere`` its share in the other groups, which ``others`` names.
    """

    column: str
    strength: float
    value: str
    group: str
    others: str
    here: float
    elsewhere: float

    def __str__(self) -> str:
        shares = (
            f"{self.column} {self.value!r} is {percent(self.here)} of {self.group} and"
            f" {percent(self.elsewhere)} of {self.others}"
        )
        advice = (
            "nothing here tells the two apart"
            if self.strength > _WHOLLY
            else "compare within one value of it (where=...)"
        )
        return (
            f"{shares}: what differs may be due to {self.column} (Cramér's V {self.strength:.2f});"
            f" {advice}."
        )


def confounders(
    atlas: Atlas,
    group: NDArray[np.int64],
    names: list[str],
    *,
    without: Iterable[str] = (),
    numbers: bool,
    balanced: bool = False,
) -> list[Confounder]:
    """Columns that nearly determine the group of an item, strongest first, at most two.

    Parameters
    ----------
    atlas : Atlas
    group : ndarray (n_items,)
        Group of every item; -1 for items that are left out.
    names : list of str (n_groups,)
    without : iterable of str
        Columns that the groups are made of.
    numbers : bool
        Whether numbers and dates count, too, cut into periods.
    balanced : bool
        Count every group alike, however many items it has.
    """
    kinds = ("category", "boolean", "number", "date") if numbers else ("category", "boolean")
    columns = [c for c, kind in atlas.columns.items() if kind in kinds and c not in set(without)]
    found = [
        c
        for c in (_confounder(atlas, column, group, names, balanced) for column in columns)
        if c is not None
    ]
    return sorted(found, key=lambda c: -c.strength)[:_SHOWN]


def mentioned(atlas: Atlas, *conditions: str | None) -> set[str]:
    """Columns that SQL conditions mention."""
    words = {
        w.lower()
        for c in conditions
        if c is not None
        for w in re.findall(r"\w+", re.sub(r"'[^']*'", "", c))
    }
    return {name for name in atlas.columns if set(re.findall(r"\w+", name.lower())) <= words}


def _confounder(
    atlas: Atlas, column: str, group: NDArray[np.int64], names: list[str], balanced: bool
) -> Confounder | None:
    value, labels = _values(atlas, column)
    inside = group >= 0
    known = inside & (value >= 0)
    if known.sum() < max(_KNOWN * inside.sum(), 20) or len(np.unique(group[known])) < 2:
        return None
    found = associate(group[known], value[known], balanced=balanced)
    if found.strength < _STRONG:
        return None
    return Confounder(
        column=column,
        strength=found.strength,
        value=labels[found.value],
        group=names[found.group],
        others=names[1 - found.group] if len(names) == 2 else "the others",
        here=found.here,
        elsewhere=found.elsewhere,
    )


def _values(atlas: Atlas, column: str) -> tuple[NDArray[np.int64], list[str]]:
    """The value of every item (n_items,) as a place in a list, -1 where there is none; numbers and
    dates by their period.
    """
    import pyarrow as pa

    if atlas.columns[column] in ("number", "date"):
        try:
            periods = cut(atlas, column)
        except InputError:  # dates over more periods than can be told apart
            return np.full(atlas.n_items, -1), []
        return periods.of, periods.labels
    texts = [
        None if v is None or v != v or v == "" else str(v)
        for v in atlas.snapshot.column(column).tolist()
    ]
    encoded = pa.array(texts, pa.string()).dictionary_encode()
    return (
        encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64),
        encoded.dictionary.to_pylist(),
    )
