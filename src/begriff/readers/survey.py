"""What every column of a source is, told from all of its rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from begriff.errors import InputError, unknown
from begriff.readers.columns import (
    KINDS,
    Columns,
    is_missing,
    json_list,
    says_nothing,
    spelled_number,
)
from begriff.readers.dates import Dates

__all__ = ["infer_columns", "Survey"]

_SAMPLE = 2000  # values by which a category is told from a text
_MOST = 2000  # columns
_SHORT = 60  # characters of a category
_RESERVED = ("_row", "_source", "_text")  # columns that an atlas keeps beside those of the source
_WHOLE = re.compile(r"-?(0|[1-9]\d*)$", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)\.(\d+)$", re.ASCII)
_EXACT = 2**53  # whole numbers up to which a float holds every one
_INT64 = range(-(2**63), 2**63)


def infer_columns(
    rows: Iterable[Mapping[str, Any]],
    *,
    text: Iterable[str] = (),
    override: Mapping[str, str] | None = None,
    typed: bool = True,
) -> Columns:
    """Kinds of columns from rows; see :meth:`Survey.columns`."""
    survey = Survey(typed=typed)
    for row in rows:
        survey.add(row)
    return survey.columns(text=text, override=override)


class Survey:
    """Takes rows in, one at a time, and tells what their columns are.

    Holds a few values of each column.

    Parameters
    ----------
    typed : bool
        Whether a string is meant as one; False also takes "12.5" for a number and "true" for a
        boolean, as in a CSV file.
    leave : collection of str
        Columns that are not looked at.
    as_text : collection of str
        Columns whose cells are kept as they are written.

    Attributes
    ----------
    n : int
        Rows taken in.
    """

    def __init__(
        self, *, typed: bool = True, leave: Collection[str] = (), as_text: Collection[str] = ()
    ) -> None:
        self.n = 0
        self._typed, self._leave, self._as_text = typed, frozenset(leave), frozenset(as_text)
        self._columns: dict[str, _Column] = {}

    @property
    def names(self) -> list[str]:
        """Columns seen so far."""
        return list(self._columns)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take a row in.

        Raises
        ------
        InputError
            When there are more than 2,000 columns.
        """
        self.n += 1
        for name, value in row.items():
            column = self._columns.get(name)
            if column is None:
                if name in self._leave:
                    continue
                column = self._columns[name] = _Column(self._typed, str(name) in self._as_text)
                if len(self._columns) > _MOST:
                    raise InputError(
                        f"more than {_MOST:,} columns (the last is {name!r:.60}): name the values"
                        " of rows alike"
                    )
            if value is not None and not is_missing(value):
                column.add(value)

    def columns(
        self,
        *,
        text: Iterable[str] = (),
        override: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Columns:
        """Kind of every column.

        A whole number is one of 64 bits, in a column with larger ones it is text. Cells of a CSV
        file are numbers where writing the numbers gives the cells again: leading zeros, exponents
        and differing trailing zeros (versions 1.1 and 1.10) make text.

        Parameters
        ----------
        text : iterable of str
            Columns that are text whatever they look like.
        override : dict, optional
            Column -> kind, or for dates also "date:FORMAT" with a format of
            :meth:`datetime.strptime`.
        id : str, optional
            Column of ids, which are text.

        Raises
        ------
        InputError
            For an unknown kind, or an override of a column that does not exist.
        """
        text, wanted = (
            set(text),
            {name: _wanted(name, kind, self._columns) for name, kind in (override or {}).items()},
        )
        out = Columns({})
        for source, column in self._columns.items():
            name = _free(source, self._columns, id)
            if any("\ud800" <= c <= "\udfff" for c in source):
                out.dropped[source] = "its name holds half a character"
                continue
            if column.binary and source not in text:
                out.dropped[source] = "binary content"
                continue
            kind, form = column.kind(
                forced=source in text or source == id, wanted=wanted.get(source)
            )
            out.kinds[name] = "text" if source in text and source not in wanted else kind
            out.forms.update({name: form} if form else {})
            out.sources.update({name: source} if source != name else {})
            out.notes.update({name: column.note} if column.note and source not in wanted else {})
        return out


def _free(name: str, names: Collection[str], id: str | None) -> str:
    """The name of a column in the atlas: its own, unless an atlas needs that itself."""
    if name not in _RESERVED and (name != "_id" or id == "_id"):
        return name
    free = name.strip("_")
    while free in names:
        free += "_"
    return free


def _wanted(name: str, kind: str, names: Collection[str]) -> tuple[str, str]:
    kind, _, form = kind.partition(":")
    if kind not in KINDS:
        raise unknown(f"column kind (for {name!r})", kind, KINDS)
    if name not in names:
        raise unknown("column", name, names)
    if form and kind != "date":
        raise InputError(
            f"type {kind}:{form} of {name!r}: only a date takes a format, as date:%d/%m/%Y"
        )
    return kind, form


class _Column:
    """One column: what its values can still be."""

    def __init__(self, typed: bool, as_text: bool) -> None:
        self.sample: list[Any] = []
        self.binary, self.note = False, ""
        self._n = 0
        kinds: list[_Kind] = [] if as_text else [_Boolean(), _Number(), _DateKind(), _List()]
        self._alive = kinds
        self._typed = typed

    def add(self, value: Any) -> None:
        if isinstance(value, str) and not self._typed and says_nothing(value):
            return
        if isinstance(value, bytes | bytearray | memoryview):
            self.binary = True
            return
        self._n += 1
        if len(self.sample) < _SAMPLE:
            self.sample.append(value)
        if self._alive:
            left = [k for k in self._alive if k.add(value, self._typed)]
            if len(left) < len(self._alive) and not left and self._n > 1:
                self.note = (
                    f"{self._alive[0].what} at first, then {value!r:.40}" if self._n > _LATE else ""
                )
            self._alive = left

    def kind(self, *, forced: bool, wanted: tuple[str, str] | None) -> tuple[str, str]:
        """The kind and its form: the wanted one, or what it looks like; ``forced`` leaves only text
        and category.
        """
        if wanted is not None:
            return (
                wanted
                if wanted[1]
                else (
                    wanted[0],
                    next((k.form or "" for k in self._alive if k.name == wanted[0]), ""),
                )
            )
        for kind in [] if forced or not self._n else self._alive:
            form = kind.form
            if form is not None:
                return kind.name, form
            self.note = kind.unclear or self.note
        texts = [str(v) for v in self.sample]
        short = sum(len(t) <= _SHORT for t in texts) > 0.9 * len(texts)
        few = bool(self.note) or len(set(texts)) <= max(20, len(texts) // 2)
        return ("category" if not texts or (short and few) else "text"), ""


_LATE = 20  # values after which a change of kind is worth a word


class _Kind:
    """Whether all values of a column are of one kind."""

    name: str
    what: str
    unclear = ""

    def add(self, value: Any, typed: bool) -> bool:
        raise NotImplementedError

    @property
    def form(self) -> str | None:
        raise NotImplementedError


class _Boolean(_Kind):
    name, what = "boolean", "true or false"

    def __init__(self) -> None:
        self._spelled: set[str] = set()

    def add(self, value: Any, typed: bool) -> bool:
        if isinstance(value, bool):
            return True
        text = value.strip() if isinstance(value, str) and not typed else ""
        self._spelled.add(text)
        return text.lower() in ("true", "false")

    @property
    def form(self) -> str:
        for form, ways in (("True", {"True", "False"}), ("TRUE", {"TRUE", "FALSE"})):
            if self._spelled and self._spelled <= ways:
                return form
        return ""


class _Number(_Kind):
    name, what = "number", "numbers"

    def __init__(self) -> None:
        self._whole = self._shortest = self._small = True
        self._decimals: set[int] = set()

    def add(self, value: Any, typed: bool) -> bool:
        if isinstance(value, bool):
            return False
        if isinstance(value, int):
            self._small &= -_EXACT <= value <= _EXACT
            return value in _INT64
        if isinstance(value, float):
            self._whole = False
            return True
        return isinstance(value, str) and not typed and self._cell(value.strip())

    def _cell(self, cell: str) -> bool:
        if _WHOLE.match(cell):
            self._decimals.add(0)
            self._small &= len(cell) < 17
            return cell != "-0" and int(cell) in _INT64
        decimal = _DECIMAL.match(cell)
        if decimal is None:
            return False
        self._whole = False
        digits = len(decimal.group(2))
        self._decimals.add(digits)
        self._shortest &= spelled_number(float(cell)) == cell
        return self._shortest or (len(self._decimals) == 1 and f"{float(cell):.{digits}f}" == cell)

    @property
    def form(self) -> str | None:
        if self._whole:
            return "int"
        if not self._small:
            return None
        if self._shortest:
            return ""
        return f"decimals={next(iter(self._decimals))}" if len(self._decimals) == 1 else None

    @property
    def unclear(self) -> str:  # type: ignore[override]
        return "whole numbers beyond 2^53 beside fractions are kept as text"


class _DateKind(_Kind):
    name, what = "date", "dates"

    def __init__(self) -> None:
        self._dates = Dates()

    def add(self, value: Any, typed: bool) -> bool:
        return isinstance(value, str | date) and self._dates.add(value)

    @property
    def form(self) -> str | None:
        return self._dates.form

    @property
    def unclear(self) -> str:  # type: ignore[override]
        forms = self._dates.unclear
        return (
            f"dates that can be read as {' or '.join(forms[:2])}: say which with --type"
            f" COLUMN=date:{forms[0]}"
            if forms
            else ""
        )


class _List(_Kind):
    name, what = "list", "lists"

    def __init__(self) -> None:
        self._elements: set[str] = set()

    def add(self, value: Any, typed: bool) -> bool:
        if isinstance(value, str) and not typed:
            value = json_list(value)
        if not isinstance(value, list | tuple):
            return False
        self._elements.update(_ELEMENTS.get(type(v), "text") for v in value if not is_missing(v))
        if any(type(v) is int and v not in _INT64 for v in value):
            self._elements.add("text")
        return True

    @property
    def form(self) -> str:
        if self._elements == {"int"}:
            return "int"
        return "float" if self._elements and self._elements <= {"int", "float"} else ""


_ELEMENTS: dict[type, str] = {int: "int", float: "float"}
