"""What a column holds, and bringing values to that kind."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from begriff.errors import InputError, unknown

__all__ = ["Columns", "infer_columns"]

KINDS = ("text", "category", "list", "number", "date", "boolean")
_EXACT = ("number", "date", "boolean")
_NOTHING = ("", "na", "n/a", "nan", "null", "none", "-")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$")


@dataclass(frozen=True)
class Columns:
    """Kind of every column.

    Attributes
    ----------
    kinds : dict
        Column -> one of text, category, list, number, date, boolean.
    """

    kinds: dict[str, str]

    def convert(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a row as their columns' kinds; unknown columns are dropped, missing ones become None.

        Raises
        ------
        InputError
            When a value cannot become its column's kind.
        """
        out = {}
        for name, kind in self.kinds.items():
            value = row.get(name)
            try:
                empty = _missing(value) or (kind in _EXACT and _nothing(value))
                out[name] = None if empty else _CONVERT[kind](value)
            except (TypeError, ValueError) as e:
                raise InputError(f"column {name!r} holds {value!r:.60}, not a {kind}") from e
        return out


def infer_columns(
    rows: Iterable[Mapping[str, Any]], *, text: Iterable[str] = (), override: Mapping[str, str] | None = None, typed: bool = True
) -> Columns:
    """Kinds of columns from a sample of rows.

    Parameters
    ----------
    rows : iterable of dict
    text : iterable of str
        Columns that are text whatever they look like.
    override : dict, optional
        Column -> kind.
    typed : bool
        Whether a string is meant as one; False also takes "12.5" for a number and "true" for a boolean, as in a CSV file.

    Raises
    ------
    InputError
        For an unknown kind, or an override of a column that does not exist.
    """
    values: dict[str, list[Any]] = {}
    for row in rows:
        for name, value in row.items():
            kept = values.setdefault(str(name), [])
            if not _missing(value):
                kept.append(value)
    for name, kind in (override or {}).items():
        if kind not in KINDS:
            raise unknown(f"column kind (for {name!r})", kind, KINDS)
        if name not in values:
            raise unknown("column", name, values)
    kinds = {n: _kind(kept, typed) for n, kept in values.items() if not n.startswith("_") and not any("\ud800" <= c <= "\udfff" for c in n)}
    kinds.update(dict.fromkeys((t for t in text if t in kinds), "text"))
    return Columns({**kinds, **(override or {})})


def _kind(values: list[Any], typed: bool) -> str:
    if not typed:
        values = [v for v in values if not _nothing(v)]
    if not values:
        return "category"
    if not typed and all(_NUMBER.match(v) for v in values):
        return "number"
    if not typed and all(v.lower() in ("true", "false") for v in values):
        return "boolean"
    if all(isinstance(v, bool) for v in values):
        return "boolean"
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return "number"
    if all(isinstance(v, date) or (isinstance(v, str) and _DATE.match(v)) for v in values):
        return "date"
    if all(isinstance(v, list | tuple) for v in values):
        return "list"
    texts = [str(v) for v in values]
    short = sum(len(t) <= 60 for t in texts) > 0.9 * len(texts)
    return "category" if short and len(set(texts)) <= max(20, len(texts) // 2) else "text"


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _nothing(value: Any) -> bool:
    """Whether a string says that there is no value."""
    return isinstance(value, str) and value.strip().lower() in _NOTHING


def _text(value: Any) -> str:
    if isinstance(value, dict | list | tuple | bytes):
        raise TypeError("no text")
    return str(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not math.isfinite(float(value)):
        raise ValueError("no finite number")
    return float(value)


def _date(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return datetime.fromisoformat(str(value)).replace(tzinfo=None)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError("no boolean")


def _list(value: Any) -> list[str]:
    if isinstance(value, str):
        return [p.strip() for p in re.split(r"[;|]", value) if p.strip()]
    return [str(v) for v in value]


_CONVERT = {"text": _text, "category": _text, "number": _number, "date": _date, "boolean": _boolean, "list": _list}
