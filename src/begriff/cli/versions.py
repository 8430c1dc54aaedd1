"""``begriff versions`` and ``restore``: what an atlas was, and going back to it."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.help import GROW
from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["restore", "versions"]


@app.command(rich_help_panel=GROW)
def versions(
    atlas: AtlasPath,
    keep: Annotated[
        int | None,
        typer.Option(
            help="Keep so many from now on, the current one among them; older ones go at once.",
            metavar="N",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the versions that an atlas keeps: when each was published, what happened,
    items, size.
    """
    import begriff as bg

    show(bg.versions(atlas, keep=keep), as_json)


@app.command(rich_help_panel=GROW)
def restore(
    atlas: AtlasPath,
    version: Annotated[
        int, typer.Argument(help="Which one, as `begriff versions` lists it.", metavar="VERSION")
    ],
    as_json: Json = False,
) -> None:
    """Make a version that is kept the current one again; people's edits stay."""
    import begriff as bg

    show(bg.restore(atlas, version).versions(), as_json)
