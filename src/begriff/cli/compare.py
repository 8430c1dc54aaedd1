"""``begriff compare-dictionaries``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from begriff.cli.help import REPORTS
from begriff.cli.main import Json, app
from begriff.cli.reports import Markdown, Plot, check_target, report
from begriff.errors import InputError

__all__ = ["compare_dictionaries"]


@app.command(name="compare-dictionaries", rich_help_panel=REPORTS)
def compare_dictionaries(
    source: Annotated[
        str,
        typer.Argument(help="An atlas, or a .npy file of vectors.", metavar="ATLAS|VECTORS.npy"),
    ],
    methods: Annotated[
        str, typer.Option("--with", help="Methods, separated by commas.")
    ] = "matryoshka,topk,kmeans,pca",
    n_concepts: Annotated[
        int | None,
        typer.Option(help="Of each; by default one for every 16 items, from 32 to 1,024."),
    ] = None,
    k: Annotated[
        str | None,
        typer.Option(
            "-k", help="Active concepts of an item; several, by commas, make several rows."
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            help="A column of the atlas to probe for; repeat for several.", metavar="COLUMN"
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help=(
                "A text file with a label for every vector or item, one a line; an empty line is no"
                " label."
            ),
            metavar="FILE",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Fits of each method.")] = 3,
    keep: Annotated[
        str | None,
        typer.Option(help="Keep fitted dictionaries here, and go on from them.", metavar="FOLDER"),
    ] = None,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which way of finding concepts is worth what on these vectors: fidelity, stability, names,
    probes, cost, beside controls.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    check_target(plot, "--plot")
    given = None if labels is None else {Path(labels).stem: _lines(labels)}
    with Bars() as bars:
        found = bg.compare_dictionaries(
            source,
            [m.strip() for m in methods.split(",") if m.strip()],
            n_concepts=n_concepts,
            k=None if k is None else _numbers(k),
            labels=given,
            by=by or None,
            seeds=seeds,
            keep=keep,
            progress=lambda done, total: bars("fits", done, total),
        )
    report(found, as_json, markdown, plot)


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as e:
        raise InputError(f"-k {text!r}: give whole numbers, separated by commas") from e


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(
            f"--labels {path!r} cannot be read ({e}): give a text file with one label a line"
        ) from e
