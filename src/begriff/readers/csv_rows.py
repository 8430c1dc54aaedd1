"""Lines of a delimited file -> rows of cells, by RFC 4180 where it holds, and by what was meant
where quotes are broken.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from begriff.readers.streams import LONGEST

__all__ = ["Dialect", "Feed", "Row", "rows_of"]

_TALLEST = 10_000  # lines of a row
_PATIENCE = 1_000_000  # lines read again, after which a row is a line
_TALL = "more than"
_OPEN = "a quote that is opened and not closed"


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    Attributes
    ----------
    options : dict
        Keywords of the csv module.
    preamble : int
        Rows before the one that names the columns.
    names_delimiter : bool
        Whether the first line is Excel's ``sep=;``.
    """

    options: dict[str, Any]
    preamble: int = 0
    names_delimiter: bool = False


@dataclass(frozen=True)
class Row:
    """One row: its first line, and its cells, or what is wrong with it.

    ``exact`` tells whether it follows RFC 4180 to the letter.
    """

    line: int
    cells: list[str]
    fault: str = ""
    exact: bool = True


class Feed:
    """Lines for the csv module, of which some can be given back.

    Parameters
    ----------
    lines : iterator of (number, line or None)
    cut : bool
        Whether the lines are the start of more, so that a row that reaches the end says nothing.
    """

    def __init__(self, lines: Iterator[tuple[int, str | None]], *, cut: bool = False) -> None:
        self._lines, self._back = lines, deque[tuple[int, str]]()
        self.taken: list[tuple[int, str]] = []
        self.number = self._again = self._size = 0
        self.cut, self.ended = cut, False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= (_TALLEST if self._again < _PATIENCE else 1) or self._size > LONGEST:
            raise csv.Error(f"{_TALL} {len(self.taken):,} lines")
        number, line = self._back.popleft() if self._back else self._next()
        # a mark inside, where files were joined
        self.taken.append((number, line if self.taken else line.removeprefix("\ufeff")))
        self._size += len(self.taken[-1][1])
        return self.taken[-1][1]

    def start(self) -> None:
        """Another row."""
        self.taken.clear()
        self._size = 0

    def _next(self) -> tuple[int, str]:
        try:
            self.number, line = next(self._lines)
        except StopIteration:
            self.ended = True
            raise
        # too long: a field that the csv module refuses
        return self.number, line if line is not None else "x" * (LONGEST + 2) + "\n"

    def give_back(self) -> None:
        """All lines but the first of the row that was taken last."""
        self._back.extendleft(reversed(self.taken[1:]))
        self._again += len(self.taken)


def rows_of(feed: Feed, options: dict[str, Any]) -> Iterator[Row]:
    """The rows that are not empty.

    A quote that is never closed costs its own line, and not those that it would swallow: a row of
    several lines is one only where it follows RFC 4180 and has as many cells as the first row. A
    single line that does not follow it is read by :func:`_lenient`.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    reader, width = csv.reader(feed, strict=True, **options), 0
    while True:
        feed.start()
        fault, cells = "", list[str]()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            fault = f"no row: {e}"
        if feed.cut and feed.ended and fault:
            return
        row = _judged(feed, cells, fault, width, options)
        if row.fault or any(c.strip() for c in row.cells):
            width = width or len(row.cells)
            yield row


def _judged(feed: Feed, cells: list[str], fault: str, width: int, options: dict[str, Any]) -> Row:
    line, text = feed.taken[0] if feed.taken else (feed.number, "")
    if not fault and (len(feed.taken) <= 1 or len(cells) == (width or len(cells))):
        return Row(line, cells)
    alone = len(feed.taken) <= 1
    feed.give_back()
    if not alone or _TALL in fault:
        return Row(line, [], _OPEN, exact=False)
    if len(text) > LONGEST:
        return Row(line, [], fault, exact=False)
    return Row(line, _lenient(text.rstrip("\r\n"), options["delimiter"]), exact=False)


def _lenient(line: str, delimiter: str) -> list[str]:
    """Cells of a line with broken quotes: a quote closes a cell only where a delimiter or the end
    follows; one that is not closed is text.

    >>> _lenient('1,"He said "yes", and left",5" disk', ";")
    ['1,"He said "yes", and left",5" disk']
    >>> _lenient('1,"He said "yes" and, after all, left",5" disk', ",")
    ['1', 'He said "yes" and, after all, left', '5" disk']
    """
    d = re.escape(delimiter)
    cell = re.compile(rf'"((?:[^"]|"(?!{d}|$))*)"(?={d}|$)|([^{d}]*)')
    cells, at = [], 0
    while True:
        match = cell.match(line, at)
        assert match is not None  # the second branch matches anything
        quoted = match.group(1)
        cells.append(match.group(2) if quoted is None else quoted.replace('""', '"'))
        at = match.end() + 1
        if at > len(line):
            return cells
