"""``begriff add``, ``remove``, ``watch``, ``write-back`` and ``check``: items that come and go, and
an atlas that stays whole.
"""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.help import GROW
from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["add", "check", "remove", "watch", "write_back"]


@app.command(rich_help_panel=GROW)
def add(
    atlas: AtlasPath,
    source: Annotated[
        list[str],
        typer.Argument(help="Files of one kind, a folder, or a pattern.", metavar="FILE..."),
    ],
    vectors: Annotated[
        str | None, typer.Option(help="Vectors of FILE: an .npy or .npz file, or a column.")
    ] = None,
    on_duplicate: Annotated[
        str, typer.Option(help="Where an id comes twice: error, keep-first or keep-last.")
    ] = "error",
    max_rejected: Annotated[float, typer.Option(help="Largest share of bad rows.")] = 0.05,
    as_json: Json = False,
) -> None:
    """Add items to an atlas, or update those with known ids, and say how well its concepts fit
    them.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        found = bg.open(atlas).add(
            source[0] if len(source) == 1 else source,
            vectors=vectors,
            on_duplicate=on_duplicate,  # type: ignore[arg-type]
            max_rejected=max_rejected,
            progress=bars,
        )
    show(found, as_json)


@app.command(rich_help_panel=GROW)
def remove(
    atlas: AtlasPath,
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of items.", metavar="[ID]...")
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="SQL condition on the columns; items that meet it go, too.")
    ] = None,
    purge: Annotated[
        bool,
        typer.Option(
            "--purge",
            help=(
                "Leave nothing of them in the folder; drops earlier versions and the list of bad"
                " rows."
            ),
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Take items out of an atlas: rows, vectors, codes, words and map."""
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        found = bg.open(atlas).remove(ids or [], where=where, purge=purge, progress=bars)
    show(found, as_json)


@app.command(name="write-back", rich_help_panel=GROW)
def write_back(
    atlas: AtlasPath,
    target: Annotated[
        str | None,
        typer.Argument(
            help=(
                "lancedb:PATH#TABLE or qdrant:URL#COLLECTION; by default what the atlas was built"
                " from."
            )
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write codes and names beside the vectors in a database, so that searches there filter and
    explain by concept.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        found = bg.open(atlas).write_back(target, progress=lambda *at: bars("write back", *at))
    show(found, as_json)


@app.command(rich_help_panel=GROW)
def check(
    atlas: AtlasPath,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair", help="Make again what follows from the rest; delete what no version needs."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare every file of an atlas with what was written; exit code 1 where it is damaged."""
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        found = bg.check(atlas, repair=repair, progress=bars)
    show(found, as_json)
    if not found.whole:
        raise typer.Exit(1)


@app.command(rich_help_panel=GROW)
def watch(
    atlas: AtlasPath,
    folder: Annotated[str, typer.Argument(help="Documents, or files of rows.", metavar="FOLDER")],
    every: Annotated[float, typer.Option(help="Seconds between two looks.")] = 10.0,
    mirror: Annotated[
        bool, typer.Option("--mirror", help="A document that goes takes its item along.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    as_json: Json = False,
) -> None:
    """Add what is new or changed in a folder, again and again; Ctrl+C ends it."""
    from begriff.atlas.watch import watch as follow

    for growth in follow(atlas, folder, every=every, mirror=mirror, rounds=1 if once else None):
        show(growth, as_json)
