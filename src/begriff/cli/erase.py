"""``begriff erase`` and ``begriff erasures``: a concept taken out of the vectors, and the proof."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from begriff.cli.help import LABELS
from begriff.cli.main import AtlasPath, Json, app
from begriff.cli.reports import Markdown, Plot, check_target, report
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.tasks.erase import Erasure

__all__ = ["erase", "erasures"]

_ENDS = (".html", ".md", ".json")


@app.command(rich_help_panel=LABELS)
def erase(
    atlas: AtlasPath,
    concept: Annotated[
        str,
        typer.Option(
            help="What to call it; without --labels and --seeded, the concept that is erased."
        ),
    ],
    labels: Annotated[
        str | None,
        typer.Option(
            help="A column, or a .csv, .tsv, .jsonl or .parquet file with the columns id and label."
        ),
    ] = None,
    seeded: Annotated[
        str | None,
        typer.Option(
            help="A seeded concept, or one of the dictionary: what it is active on is it."
        ),
    ] = None,
    method: Annotated[
        str, typer.Option(help="An eraser: `begriff methods erasers` lists them.")
    ] = "leace",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only the report; nothing is written.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    write: Annotated[
        str | None,
        typer.Option(
            "--report", help="Also write the report: a .html, .md or .json file.", metavar="FILE"
        ),
    ] = None,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Write a version of the atlas from whose vectors a concept is gone, and show what finds it
    before and after.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    check_target(write, "--report", _ENDS)
    check_target(plot, "--plot")
    with Bars() as progress:
        found = bg.erase(
            bg.open(atlas),
            concept,
            labels=labels,
            seeded=seeded,
            method=method,
            dry_run=dry_run,
            random_state=seed,
            progress=progress,
        )
    if write is not None:
        Path(write).write_text(_as_text(found, Path(write).suffix))
    report(found, as_json, markdown, plot)


@app.command(rich_help_panel=LABELS)
def erasures(
    atlas: AtlasPath,
    number: Annotated[
        int | None, typer.Argument(help="Number of an edit, to show its report.")
    ] = None,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """List what was erased from an atlas, or show the report of one erasure."""
    import begriff as bg

    found = bg.erasures(bg.open(atlas))
    if number is None:
        return report(found, as_json, markdown, plot)
    one = [e for e in found.erasures if e.number == number]
    if not one:
        raise InputError(f"no erasure {number} is in force: `begriff erasures {atlas}` lists them")
    report(one[0], as_json, markdown, plot)


def _as_text(found: Erasure, end: str) -> str:
    made = {
        ".html": found.to_html,
        ".md": found.to_markdown,
        ".json": lambda: found.model_dump_json(indent=1),
    }
    return made[end]()
