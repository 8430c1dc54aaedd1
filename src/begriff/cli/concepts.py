"""``begriff concepts`` and ``begriff concept``."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.help import SEARCH
from begriff.cli.main import AtlasPath, Json, app, show
from begriff.errors import InputError

__all__ = ["concept", "concepts"]


@app.command(rich_help_panel=SEARCH)
def concepts(
    atlas: AtlasPath,
    like: Annotated[
        str | None, typer.Option(help="Only concepts named like this, or near these words.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Rows of a page.")] = 30,
    after: Annotated[int, typer.Option(help="Rows to skip.")] = 0,
    all_: Annotated[
        bool, typer.Option("--all", help="Also hidden and background concepts.")
    ] = False,
    tree: Annotated[
        bool, typer.Option("--tree", help="Families, from general to specific.")
    ] = False,
    prefixes: Annotated[
        bool, typer.Option("--prefixes", help="With --tree: fine concepts below those of the core.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List concepts: id, name, name score, frequency, strongest items."""
    import begriff as bg
    from begriff.cli.progress import patience

    opened = bg.open(atlas)
    if tree or prefixes:
        if like is not None:
            raise InputError(
                "--like lists single concepts: leave it out with --tree and --prefixes"
            )
        return show(
            bg.tree(opened, by="prefixes" if prefixes else "families", limit=limit), as_json
        )
    with patience():
        listed = opened.list_concepts(
            like=like, limit=limit, after=after, include_hidden=all_, examples=True
        )
    show(listed, as_json)


@app.command(rich_help_panel=SEARCH)
def concept(
    atlas: AtlasPath,
    concept: Annotated[str, typer.Argument(help="Its id or name.", metavar="CONCEPT")],
    as_json: Json = False,
) -> None:
    """Show one concept: names, examples across its range, neighbours, where its name fails."""
    import begriff as bg

    show(bg.open(atlas).concept(concept), as_json)
