"""Which delimiter, quoting and first row a delimited file has."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path
from typing import Any

from begriff.readers.csv_rows import Dialect, Feed, Row, rows_of

__all__ = ["dialect_of"]

_DELIMITERS = (",", "\t", ";", "|")
_DEEPEST = 50  # rows before the one that names the columns
_NAMED = re.compile(r'"?sep=(.|\\t)"?\s*$')


def dialect_of(sample: list[tuple[int, str]], path: Path, *, cut: bool) -> Dialect:
    """The dialect under which most rows of a sample are as wide as the one that names the columns.

    Parameters
    ----------
    sample : list of (line number, line)
        The start of the file.
    path : Path
        Whose suffix says which delimiter is usual.
    cut : bool
        Whether the file goes on after the sample.
    """
    named = _NAMED.match(sample[0][1]) if sample else None
    lines = sample[1:] if named else sample
    delimiters = (named.group(1).replace("\\t", "\t"),) if named else _DELIMITERS
    usual = "\t" if re.search(r"\.(tsv|tab)\b", path.name.lower()) else ","
    text = "".join(t for _, t in lines)
    scored = []
    for options in (o for d in delimiters for o in _options(d, text)):
        rows = list(rows_of(Feed(iter(lines), cut=cut), options))
        share, width, preamble = _agreement(rows, options)
        scored.append(((share, width, options["delimiter"] == usual), options, preamble))
    _, options, preamble = max(scored, key=lambda s: s[0])  # of equal ones the first
    return Dialect(options, preamble, named is not None)


def _options(delimiter: str, text: str) -> list[dict[str, Any]]:
    """Ways to quote, the usual first; rare ones only where the text gives reason to
    think of them.
    """
    usual: dict[str, Any] = {"delimiter": delimiter, "quoting": csv.QUOTE_MINIMAL}
    ways = [usual]
    if '"' in text:
        if f'{delimiter} "' in text:
            ways.append({**usual, "skipinitialspace": True})
        if '\\"' in text:
            ways.append({**usual, "doublequote": False, "escapechar": "\\"})
        ways.append({"delimiter": delimiter, "quoting": csv.QUOTE_NONE})
    return ways


def _agreement(rows: list[Row], options: dict[str, Any]) -> tuple[float, int, int]:
    """Share of rows of the sample that are as wide as the one that names the columns, that width,
    and how many rows stand before it.
    """
    preamble = _preamble(rows)
    rows = rows[preamble:]
    width = len(rows[0].cells) if rows else 0
    if width < 2:
        return 0.0, width, preamble
    alike = sum(
        r.exact and len(r.cells) >= width and not any(c.strip() for c in r.cells[width:])
        for r in rows
    )
    cells = [c.strip() for r in rows for c in r.cells]
    torn = (
        min(sum(c[:1] == '"' for c in cells), sum(c[-1:] == '"' for c in cells))
        if options["quoting"] == csv.QUOTE_NONE
        else 0
    )
    return (alike - torn) / len(rows), width, preamble


def _preamble(rows: list[Row]) -> int:
    """How many rows come before the one that names the columns: those that fill at most half of the
    width that most rows have.
    """
    widths = Counter(len(r.cells) for r in rows if not r.fault)
    if not widths:
        return 0
    usual = max(widths, key=lambda w: (widths[w], w))
    for place, row in enumerate(rows[:_DEEPEST]):
        filled = sum(bool(c.strip()) for c in row.cells)
        if len(row.cells) == usual or (filled > max(1, usual // 2) and not _is_comment(row)):
            return place
    return 0


def _is_comment(row: Row) -> bool:
    return bool(row.cells) and row.cells[0].startswith(("#", "//"))
