"""CSV and its relatives: encoding, delimiter and quoting are recognised."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from begriff.errors import InputError
from begriff.readers.csv_rows import Dialect, Feed, Row, rows_of
from begriff.readers.dialects import dialect_of
from begriff.readers.records import Record
from begriff.readers.streams import BROKEN, lines, open_text

__all__ = ["distinct", "read_delimited"]

_SAMPLE = 2_000  # lines that the dialect is recognised by
_SAMPLE_SIZE = 2**21  # and characters


def read_delimited(path: Path) -> Iterator[Record]:
    """Rows under the names in the first one; all values are strings, an empty one is missing.

    RFC 4180 in full: quoted cells may hold delimiters, quotes and line breaks. Also read as their
    programs mean them: ``sep=;`` on the first line, lines before the one that names the columns,
    lines of comment, backslashes before quotes, delimiters at the end of lines, and names that come
    twice (the second becomes ``name_2``). A row with more or fewer cells than there are names is
    none: what it lacks cannot be told.

    Raises
    ------
    InputError
        When no row names the columns.
    """
    feed = None
    try:
        with open_text(path) as stream:
            dialect = _recognised(lines(stream), path)
        with open_text(path) as stream:
            numbered = lines(stream)
            if dialect.names_delimiter:
                next(numbered)
            feed = Feed(numbered)
            rows: Iterator[Row] = itertools.islice(
                rows_of(feed, dialect.options), dialect.preamble, None
            )
            names = _names(next(rows, Row(0, [])), path)
            if all(n.startswith(" ") for n in names[1:]) and len(names) > 1:
                rows = (replace(r, cells=[c.removeprefix(" ") for c in r.cells]) for r in rows)
            names = distinct([n.strip() or f"column{i}" for i, n in enumerate(names, 1)])
            yield from (_record(row, names) for row in rows)
    except (*BROKEN, UnicodeError) as e:
        yield Record(
            feed.number + 1 if feed is not None else 1,
            None,
            f"the file cannot be read on: {e}",
            broken=True,
        )


def _recognised(numbered: Iterator[tuple[int, str | None]], path: Path) -> Dialect:
    sample, size = list[tuple[int, str]](), 0
    for number, line in numbered:
        if len(sample) == _SAMPLE or size > _SAMPLE_SIZE:
            return dialect_of(sample, path, cut=True)
        if line:
            sample.append((number, line))
            size += len(line)
    return dialect_of(sample, path, cut=False)


def _record(row: Row, names: list[str]) -> Record:
    cells = row.cells
    if row.fault:
        return Record(row.line, None, row.fault)
    if len(cells) != len(names) and cells[0].startswith("#"):
        return Record(row.line, None, "a line of comment", skipped=True)
    if len(cells) < len(names) or any(c.strip() for c in cells[len(names) :]):
        return Record(row.line, None, f"{len(cells)} cells under {len(names)} columns")
    return Record(row.line, {n: c or None for n, c in zip(names, cells, strict=False)})


def _names(first: Row, path: Path) -> list[str]:
    if first.fault or not any(c.isalnum() for name in first.cells for c in name):
        raise InputError(
            f"the first row of {path.name!r} must name the columns: {first.fault or 'it is empty'}"
        )
    return first.cells


def distinct(names: list[str]) -> list[str]:
    """Names of which none comes twice: the second ``note`` is ``note_2``.

    >>> distinct(["id", "note", "note", "note_2"])
    ['id', 'note', 'note_3', 'note_2']
    """
    taken, out = set(names), list[str]()
    for name in names:
        number, fresh = 1, name
        while fresh in out:
            number += 1
            fresh = f"{name}_{number}" if f"{name}_{number}" not in taken else fresh
        out.append(fresh)
    return out
