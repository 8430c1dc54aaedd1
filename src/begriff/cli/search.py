"""``begriff search``, ``begriff item``, ``begriff info``."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["info", "item", "search"]

Concepts = list[str] | None


@app.command()
def search(
    atlas: AtlasPath,
    query: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[int, typer.Option("-k", help="Number of hits.")] = 10,
    mode: Annotated[str, typer.Option(help="dense (vectors), text (words) or hybrid.")] = "dense",
    more: Annotated[Concepts, typer.Option(help="More of CONCEPT or CONCEPT:WEIGHT (default .5); may be repeated.")] = None,
    less: Annotated[Concepts, typer.Option(help="Less of CONCEPT or CONCEPT:WEIGHT (default .5); may be repeated.")] = None,
    has: Annotated[Concepts, typer.Option(help="Only items with CONCEPT, or active above NUMBER in CONCEPT:NUMBER.")] = None,
    where: Annotated[str | None, typer.Option(help="SQL condition, as \"year >= 2020 AND venue = 'icml'\".")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why every hit came up.")] = False,
    as_json: Json = False,
) -> None:
    """Find items, steered by concepts, with reasons."""
    import begriff as bg

    wanted = explain or as_json
    hits = bg.open(atlas).search(query, k=k, mode=mode, more=more, less=less, has=has, where=where, explain=wanted)  # type: ignore[arg-type]
    show(hits, as_json, explain=explain)


@app.command()
def item(
    atlas: AtlasPath,
    id: Annotated[str, typer.Argument(help="The item's id.", metavar="ID")],
    as_json: Json = False,
) -> None:
    """Show one item as its concepts."""
    import begriff as bg

    show(bg.open(atlas).item(id), as_json)


@app.command()
def info(atlas: AtlasPath, as_json: Json = False) -> None:
    """Say what is in an atlas, how it was made, and how good it is."""
    import begriff as bg

    show(bg.open(atlas).info(), as_json)
