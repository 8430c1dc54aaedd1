"""What an atlas tells, as a table, Markdown, JSON or a figure: ``begriff diff``, ``trends``,
``why-not``, ``novelty``, ...
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from begriff.cli.help import REPORTS
from begriff.cli.main import AtlasPath, Json, app, show
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.reports.report import Report

__all__ = [
    "conceptualize",
    "diff",
    "diff_dictionaries",
    "duplicates",
    "geometry",
    "novelty",
    "trends",
    "why_not",
]

FIGURES = (".svg", ".png", ".pdf")
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]
Plot = Annotated[
    str | None, typer.Option(help="Also write a figure: a .svg, .png or .pdf file.", metavar="FILE")
]
Where = Annotated[str | None, typer.Option(help="SQL condition on the items looked at.")]


def check_target(path: str | None, option: str, ends: Sequence[str] = FIGURES) -> None:
    """Refuse a file that cannot be written, before any work is done."""
    if path is None:
        return
    if Path(path).suffix not in ends:
        raise InputError(f"{option} {path!r}: name a {', '.join(ends)} file")
    if not Path(path).resolve().parent.is_dir() or Path(path).is_dir():
        raise InputError(f"{option} {path!r}: name a file in a folder that is there")


def report(found: Report, as_json: bool, markdown: bool, plot: str | None) -> None:
    """Print a report as asked for, and write its figure."""
    check_target(plot, "--plot")
    if plot is not None:
        found.plot().savefig(plot)
    if markdown and not as_json:
        typer.echo(found.to_markdown())
    else:
        show(found, as_json)


@app.command(rich_help_panel=REPORTS)
def diff(
    atlas: AtlasPath,
    other: Annotated[
        str | None, typer.Argument(help="A second atlas: group B.", metavar="OTHER")
    ] = None,
    a: Annotated[str | None, typer.Option("--a", help="SQL condition of group A.")] = None,
    b: Annotated[str | None, typer.Option("--b", help="SQL condition of group B.")] = None,
    where: Where = None,
    alpha: Annotated[float, typer.Option(help="False discovery rate.")] = 0.05,
    limit: Annotated[int, typer.Option(help="Concepts listed.")] = 40,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts are more frequent in group A or in group B, and by how much."""
    import begriff as bg

    second = bg.open(other) if other is not None else None
    report(
        bg.diff(bg.open(atlas), second, a=a, b=b, where=where, alpha=alpha, limit=limit),
        as_json,
        markdown,
        plot,
    )


@app.command(rich_help_panel=REPORTS)
def trends(
    atlas: AtlasPath,
    by: Annotated[str, typer.Option(help="A number or date column.")],
    period: Annotated[
        str | None,
        typer.Option(help="Length of a period of dates: year, quarter, month, week or day."),
    ] = None,
    bins: Annotated[int | None, typer.Option(help="Number of periods of numbers.")] = None,
    where: Where = None,
    alpha: Annotated[float, typer.Option(help="False discovery rate.")] = 0.05,
    limit: Annotated[int, typer.Option(help="Concepts listed.")] = 40,
    spans: Annotated[
        int, typer.Option(help="Parts of time for networks of co-occurrence; 0 for none.")
    ] = 3,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts emerge, fade, return or stand out over time, and in what company."""
    import begriff as bg

    found = bg.trends(
        bg.open(atlas),
        by,
        period=period,
        bins=bins,
        where=where,
        alpha=alpha,
        limit=limit,
        spans=spans,
    )
    report(found, as_json, markdown, plot)


@app.command(name="why-not", rich_help_panel=REPORTS)
def why_not(
    atlas: AtlasPath,
    query: Annotated[str, typer.Argument(help="What was looked for.")],
    id: Annotated[str, typer.Argument(help="The item that was expected.", metavar="ID")],
    k: Annotated[int, typer.Option("-k", help="Number of hits.")] = 10,
    more: Annotated[list[str] | None, typer.Option(help="As in the search.")] = None,
    less: Annotated[list[str] | None, typer.Option(help="As in the search.")] = None,
    where: Where = None,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Why an item was not found, and the smallest steering that brings it up."""
    import begriff as bg
    from begriff.cli.progress import patience

    with patience():
        made = bg.why_not(bg.open(atlas), query, id, k=k, more=more, less=less, where=where)
    report(made, as_json, markdown, plot)


@app.command(rich_help_panel=REPORTS)
def novelty(
    atlas: AtlasPath,
    text: Annotated[str, typer.Argument(help="An abstract, or a few sentences.")],
    by: Annotated[
        str | None,
        typer.Option(
            help="A number or date column: recent items are judged against their own past."
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="Nearest items listed.")] = 5,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Is this new? The nearest items, rare concepts, combinations not seen, and a
    calibrated score.
    """
    import begriff as bg
    from begriff.cli.progress import patience

    with patience():
        made = bg.novelty(bg.open(atlas), text, by=by, k=k)
    report(made, as_json, markdown, plot)


@app.command(rich_help_panel=REPORTS)
def conceptualize(
    atlas: AtlasPath,
    concepts: Annotated[
        str,
        typer.Option(
            help="A text file with one concept a line; indented lines lie below.", metavar="FILE"
        ),
    ],
    other: Annotated[
        str | None,
        typer.Option(
            "--with", help="Another atlas: other items, or the same under another encoder."
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Rewrite this text instead of the corpus.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="Rewrite this item.", metavar="ID")] = None,
    level: Annotated[int | None, typer.Option(help="Concepts down to this depth, from 0.")] = None,
    n: Annotated[
        int | None,
        typer.Option("-n", help="At most so many concepts, opened where the items differ most."),
    ] = None,
    limit: Annotated[int, typer.Option(help="Concepts listed.")] = 30,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Rewrite a text, an item or a corpus in concepts of your own; compare corpora or encoders
    there.
    """
    import begriff as bg

    second = bg.open(other) if other is not None else None
    found = bg.conceptualize(
        bg.open(atlas), concepts, other=second, text=text, item=item, level=level, n=n, limit=limit
    )
    report(found, as_json, markdown, plot)


@app.command(rich_help_panel=REPORTS)
def geometry(
    atlas: AtlasPath,
    pairs: Annotated[
        str | None,
        typer.Option(help="A file of relation, word, word, separated by tabs.", metavar="FILE"),
    ] = None,
    clusters: Annotated[
        int | None, typer.Option(help="Groups of concepts in which planes are looked for.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Planes listed.")] = 12,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """The shape of a dictionary: parallelograms, lobes, spectrum, two-dimensional features, each
    beside its null.
    """
    import begriff as bg

    report(
        bg.geometry(bg.open(atlas), pairs=pairs, n_clusters=clusters, limit=limit),
        as_json,
        markdown,
        plot,
    )


@app.command(rich_help_panel=REPORTS)
def duplicates(
    atlas: AtlasPath,
    cosine: Annotated[float, typer.Option(help="Of two items that count as the same.")] = 0.97,
    limit: Annotated[int, typer.Option(help="Groups listed.")] = 20,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Items that repeat each other, nearly or word by word."""
    import begriff as bg

    report(bg.duplicates(bg.open(atlas), min_cosine=cosine, limit=limit), as_json, markdown, plot)


@app.command(name="diff-dictionaries", rich_help_panel=REPORTS)
def diff_dictionaries(
    old: Annotated[str, typer.Argument(help="The atlas before.", metavar="OLD")],
    new: Annotated[str, typer.Argument(help="The atlas after.", metavar="NEW")],
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts of one atlas are those of another: kept, moved, split, merged, born, died."""
    import begriff as bg

    report(bg.diff_dictionaries(bg.open(old), bg.open(new)), as_json, markdown, plot)
