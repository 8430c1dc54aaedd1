"""``begriff rename``, ``hide``, ``seed``, ``undo``: edits that a rebuild keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["hide", "note", "rename", "seed", "seeds", "undo"]

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
def note(
    atlas: AtlasPath, concept: ConceptArgument, text: Annotated[str, typer.Argument(help="What to remember; empty takes it away.")]
) -> None:
    """Write down something about a concept."""
    import begriff as bg

    changed = bg.open(atlas).note(concept, text)
    typer.echo(f"concept {changed.id} ({changed.label}): {changed.note or 'no note'}; `begriff undo {atlas}` takes it back")


@app.command()
def seed(
    atlas: AtlasPath,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    words: Annotated[list[str] | None, typer.Option(help="Words or a sentence that say it; may be repeated.")] = None,
    yes: Annotated[list[str] | None, typer.Option(help="Id of an item that is it; may be repeated.")] = None,
    no: Annotated[list[str] | None, typer.Option(help="Id of an item that is not; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Make a concept of your own from words and examples, or refine it: usable in --more, --less, --has, diff and trends."""
    import begriff as bg

    show(bg.open(atlas).seed(name, words=words, yes=yes or (), no=no or ()), as_json)


@app.command()
def seeds(atlas: AtlasPath, as_json: Json = False) -> None:
    """List the seeded concepts."""
    import begriff as bg

    show(bg.open(atlas).list_seeds(), as_json)


@app.command()
def undo(atlas: AtlasPath) -> None:
    """Take back the last edit."""
    import begriff as bg

    entry = bg.open(atlas).undo()
    what = f"of concept {entry['concept']} ({entry['was']})" if "concept" in entry else f"of {entry['name']!r}"
    typer.echo(f"undone: {entry['action']} {what}")
