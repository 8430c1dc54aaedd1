"""The two groups of items that a difference is about: of one atlas, or of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array

from begriff.documents.models import Example
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.reports.concept_columns import Columns, concept_columns

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Group", "same_space", "Side", "two_groups"]

Side = str | Sequence[str] | NDArray[np.bool_] | None


@dataclass(frozen=True)
class Group:
    """Items of an atlas, and the columns that are measured on all of that atlas's items.

    Attributes
    ----------
    name : str
    atlas : Atlas
    rows : ndarray (n,)
        Positions of the items, rising.
    columns : Columns
    """

    name: str
    atlas: Atlas
    rows: NDArray[np.int64]
    columns: Columns

    @cached_property
    def codes(self) -> csr_array:
        """Codes (n, n_columns) of the group's items."""
        whole = len(self.rows) == self.columns.codes.shape[0]
        return self.columns.codes if whole else csr_array(self.columns.codes[self.rows])

    @cached_property
    def by_column(self) -> csc_array:
        """The same, by column; indices are places in the group."""
        return self.codes.tocsc()

    @cached_property
    def texts(self) -> dict[int, str]:
        """Texts of the items that were read, by row."""
        return {}

    def read(self, rows: list[NDArray[np.int64]]) -> None:
        """Read texts in one go."""
        wanted = np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64)
        found = self.atlas.snapshot.items.take(wanted.tolist(), ["_id", "_text"])
        self.texts.update({int(r): f["_text"] for r, f in zip(wanted, found, strict=True)})
        self.ids.update({int(r): f["_id"] for r, f in zip(wanted, found, strict=True)})

    @cached_property
    def ids(self) -> dict[int, str]:
        """Ids of the items that were read, by row."""
        return {}

    def examples(self, rows: NDArray[np.int64]) -> list[Example]:
        """Items that were read, by the first words of their text."""
        return [
            Example(
                id=self.ids[int(r)], strength=0.0, text=" ".join(self.texts[int(r)].split())[:160]
            )
            for r in rows
        ]

    def vectors(self, rows: NDArray[np.int64] | None = None) -> Floats:
        """Unit vectors (n, n_dims) of the group's items, or of some rows."""
        return np.asarray(self.atlas.item_vectors[self.rows if rows is None else rows])


def two_groups(
    atlas: Atlas, other: Atlas | None, a: Side, b: Side, where: str | None
) -> tuple[Group, Group]:
    """Groups A and B: each by an SQL condition, ids, or a mask (n_items,); of one atlas, None
    stands for all other items.

    Raises
    ------
    InputError
        When a group is empty, both share items, no condition is given for one atlas, or the atlases
        have different encoders.
    """
    if other is None and a is None and b is None:
        raise InputError(
            "a difference needs two groups: give a condition a or b (the other then is all other"
            " items), or a second atlas"
        )
    if other is not None:
        same_space(atlas, other)
    second = atlas if other is None else other
    columns = concept_columns(atlas)
    theirs = (
        columns
        if other is None
        else concept_columns(atlas, _coded_alike(atlas, other), other.item_vectors)
    )
    inside = [_inside(at, side) for at, side in ((atlas, a), (second, b))]
    names = [_called(at, side) for at, side in ((atlas, a), (second, b))]
    if other is None and (a is None or b is None):
        rest = 0 if a is None else 1
        inside[rest], names[rest] = ~inside[1 - rest], f"all others than {names[1 - rest]}"
    kept = [
        m if where is None else m & at.snapshot.where(where)
        for m, at in zip(inside, (atlas, second), strict=True)
    ]
    first = Group(names[0], atlas, np.flatnonzero(kept[0]), columns)
    last = Group(names[1], second, np.flatnonzero(kept[1]), theirs)
    _check(first, last, other is None)
    return first, last


def same_space(atlas: Atlas, other: Atlas) -> None:
    """Refuse atlases whose vectors cannot be compared."""
    mine, theirs = (x.snapshot.encoder_name for x in (atlas, other))
    if mine != theirs or atlas.vectors.shape[1] != other.vectors.shape[1]:
        raise InputError(
            f"{_name(atlas)} was made with {mine or 'given vectors'} ({atlas.vectors.shape[1]}"
            f" dimensions), {_name(other)} with {theirs or 'given vectors'}"
            f" ({other.vectors.shape[1]}): their directions differ in meaning. Compare them in a"
            " space of given concepts (`begriff conceptualize A --with B --concepts WORDS.txt`),"
            " or build both with one encoder"
        )


def _coded_alike(atlas: Atlas, other: Atlas) -> csr_array:
    """Codes of the other atlas's items under this one's dictionary."""
    from begriff.pipeline.learn import code, reference_rows

    if np.array_equal(atlas.components, other.components):
        return other.snapshot.item_codes
    return code(
        atlas.dictionary, np.asarray(other.item_vectors), reference_rows(atlas.item_vectors)
    )


def _inside(atlas: Atlas, side: Side) -> NDArray[np.bool_]:
    """Items (n_items,) of one side; all of them where it is None."""
    if side is None:
        return np.ones(atlas.n_items, dtype=bool)
    if isinstance(side, str):
        return atlas.snapshot.where(side)
    if isinstance(side, np.ndarray):
        if side.dtype != np.bool_ or side.shape != (atlas.n_items,):
            raise InputError(
                f"a mask of {side.dtype} {side.shape}: must be bool of shape ({atlas.n_items},)"
            )
        return side
    mask = np.zeros(atlas.n_items, dtype=bool)
    mask[[atlas.snapshot.row_of(i) for i in side]] = True
    return mask


def _called(atlas: Atlas, side: Side) -> str:
    return (
        _name(atlas)
        if side is None
        else (
            side
            if isinstance(side, str)
            else f"a selection of {_inside(atlas, side).sum():,} items"
        )
    )


def _check(a: Group, b: Group, one: bool) -> None:
    for letter, group in (("A", a), ("B", b)):
        if not len(group.rows):
            raise InputError(
                f"group {letter} ({group.name}) is empty: 0 of {group.atlas.n_items:,} items; see"
                " `begriff info` for the columns"
            )
    shared = len(np.intersect1d(a.rows, b.rows)) if one else 0
    if shared:
        raise InputError(
            f"groups A ({a.name}, {len(a.rows):,} items) and B ({b.name}, {len(b.rows):,} items)"
            f" share {shared:,} items: "
            f'make them disjoint, as with b = "NOT ({a.name})"'
        )


def _name(atlas: Atlas) -> str:
    return atlas.path.name
