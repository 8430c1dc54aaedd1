"""Rows of the items: columns, conditions, ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.calendar import moments, named_like_time, years
from begriff.errors import InputError, unknown
from begriff.readers import Columns
from begriff.store.areas import inside_area, split_areas
from begriff.store.conditions import as_typed, check_condition, shortened
from begriff.store.items import Items, describe, open_items
from begriff.store.names import whole_text
from begriff.store.row_plan import columns_of
from begriff.store.stored_atlas import StoredAtlas

if TYPE_CHECKING:
    pass

__all__ = ["ItemRecord", "StoredRows"]


_ID = re.compile(
    r"(?i)(^|[_.\-"
    r" ])(id|uid|uuid|guid|key|doi|isbn|issn|pmid|url|uri|slug|handle|number|code)$|[a-z](Id|ID)$"
)


@dataclass(frozen=True)
class ItemRecord:
    """One item as stored."""

    id: str
    item: dict[str, Any]
    text: str


class StoredRows(StoredAtlas):
    """Rows of the items of one version, with their columns, conditions and ids."""

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._masks: dict[str, NDArray[np.bool_]] = {}
        self._columns: dict[str, NDArray[Any]] = {}

    @cached_property
    def columns(self) -> dict[str, str]:
        """Column -> text, category, list, number, date or boolean."""
        return dict(self._store.json("items", "columns")["kinds"])

    @cached_property
    def typed_columns(self) -> Columns:
        """Columns with how their values are written, as a file of them needs it."""
        return columns_of(self._store.json("items", "columns"))

    @cached_property
    def time_column(self) -> str | None:
        """The column that timelines use by default: the first date, or else the first number that
        is called like a time and holds times.
        """
        return next(iter(self.times), None)

    @cached_property
    def times(self) -> list[str]:
        """Columns of time: dates, then numbers that are called like a time and hold years, months,
        days or seconds since 1970.
        """
        dates = [n for n, k in self.columns.items() if k == "date"]
        return [
            *dates,
            *(n for n, k in self.columns.items() if k == "number" and self._holds_times(n)),
        ]

    def _holds_times(self, name: str) -> bool:
        if not named_like_time(name):
            return False
        values = np.asarray(self.items.column(name), dtype=np.float64)
        return years(values) or moments(values) is not None

    def where(self, condition: str) -> NDArray[np.bool_]:
        """Items (n_items,) that meet an SQL condition, and lie in the areas of the map that it
        names by ``on_map``.

        Raises
        ------
        InputError
            When the condition cannot be read, or names a column that does not exist.
        """
        mask = self._masks.get(condition)
        if mask is None:
            if len(self._masks) >= 64:
                self._masks.clear()
            mask = self._masks[condition] = self._filter(condition)
        return mask

    def _filter(self, condition: str) -> NDArray[np.bool_]:
        rest, areas = split_areas(condition)
        mask = self._rows_where(rest) if rest or not areas else np.ones(self.n_items, dtype=bool)
        for corners in areas:
            mask = mask & inside_area(self.layout[0], corners)
        return mask

    def _rows_where(self, condition: str) -> NDArray[np.bool_]:
        kinds = self.columns
        check_condition(condition, kinds)
        items = self.items
        try:
            rows = items.matching(as_typed(condition, self.typed_columns))
        except (ValueError, OSError, RuntimeError, TypeError) as e:
            # raises where the rows cannot be read, and the condition is not to blame
            items.column("_row")
            dates = "; write a moment as timestamp '2020-01-31'" if "date" in kinds.values() else ""
            said = f"({_first_line(e)}); columns: {', '.join(kinds)}{dates}"
            raise InputError(f"where={shortened(condition)} cannot be read {said}") from e
        mask = np.zeros(self.n_items, dtype=bool)
        mask[rows] = True
        return mask

    @cached_property
    def items(self) -> Items:
        """The table of rows."""
        return open_items(self._store.folder("items"))

    def column(self, name: str) -> NDArray[Any]:
        """One column (n_items,), kept in memory after its first use."""
        if name not in self._columns:
            self._columns[name] = self.items.column(name)
        return self._columns[name]

    def records(self, rows: Sequence[int] | NDArray[np.int64]) -> list[ItemRecord]:
        """Items at positions."""
        kinds = self.columns if len(rows) else {}
        found = self.items.take([int(r) for r in rows])
        return [ItemRecord(r["_id"], {k: describe(r[k]) for k in kinds}, r["_text"]) for r in found]

    def row_of(self, id: str) -> int:
        """Position of the item with this id."""
        quoted = whole_text(str(id)).replace("'", "''")
        with self.items.reading():
            found = self.items.matching(f"_id = '{quoted}'")
        if not len(found):
            raise unknown("item", id, self.items.column("_id")[:2000])
        return int(found[0])

    @property
    def id_column(self) -> str | None:
        """The column that ids come from; None where they are row numbers."""
        column = self._manifest["made"]["source"].get("id", "id")
        return None if column is None else str(column)

    @cached_property
    def possible_ids(self) -> list[str]:
        """Columns that are called like ids and differ in every row, where ids are row numbers
        because none was named.
        """
        if self.id_column is not None:
            return []
        named = [
            n
            for n, k in self.columns.items()
            if k in ("text", "category", "number") and _ID.search(n)
        ]
        columns = {
            n: [
                str(v)
                for v in self.items.column(n).tolist()
                if v is not None and v == v and v != ""
            ]
            for n in named
        }
        return [n for n, values in columns.items() if len(set(values)) == self.n_items]

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those of some ids that items have."""
        return set(ids) & set(self.items.column("_id").tolist())


def _first_line(error: Exception) -> str:
    said = re.sub(
        r", /\S+\.rs:.*|^Invalid user input: ", "", next(iter(str(error).strip().splitlines()), "")
    )
    return said[:200] or type(error).__name__
