"""What every report shares: tables from which text, Markdown and HTML are made, and a figure."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from begriff.atlas.documents import Document

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

__all__ = ["chance", "ConceptRef", "percent", "Report", "Table"]

_NUMBER = re.compile(r"-|[<+-]?[\d.]+(e-?\d+)?%?( ±.*)?")
_WIDEST = 44
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1.5rem 0}"
    "caption{text-align:left;font-weight:600}th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #ccc}"
)


@dataclass(frozen=True)
class Table:
    """Named columns and rows of values.

    Attributes
    ----------
    title : str
    columns : tuple of str
    rows : list of tuple
        Numbers stay numbers; None prints as a dash.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __str__(self) -> str:
        return self.to_markdown()

    def to_markdown(self) -> str:
        """The table as Markdown, cells escaped."""
        head = [f"**{self.title}**", "", _line(self.columns), "|" + "---|" * len(self.columns)]
        return "\n".join([*head, *(_line([_cell(v) for v in row]) for row in self.rows)])

    def to_html(self) -> str:
        """The table as HTML, cells escaped."""
        from html import escape

        head = "".join(f"<th>{escape(c)}</th>" for c in self.columns)
        body = "".join("<tr>" + "".join(f"<td>{escape(_cell(v))}</td>" for v in row) + "</tr>" for row in self.rows)
        return f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __rich__(self) -> RenderableType:
        """One line a row, cut where the terminal ends."""
        from rich.console import Group
        from rich.text import Text

        cells = [[_cell(v) for v in row] for row in self.rows]
        padded = [_pad(name, [row[i] for row in cells]) for i, name in enumerate(self.columns)]
        rows = ["  ".join(column[r] for column in padded) for r in range(len(cells) + 1)]
        styles = ["bold", *[""] * len(cells)]
        lines = [Text(row, style=style, no_wrap=True, overflow="ellipsis") for row, style in zip(rows, styles, strict=True)]
        return Group(Text(self.title, style="bold cyan"), *lines)


class ConceptRef(Document):
    """A concept in a report: its id (None for a seeded one), and what to call it."""

    id: int | None
    name: str
    seeded: bool = False

    def __str__(self) -> str:
        return self.name


class Report(Document):
    """A finding: immutable, typed, printable, as a table, as Markdown and as a figure."""

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

    def to_markdown(self) -> str:
        """Sentences and tables, ready to paste."""
        return "\n\n".join(["\n".join(f"- {s}" for s in self.summary()), *(t.to_markdown() for t in self.tables() if t.rows)]) + "\n"

    def to_html(self) -> str:
        """The same as a page of its own, without scripts; what comes from the corpus is escaped."""
        from html import escape

        said = "".join(f"<p>{escape(s)}</p>" for s in self.summary())
        tables = "".join(t.to_html() for t in self.tables() if t.rows)
        return (
            f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>begriff</title><style>{_STYLE}</style>{said}{tables}</html>\n'
        )

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        return Group(*(Text(s) for s in self.summary()), *(Group(Text(""), t) for t in self.tables() if t.rows))


def percent(share: float) -> str:
    """A share as people read it: 12.3%, 0.04%."""
    return f"{share:.2%}" if share < 0.01 else f"{share:.1%}"


def chance(p: float) -> str:
    """A p-value as people read it."""
    return "<.001" if p < 0.001 else f"{p:.3f}".lstrip("0") or "0"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.2g}" if 0 < abs(value) < 0.01 else f"{value:.3f}"
    return " ".join(str(value).split())


def _pad(name: str, cells: list[str]) -> list[str]:
    """A column's head and cells at one width: numbers to the right, words to the left."""
    width = min(max(map(len, [name, *cells])), _WIDEST)
    cut = [c if len(c) <= width else c[: width - 1] + "\u2026" for c in [name, *cells]]
    return [c.rjust(width) if all(_NUMBER.fullmatch(c) for c in cells) else c.ljust(width) for c in cut]


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
