"""``begriff diff``: what an atlas tells, as a table, Markdown, JSON or a figure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from begriff.cli.main import AtlasPath, Json, app, show
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.findings.report import Report

__all__ = ["diff", "trends"]

Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]
Plot = Annotated[str | None, typer.Option(help="Also write a figure: a .svg, .png or .pdf file.", metavar="FILE")]
Where = Annotated[str | None, typer.Option(help="SQL condition on the items looked at.")]


def report(found: Report, as_json: bool, markdown: bool, plot: str | None) -> None:
    """Print a report as asked for, and write its figure."""
    if plot is not None:
        if Path(plot).suffix not in (".svg", ".png", ".pdf"):
            raise InputError(f"--plot {plot!r}: name a .svg, .png or .pdf file")
        found.plot().savefig(plot)
    if markdown and not as_json:
        typer.echo(found.to_markdown())
    else:
        show(found, as_json)


@app.command()
def diff(
    atlas: AtlasPath,
    other: Annotated[str | None, typer.Argument(help="A second atlas: group B.", metavar="OTHER")] = None,
    a: Annotated[str | None, typer.Option("--a", help="SQL condition of group A.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="SQL condition of group B.")] = None,
    where: Where = None,
    alpha: Annotated[float, typer.Option(help="False discovery rate.")] = 0.05,
    limit: Annotated[int, typer.Option(help="Concepts listed.")] = 40,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts rose, fell, are missing or exaggerated from group A to group B."""
    import begriff as bg

    second = bg.open(other) if other is not None else None
    report(bg.diff(bg.open(atlas), second, a=a, b=b, where=where, alpha=alpha, limit=limit), as_json, markdown, plot)


@app.command()
def trends(
    atlas: AtlasPath,
    by: Annotated[str, typer.Option(help="A number or date column.")],
    period: Annotated[str | None, typer.Option(help="Length of a period of dates: year, quarter, month, week or day.")] = None,
    bins: Annotated[int | None, typer.Option(help="Number of periods of numbers.")] = None,
    where: Where = None,
    alpha: Annotated[float, typer.Option(help="False discovery rate.")] = 0.05,
    limit: Annotated[int, typer.Option(help="Concepts listed.")] = 40,
    spans: Annotated[int, typer.Option(help="Parts of time for networks of co-occurrence; 0 for none.")] = 3,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts emerge, fade, return or stand out over time, and in what company."""
    import begriff as bg

    found = bg.trends(bg.open(atlas), by, period=period, bins=bins, where=where, alpha=alpha, limit=limit, spans=spans)
    report(found, as_json, markdown, plot)
