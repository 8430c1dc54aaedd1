"""Nested values become plain columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from begriff.readers.records import Record
from begriff.readers.streams import is_repairable, repaired

__all__ = ["Flat"]

Path = tuple[str, ...]

_WIDEST = 32  # fields of an object, over all rows, that become columns
_NAMES = ("name", "display_name", "title", "label", "term", "value", "id")
_ABSTRACT = "abstract_inverted_index"


class Flat:
    """Rows without objects inside, under names of which each means one thing.

    An object becomes a column for each of its fields (``author`` with a ``name`` becomes
    ``author_name``); one of more than 32 fields in all rows together is JSON text; a list of
    objects is a list of their names; the inverted index of OpenAlex becomes the abstract that it
    is. Where a nested field and a plain column would have one name (``user`` with an ``id``, beside
    ``user_id``), both stay: the nested one becomes ``user_id_2``. Names are made once, from all
    rows, when the first row is asked for.

    Parameters
    ----------
    rows : callable
        Gives the rows from the start.
    """

    def __init__(self, rows: Callable[[], Iterator[Record]]) -> None:
        self._rows = rows
        self._names: dict[Path, str] | None = None
        self._wide: set[Path] = set()

    def __iter__(self) -> Iterator[Record]:
        for record in self._rows():
            if record.row is None:
                yield record
                continue
            try:
                yield self._plain(record, record.row)
            except (TypeError, ValueError, AttributeError, LookupError, RecursionError) as e:
                yield replace(
                    record,
                    row=None,
                    reason=f"its values are not of the shape that they have elsewhere: {e}",
                )

    def _plain(self, record: Record, row: Mapping[str, Any]) -> Record:
        if self._names is None and any(
            isinstance(v, Mapping) or not _is_plain(n) for n, v in row.items()
        ):
            self._survey()
        out: dict[str, Any] = {}
        if self._names is None:
            out = {n: _value(v) for n, v in row.items()}
        else:
            for path, value in self._leaves(row, ()):
                out[self._names[path]] = _leaf(path, value)
        bad = tuple(n for n, v in out.items() if _has_strays(v))
        for name in bad:
            out[name] = _mended(out[name])
        return replace(record, row=out, repaired=bad) if bad else replace(record, row=out)

    def _survey(self) -> None:
        """One pass over all rows, for the names of their leaves."""
        fields: dict[Path, dict[str, None]] = {}
        for record in self._rows():
            if record.row is not None:
                _collect(record.row, (), fields)
        self._wide = {p for p, names in fields.items() if p and len(names) > _WIDEST}
        leaves = dict.fromkeys(
            p
            for record in self._rows()
            if record.row is not None
            for p, _ in self._leaves(record.row, ())
        )
        names: dict[Path, str] = {}
        taken: set[str] = set()
        # plain columns before nested ones; of equal depth the first seen
        for path in sorted(leaves, key=len):
            names[path] = _free(_name(path), taken)
            taken.add(names[path])
        self._names = names

    def _leaves(self, row: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, Any]]:
        for name, value in row.items():
            path = (*at, str(name))
            if isinstance(value, Mapping) and path not in self._wide and str(name) != _ABSTRACT:
                yield from self._leaves(value, path)
            else:
                yield path, value


def _is_plain(name: Any) -> bool:
    return (
        isinstance(name, str)
        and "." not in name
        and name != _ABSTRACT
        and name == name.strip()
        and name != ""
    )


def _collect(row: Mapping[str, Any], at: Path, fields: dict[Path, dict[str, None]]) -> None:
    names = fields.setdefault(at, {})
    for name, value in row.items():
        if len(names) <= _WIDEST or not at:
            names[str(name)] = None
        if isinstance(value, Mapping):
            _collect(value, (*at, str(name)), fields)


def _name(path: Path) -> str:
    parts = [*path[:-1], "abstract"] if path[-1] == _ABSTRACT else [*path]
    return "_".join(p.strip().replace(".", "_") for p in parts) or "column"


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _leaf(path: Path, value: Any) -> Any:
    if path[-1] == _ABSTRACT and isinstance(value, Mapping):
        return _abstract(value)
    return _json(value) if isinstance(value, Mapping) else _value(value)


def _value(value: Any) -> Any:
    """A value as plain Python: scalars of numpy and pandas, decimals, durations and times of day
    included.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [_named(v) for v in (value.tolist() if isinstance(value, np.ndarray) else value)]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else value.astype("datetime64[us]").item()
    if isinstance(value, datetime | date):
        return value if value == value else None  # NaT is no moment
    if isinstance(value, timedelta | np.timedelta64):
        return _seconds(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _number(value)
    if hasattr(value, "dtype") and hasattr(value, "item"):
        return _value(value.item())
    return value


def _seconds(value: Any) -> float | None:
    exact = (
        float(np.timedelta64(value, "us") / np.timedelta64(1, "s"))
        if value == value
        else float("nan")
    )
    return None if exact != exact else exact


def _number(value: Decimal) -> int | float | str | None:
    """An exact number as a whole one or as a float; as text where a float would lose digits."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and value.as_tuple().exponent in (0, *range(1, 19)):
        return int(value)
    return float(value) if Decimal(repr(float(value))) == value else str(value)


def _named(value: Any) -> Any:
    if isinstance(value, Mapping):
        names = [value[n] for n in _NAMES if isinstance(value.get(n), str)]
        return names[0] if names else _json(value)
    return _json(value) if isinstance(value, list | tuple | np.ndarray) else _value(value)


def _abstract(index: Mapping[str, Any]) -> str | None:
    places = [
        (p, word)
        for word, at in index.items()
        if isinstance(at, list)
        for p in at
        if isinstance(p, int)
    ]
    return " ".join(word for _, word in sorted(places)) or None


def _json(value: Any) -> str:
    return json.dumps(
        value.tolist() if isinstance(value, np.ndarray) else value, ensure_ascii=False, default=str
    )


def _has_strays(value: Any) -> bool:
    if isinstance(value, str):
        return is_repairable(value)
    return isinstance(value, list) and any(isinstance(v, str) and is_repairable(v) for v in value)


def _mended(value: Any) -> Any:
    return (
        repaired(value)
        if isinstance(value, str)
        else [repaired(v) if isinstance(v, str) else v for v in value]
    )
