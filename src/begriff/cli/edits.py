"""``begriff rename``, ``begriff hide``, ``begriff undo``: edits that a rebuild keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.main import AtlasPath, app

__all__ = ["hide", "rename", "undo"]

ConceptArgument = Annotated[str, typer.Argument(help="Its id or name.", metavar="CONCEPT")]


@app.command()
def rename(atlas: AtlasPath, concept: ConceptArgument, name: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Give a concept another name."""
    import begriff as bg

    changed = bg.open(atlas).rename(concept, name)
    typer.echo(f"concept {changed.id} is now {changed.label!r}; `begriff undo {atlas}` takes it back")


@app.command()
def hide(atlas: AtlasPath, concept: ConceptArgument) -> None:
    """Leave a concept out of lists and reasons."""
    import begriff as bg

    changed = bg.open(atlas).hide(concept)
    typer.echo(f"concept {changed.id} ({changed.label}) is hidden; `begriff undo {atlas}` takes it back")


@app.command()
def undo(atlas: AtlasPath) -> None:
    """Take back the last edit."""
    import begriff as bg

    entry = bg.open(atlas).undo()
    typer.echo(f"undone: {entry['action']} of concept {entry['concept']} ({entry['was']})")
