"""CSV and its relatives: encoding, delimiter and quoting are found out."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from begriff.errors import InputError
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, LONGEST, lines, open_text

__all__ = ["read_delimited"]

_SAMPLE = 200
_DELIMITERS = (",", "\t", ";", "|")


def read_delimited(path: Path) -> Iterator[Record]:
    """Rows under the names in the first one; all values are strings, an empty one is missing.

    A row with more or fewer cells than the first is none: what it lacks cannot be told.

    Raises
    ------
    InputError
        When the first row names no columns.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    reader = None
    try:
        with open_text(path) as stream:
            dialect = _dialect(list(itertools.islice((t for _, t in lines(stream) if t), _SAMPLE)), path)
        with open_text(path) as stream:
            reader = csv.reader((_short(t) for _, t in lines(stream)), **dialect)
            names = _names(next(_filled(reader), []), path)
            yield from _records(reader, names)
    except (*BROKEN, UnicodeError) as e:
        yield Record(reader.line_num + 1 if reader is not None else 1, None, f"the file cannot be read on: {e}")


def _records(reader: Any, names: list[str]) -> Iterator[Record]:
    while True:
        try:
            cells = next(_filled(reader))
        except StopIteration:
            return
        except csv.Error as e:
            yield Record(reader.line_num, None, f"no row: {e}")
            continue
        if len(cells) != len(names):
            yield Record(reader.line_num, None, f"{len(cells)} cells under {len(names)} columns")
        else:
            yield Record(reader.line_num, {n: _repaired(c) or None for n, c in zip(names, cells, strict=True)})


def _short(line: str | None) -> str:
    """A line; one that is too long is a field that the csv module refuses, and counts."""
    return line if line is not None else "x" * (LONGEST + 2) + "\n"


def _filled(reader: Any) -> Iterator[list[str]]:
    return (cells for cells in reader if any(c.strip() for c in cells))


def _names(first: list[str], path: Path) -> list[str]:
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
