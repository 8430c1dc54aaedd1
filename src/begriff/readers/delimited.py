"""CSV and its relatives: encoding, delimiter and quoting are found out."""

from __future__ import annotations

import csv
import itertools
from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from begriff.errors import InputError
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, LONGEST, lines, open_text

__all__ = ["read_delimited"]

_SAMPLE = 200
_TALLEST = 10_000  # lines of a row
_PATIENCE = 1_000_000  # lines read again, after which a row is a line
_DELIMITERS = (",", "\t", ";", "|")


def read_delimited(path: Path) -> Iterator[Record]:
    """Rows under the names in the first one; all values are strings, an empty one is missing.

    A row with more or fewer cells than the first is none: what it lacks cannot be told. A quote that is never closed costs its own line
    and not those that it would swallow.

    Raises
    ------
    InputError
        When the first row names no columns.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    feed = None
    try:
        with open_text(path) as stream:
            dialect = _dialect(list(itertools.islice((t for _, t in lines(stream) if t), _SAMPLE)), path)
        with open_text(path) as stream:
            feed = _Feed(lines(stream))
            rows = _rows(feed, dialect)
            _, first = next(rows, (0, []))
            names = _names(first, path)
            yield from (_record(line, cells, names) for line, cells in rows)
    except (*BROKEN, UnicodeError) as e:
        yield Record(feed.number + 1 if feed is not None else 1, None, f"the file cannot be read on: {e}", broken=True)


class _Feed:
    """Lines for the csv module, of which some can be given back."""

    def __init__(self, lines: Iterator[tuple[int, str | None]]) -> None:
        self._lines, self._back = lines, deque[tuple[int, str]]()
        self.taken: list[tuple[int, str]] = []
        self.number = self._again = self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= (_TALLEST if self._again < _PATIENCE else 1) or self._size > LONGEST:
            raise csv.Error(f"more than {len(self.taken):,} lines")
        self.taken.append(self._back.popleft() if self._back else self._next())
        self._size += len(self.taken[-1][1])
        return self.taken[-1][1]

    def start(self) -> None:
        """Another row."""
        self.taken.clear()
        self._size = 0

    def _next(self) -> tuple[int, str]:
        self.number, line = next(self._lines)
        return self.number, line if line is not None else "x" * (LONGEST + 2) + "\n"  # too long: a field that the csv module refuses

    def give_back(self) -> None:
        """All lines but the first of the row that was taken last."""
        self._back.extendleft(reversed(self.taken[1:]))
        self._again += len(self.taken)


def _rows(feed: _Feed, dialect: dict[str, Any]) -> Iterator[tuple[int, list[str] | str]]:
    """The line of every row that is not empty, and its cells, or what is wrong with it."""
    reader, width = csv.reader(feed, **dialect), 0
    while True:
        feed.start()
        found: list[str] | str
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as e:
            found = f"no row: {e}"
        line = feed.taken[0][0] if feed.taken else feed.number
        if len(feed.taken) > 1 and (isinstance(found, str) or len(found) != (width or len(found)) or not _closed(feed.taken, dialect)):
            feed.give_back()
            found = "a quote that is opened and not closed"
        if isinstance(found, str) or any(c.strip() for c in found):
            width = width or len(found)
            yield line, found


def _closed(taken: list[tuple[int, str]], dialect: dict[str, Any]) -> bool:
    """Whether a row of several lines is one by the letter: each quote is closed, and a delimiter follows."""
    try:
        return len(list(csv.reader((t for _, t in taken), strict=True, **dialect))) == 1
    except csv.Error:
        return False


def _record(line: int, cells: list[str] | str, names: list[str]) -> Record:
    if isinstance(cells, str):
        return Record(line, None, cells)
    if len(cells) != len(names):
        return Record(line, None, f"{len(cells)} cells under {len(names)} columns")
    return Record(line, {n: _repaired(c) or None for n, c in zip(names, cells, strict=True)})


def _names(first: list[str] | str, path: Path) -> list[str]:
    if isinstance(first, str):
        raise InputError(f"the first row of {path.name!r} must name the columns: {first}")
    names = [n.strip() or f"column{i}" for i, n in enumerate(first, 1)]
    twice = [n for n, times in Counter(names).items() if times > 1]
    if not names or twice:
        what = f"names {twice[0]!r} twice" if twice else "is empty"
        raise InputError(f"the first row of {path.name!r} {what}: it must name the columns")
    return names


def _dialect(sample: list[str], path: Path) -> dict[str, Any]:
    """The delimiter and quoting under which most rows have as many cells as the first, and more than one."""
    given = [{"delimiter": d, "quoting": q} for q in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE) for d in _DELIMITERS]
    usual = "\t" if path.name.lower().split(".")[-1] in ("tsv", "tab") or ".tsv." in path.name.lower() else ","
    return max(given, key=lambda d: (*_agreement(sample, d), d["delimiter"] == usual))


def _agreement(sample: list[str], dialect: dict[str, Any]) -> tuple[float, int]:
    """Share of rows of the sample that are as wide as the first and no pieces of others, and that width."""
    try:
        rows = [r for r in csv.reader(sample, **dialect) if r]
    except csv.Error:
        return 0.0, 0
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, width
    joined = dialect["delimiter"]
    alike = sum(len(r) == width and not any("\n" in c and joined in c for c in r) for r in rows)
    opened, closed = (sum(c.strip()[e:][:1] == '"' for r in rows for c in r) for e in (0, -1))
    torn = min(opened, closed) if dialect["quoting"] == csv.QUOTE_NONE else 0
    return (alike - torn) / len(rows), width


def _repaired(cell: str) -> str:
    """A cell of which some bytes are not text in the file's encoding, read as Windows would have written it."""
    if cell.isascii() or not any("\udc80" <= c <= "\udcff" for c in cell):
        return cell.strip()
    raw = cell.encode("utf-8", "surrogateescape")
    return raw.decode("cp1252", "replace").strip()
