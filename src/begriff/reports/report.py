"""What every report shares: tables from which text, Markdown, HTML, CSV and data frames are made,
and a figure.
"""

from __future__ import annotations

import csv
import io
import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from begriff.documents.models import Document
from begriff.frames import Frame, arrow_table

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.figure import Figure
    from rich.console import RenderableType

__all__ = ["Cells", "chance", "ConceptRef", "percent", "Report", "shorten", "Table"]

_NUMBER = re.compile(r"-|[<+-]?[\d.,]+(e-?\d+)?%?( ±.*)?")
_PAGE = (
    ":root{color-scheme:light dark}body{font:16px/1.5"
    " system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{margin:1.5rem 0}"
)
_EDGE = (
    "padding:.25rem .75rem .25rem 0;border-bottom:1px solid rgba(128,128,128,.4);vertical-align:top"
)


class Cells(NamedTuple):
    """A table as people read it: headings, and rows of formatted cells."""

    headings: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Table(Frame):
    """Named columns and rows of values.

    Attributes
    ----------
    title : str
    columns : tuple of str (n_columns,)
    rows : list of tuple (n_columns,)
        Values: numbers are numbers, shares lie in 0..1, None is missing. CSV and data frames hold
        these.
    shown : Cells, optional
        The same rows as text, Markdown and HTML show them: fewer columns, formatted cells. By
        default all columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    shown: Cells | None = None

    def __str__(self) -> str:
        return self.to_markdown()

    def to_arrow(self) -> pa.Table:
        """The values as an Arrow table (n_rows, n_columns)."""
        return arrow_table(self.columns, self.rows)

    def to_csv(self) -> str:
        """The values as CSV (RFC 4180): missing ones are empty, a list is its JSON."""
        out = io.StringIO()
        csv.writer(out).writerows([self.columns, *([_plain(v) for v in row] for row in self.rows)])
        return out.getvalue()

    def to_markdown(self) -> str:
        """The table as Markdown, cells escaped."""
        headings, rows = self._cells()
        head = [f"**{self.title}**", "", _line(headings), "|" + "---|" * len(headings)]
        return "\n".join([*head, *map(_line, rows)])

    def to_html(self) -> str:
        """The table as HTML, cells escaped; it takes its colours from the page around it."""
        from html import escape

        headings, rows = self._cells()
        sides = [
            f'style="text-align:{"right" if number else "left"};{_EDGE}"'
            for number in _numeric(rows, len(headings))
        ]
        head = "".join(
            f"<th {side}>{escape(h)}</th>" for side, h in zip(sides, headings, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(f"<td {side}>{escape(v)}</td>" for side, v in zip(sides, row, strict=True))
            + "</tr>"
            for row in rows
        )
        caption = f'<caption style="text-align:left;font-weight:600">{escape(self.title)}</caption>'
        return (
            f'<table style="border-collapse:collapse">{caption}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _repr_html_(self) -> str:
        return self.to_html()

    def __rich__(self) -> RenderableType:
        """Cells wrap where the terminal is too narrow; nothing is cut."""
        from rich.console import Group
        from rich.table import Table as Grid
        from rich.text import Text

        headings, rows = self._cells()
        grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading, number in zip(headings, _numeric(rows, len(headings)), strict=True):
            grid.add_column(Text(heading), justify="right" if number else "left", overflow="fold")
        for row in rows:
            grid.add_row(*map(Text, row))
        return Group(Text(self.title, style="bold cyan"), grid)

    def _cells(self) -> Cells:
        """Formatted cells; a column that is empty in every row is left out."""
        headings, rows = self.shown or (self.columns, self.rows)
        full = [
            i for i in range(len(headings)) if not rows or any(row[i] is not None for row in rows)
        ]
        return Cells(
            tuple(headings[i] for i in full), [tuple(_cell(row[i]) for i in full) for row in rows]
        )


class ConceptRef(Document):
    """A concept in a report: its id (None for a seeded one), and what to call it."""

    id: int | None
    name: str
    seeded: bool = False

    def __str__(self) -> str:
        return self.name


class Report(Document, Frame):
    """A finding: immutable, typed, printable, as a table, a data frame, Markdown and a figure."""

    @abstractmethod
    def tables(self) -> list[Table]:
        """All tables, the main one first."""

    @abstractmethod
    def summary(self) -> list[str]:
        """What was compared and what was found, in sentences."""

    @abstractmethod
    def plot(self) -> Figure:
        """A figure; needs the ``[plot]`` extra."""

    def table(self) -> Table:
        """The main table."""
        return self.tables()[0]

    def to_arrow(self) -> pa.Table:
        """The values of the main table as an Arrow table."""
        return self.table().to_arrow()

    def to_markdown(self) -> str:
        """Sentences and tables, ready to paste."""
        return (
            "\n\n".join(
                [
                    "\n".join(f"- {s}" for s in self.summary()),
                    *(t.to_markdown() for t in self.tables() if t.rows),
                ]
            )
            + "\n"
        )

    def to_html(self) -> str:
        """The same as a page of its own, without scripts; what comes from the corpus is escaped."""
        head = f'<meta charset="utf-8"><title>begriff</title><style>{_PAGE}</style>'
        return f'<!doctype html>\n<html lang="en">{head}{self._repr_html_()}</html>\n'

    def _repr_html_(self) -> str:
        from html import escape

        return "".join(
            [
                *(f"<p>{escape(s)}</p>" for s in self.summary()),
                *(t.to_html() for t in self.tables() if t.rows),
            ]
        )

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        return Group(
            *(Text(s) for s in self.summary()),
            *(Group(Text(""), t) for t in self.tables() if t.rows),
        )


def percent(share: float) -> str:
    """A share as people read it: 12.3%, 0.04%, 0%."""
    if share in (0, 1) or 0 < share < 0.00005:
        return f"{share:.0%}" if share in (0, 1) else "<0.01%"
    return f"{share:.2%}" if share < 0.01 else f"{share:.1%}"


def chance(p: float) -> str:
    """A p-value as people read it."""
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0") or "0"


def shorten(text: str, length: int) -> str:
    """A text on one line of at most ``length`` characters, cut between words where that is
    possible, with "…" where it was cut.
    """
    whole = " ".join(text.split())
    if len(whole) <= length:
        return whole
    cut = whole[: length - 1]
    at = cut.rfind(" ") if whole[length - 1].isalnum() else -1
    return (cut[:at] if at > length // 3 else cut).rstrip(" ,;:.-([{") + "…"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return (
            f"{value:,.0f}"
            if abs(value) >= 1000
            else f"{value:.4f}"
            if 0 < abs(value) < 0.01
            else f"{value:.3f}"
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value)) or "-"
    return " ".join(str(value).split())


def _plain(value: Any) -> Any:
    return json.dumps(list(value), ensure_ascii=False) if isinstance(value, list | tuple) else value


def _numeric(rows: Sequence[Sequence[str]], n_columns: int) -> list[bool]:
    """Which columns (n_columns,) hold nothing but numbers and dashes."""
    return [bool(rows) and all(_NUMBER.fullmatch(row[i]) for row in rows) for i in range(n_columns)]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
