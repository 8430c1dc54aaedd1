"""Labels of items: a column of the atlas, a file, a seeded concept, or a concept of the
dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError, unknown
from begriff.readers import open_source
from begriff.readers.columns import id_text
from begriff.readers.sources import FILES
from begriff.readers.streams import suffix_of
from begriff.search.seeds import resolver_of

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["column_labels", "concept_labels", "file_labels", "Given", "Labels", "read_labels"]

Given = str | Path | Mapping[str, Any]
_MOST = 200
_LISTED = 10


@dataclass(frozen=True)
class Labels:
    """What some items are.

    Attributes
    ----------
    name : str
        Where the labels come from.
    rows : ndarray (n_labelled,)
        Positions of the items, rising.
    values : ndarray (n_labelled,) of str
    unknown_ids : list of str
        Ids that no item has.
    small : dict
        Classes that were left out, with their number of items.
    concept : int, optional
        Id of the concept of the dictionary that the labels come from.
    """

    name: str
    rows: NDArray[np.int64]
    values: NDArray[Any]
    unknown_ids: list[str]
    small: dict[str, int]
    concept: int | None = None

    @property
    def classes(self) -> list[str]:
        """Classes, sorted."""
        return np.unique(self.values).tolist()

    def enough(self, least: int) -> Labels:
        """Without classes of fewer items.

        Raises
        ------
        InputError
            When fewer than two classes are left; the small ones are listed.
        """
        names, counts = np.unique(self.values, return_counts=True)
        small = {str(n): int(c) for n, c in zip(names, counts, strict=True) if c < least}
        left = len(names) - len(small)
        if left < 2:
            listed = ", ".join(f"{n!r} ({c})" for n, c in list(small.items())[:_LISTED])
            said = f"; with fewer than {least} items: {listed}" if small else ""
            count = "1 class" if left == 1 else f"{left} classes"
            raise InputError(
                f"{self.name} leaves {count} of at least {least} items{said}. Two are needed: label"
                " more items"
            )
        if left > _MOST:
            raise InputError(
                f"{self.name} has {left:,} classes of {least} items or more: at most {_MOST}; give"
                " coarser labels"
            )
        kept = ~np.isin(self.values, list(small))
        return Labels(
            self.name, self.rows[kept], self.values[kept], self.unknown_ids, small, self.concept
        )


def read_labels(atlas: Atlas, label: Given) -> Labels:
    """Labels from a column of the atlas, or a file or mapping of ids.

    Parameters
    ----------
    atlas : Atlas
    label : str, Path or mapping
        A column's name; a file that a build could read (.csv, .jsonl, .parquet, ...) with the
        columns ``id`` and ``label``; or id -> label.

    Raises
    ------
    InputError
        For an unknown column or file, a column that holds no classes, or labels of which none
        belongs to an item.
    """
    if isinstance(label, str) and label in atlas.columns:
        return column_labels(atlas, label)
    if isinstance(label, Mapping):
        return _of_ids(atlas, "labels", label)
    if suffix_of(Path(label)) in FILES:
        return file_labels(atlas, label)
    raise unknown("column", str(label), list(atlas.columns))


def column_labels(atlas: Atlas, name: str) -> Labels:
    """The values of a category, boolean or number column as classes; items without a value are not
    labelled.
    """
    kind = atlas.columns[name]
    if kind not in ("category", "boolean", "number"):
        raise InputError(
            f"column {name!r} holds {kind}, and labels are categories: give a category, boolean or"
            " number column, or a file"
        )
    column = atlas.snapshot.column(name)
    known = np.array([_is_given(v) for v in column.tolist()], dtype=bool)
    values = np.array([_text(v) for v in column[known].tolist()])
    return Labels(name, np.flatnonzero(known), values, [], {})


def file_labels(atlas: Atlas, path: str | Path) -> Labels:
    """Labels from a file with the columns ``id`` and ``label``."""
    return _of_ids(
        atlas,
        Path(path).name,
        _read(Path(path), str(atlas.snapshot.store.json("items", "columns")["id"])),
    )


def concept_labels(atlas: Atlas, name: int | str) -> Labels:
    """Whether a seeded concept, or a concept of the dictionary, is active: "yes" or "no" for every
    item.
    """
    id: int | None = None
    seeded = resolver_of(atlas.snapshot).seed_of(name)
    if seeded is not None:
        active = (
            np.asarray(seeded.activations(atlas.item_vectors, atlas.snapshot.merged_codes)).ravel()
            > 0
        )
        called = f"the seeded concept {seeded.steer.name!r}"
    else:
        found = resolver_of(atlas.snapshot).find(name)
        active = atlas.snapshot.merged_codes[:, [found.row]].toarray().ravel() > 0
        called, id = f"concept {found.id} ({found.label})", found.id
    return Labels(called, np.arange(atlas.n_items), np.where(active, "yes", "no"), [], {}, id)


def _of_ids(atlas: Atlas, name: str, given: Mapping[str, Any]) -> Labels:
    wanted = {id_text(i): _text(v) for i, v in given.items() if _is_given(v)}
    ids = atlas.snapshot.items.column("_id").tolist()
    places = {i: row for row, i in enumerate(ids)}
    gone = [i for i in wanted if i not in places]
    rows = np.array(sorted(places[i] for i in wanted if i in places), dtype=np.int64)
    if not len(rows):
        listed = ", ".join(map(repr, gone[:_LISTED])) or "none"
        raise InputError(
            f"{name}: none of the {len(gone):,} labelled ids belongs to an item (first: {listed}):"
            " use the atlas's ids"
        )
    return Labels(name, rows, np.array([wanted[ids[r]] for r in rows]), gone, {})


def _read(path: Path, id: str) -> dict[str, Any]:
    """Labels by id, read as a build reads rows; ids stand in ``id``, or in the column that the
    atlas has them from.
    """
    labels: dict[str, Any] = {}
    columns: dict[str, None] = {}
    for record in open_source(path):
        if record.row is None and not record.skipped:
            raise InputError(
                f"{str(path)!r}, line {record.line}: {record.reason}; give id and label in"
                " every row"
            )
        row = record.row or {}
        columns.update(dict.fromkeys(row))
        item, label = id_text(row.get("id" if "id" in row else id)), row.get("label")
        if item and labels.setdefault(item, label) != label:
            raise InputError(
                f"{str(path)!r} labels {item!r} twice, as {labels[item]!r} and {label!r}: give one"
                " label an item"
            )
    if "label" not in columns or not {"id", id} & columns.keys():
        raise InputError(
            f"{str(path)!r} has the columns {', '.join(list(columns)[:10])}: id and label are"
            " needed"
        )
    return labels


def _is_given(value: Any) -> bool:
    """Whether a value is a label: not missing, not NaN, not blank."""
    return value is not None and value == value and _text(value).strip() != ""


def _text(value: Any) -> str:
    """A label as text: true, false, whole numbers without a point."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
