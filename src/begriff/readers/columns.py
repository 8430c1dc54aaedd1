"""What a column holds, and bringing values to that kind."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np

from begriff.readers.dates import is_no_date, moment_of, spelled

__all__ = [
    "Columns",
    "Converted",
    "id_text",
    "is_missing",
    "json_list",
    "KINDS",
    "says_nothing",
    "spelled_number",
]

KINDS = ("text", "category", "list", "number", "date", "boolean")
_NOTHING = ("", "na", "n/a", "nan", "null", "none", "-", "\\n")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1


@dataclass(frozen=True)
class Converted:
    """A row as its columns' kinds.

    Attributes
    ----------
    values : dict
        Column -> value; None where there is none.
    emptied : dict
        Columns whose value could not become their kind -> that value and why.
    """

    values: dict[str, Any]
    emptied: dict[str, str]


@dataclass(frozen=True)
class Columns:
    """Kind of every column, and how its values are written.

    Attributes
    ----------
    kinds : dict
        Column -> one of text, category, list, number, date, boolean.
    forms : dict
        Column -> what its kind does not say. Of numbers "int" (64 bits) or "decimals=2" (as many
        behind the point in every cell); of booleans "True" or "TRUE", as the source writes them; of
        dates "day" or a format of :meth:`datetime.strptime`; of lists "int" or "float" for their
        elements. Other numbers are floats, dates ISO 8601, elements text.
    sources : dict
        Column -> its name in the source, where that is one that an atlas needs itself (``_text``).
    dropped : dict
        Columns of the source that are left out -> why.
    notes : dict
        Column -> what a person may want to know of it, as why it is no number.
    """

    kinds: dict[str, str]
    forms: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    dropped: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def source_names(self) -> list[str]:
        """The columns' names in the source."""
        return [self.sources.get(n, n) for n in self.kinds]

    def convert(self, row: Mapping[str, Any]) -> Converted:
        """Values of a row as their columns' kinds; columns that are unknown are left out, missing
        ones are None.
        """
        out: dict[str, Any] = {}
        emptied: dict[str, str] = {}
        for name, kind in self.kinds.items():
            value = row.get(self.sources.get(name, name))
            if (
                value is None
                or is_missing(value)
                or (kind not in ("text", "category") and says_nothing(value))
            ):
                out[name] = None
                continue
            try:
                out[name] = _CONVERT[kind](value, self.forms.get(name, ""))
            except (TypeError, ValueError, OverflowError) as e:
                out[name] = None
                emptied[name] = f"{value!r:.80} is not a {kind}" + (f" ({e})" if str(e) else "")
        return Converted(out, emptied)

    def texts(self, row: Mapping[str, Any], names: Iterable[str]) -> list[str]:
        """What stands in the columns of the source that hold text, where it is text."""
        values = (row.get(n) for n in names)
        return [
            t
            for v in values
            if not is_missing(v) and not isinstance(v, bytes | dict) and (t := _text(v, "").strip())
        ]

    def spell(self, name: str, value: Any) -> str:
        """A value as the cell of a CSV file that it came from; a list is its JSON, nothing is
        empty.
        """
        if value is None or is_missing(value):
            return ""
        kind, form = self.kinds.get(name, "text"), self.forms.get(name, "")
        if kind == "number":
            return spelled_number(value, form)
        if kind == "boolean":
            return (
                {"True": "True", "TRUE": "TRUE"}.get(form, "true")
                if value
                else {"True": "False", "TRUE": "FALSE"}.get(form, "false")
            )
        if kind == "date":
            return spelled(
                value if isinstance(value, datetime) else datetime.fromisoformat(value), form
            )
        return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)

    def arrow_type(self, name: str) -> Any:
        """The type of a column in an Arrow table."""
        import pyarrow as pa

        kind, form = self.kinds[name], self.forms.get(name, "")
        element = {"int": pa.int64(), "float": pa.float64()}
        if kind == "number":
            return element["int" if form == "int" else "float"]
        if kind == "list":
            return pa.list_(element.get(form, pa.string()))
        return {"date": pa.timestamp("us"), "boolean": pa.bool_()}.get(kind, pa.string())


def spelled_number(value: Any, form: str = "") -> str:
    """A number in digits: never with an exponent, whole ones without a point, or with as many
    decimals as its column has.

    >>> spelled_number(2.5, "decimals=2"), spelled_number(1e-05), spelled_number(2020.0)
    ('2.50', '0.00001', '2020')
    """
    if form.startswith("decimals="):
        return f"{float(value):.{int(form.removeprefix('decimals='))}f}"
    if isinstance(value, int):
        return str(value)
    return np.format_float_positional(value, trim="-")


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, or pandas' NaT and NA."""
    if value is None:
        return True
    if isinstance(value, float):
        return math.isnan(value)
    return type(value).__name__ in ("NaTType", "NAType")


def says_nothing(value: Any) -> bool:
    """Whether a text says that there is no value."""
    return isinstance(value, str) and (
        value.strip().lower() in _NOTHING or is_no_date(value.strip())
    )


def id_text(value: Any) -> str:
    """An id as text: 3 and 3.0 are one id, text stays but for space around it; "" where there is
    none.
    """
    if is_missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _text(value: Any, _: str) -> str:
    if isinstance(value, list):
        return ". ".join(str(v) for v in value if v is not None)
    if isinstance(value, dict | bytes):
        raise TypeError("no text")
    if isinstance(value, bool):
        return str(value).lower()
    return id_text(value) if isinstance(value, float) else str(value)


def _number(value: Any, form: str) -> int | float:
    if isinstance(value, bool):
        raise ValueError("a boolean")
    if form == "int":
        return _whole(value)
    grouped = isinstance(value, str) and re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", value.strip())
    number = float(value.replace(",", "") if grouped else value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _whole(value: Any) -> int:
    whole = int(value)
    if isinstance(value, float) and whole != value:
        raise ValueError("the column holds whole numbers")
    if not _SMALLEST <= whole <= _LARGEST:
        raise ValueError("beyond 64 bits")
    return whole


def _date(value: Any, form: str) -> datetime:
    return moment_of(value, form)


def _boolean(value: Any, _: str) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in ("true", "false"):
        return str(value).strip().lower() == "true"
    raise ValueError


def _list(value: Any, form: str) -> list[Any]:
    if isinstance(value, str):
        parsed = json_list(value)
        value = (
            parsed
            if parsed is not None
            else [p.strip() for p in re.split(r"[;|]", value) if p.strip()]
        )
    if not isinstance(value, list | tuple):
        raise TypeError
    elements: dict[str, Callable[[Any], Any]] = {"int": _whole, "float": float}
    element = elements.get(form, _element)
    return [None if is_missing(v) else element(v) for v in value]


def _element(value: Any) -> str:
    return (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, list | dict | bool)
        else str(value)
    )


def json_list(text: str) -> list[Any] | None:
    """The JSON array that a cell holds, or None."""
    if not text.lstrip().startswith("["):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None


_CONVERT = {
    "text": _text,
    "category": _text,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "list": _list,
}
