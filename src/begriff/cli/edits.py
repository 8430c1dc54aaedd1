"""``begriff rename``, ``hide``, ``merge``, ``seed``, ``undo`` ...: edits that a rebuild keeps."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from begriff.cli.help import CONCEPTS
from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["edits", "hide", "merge", "note", "pin", "rename", "seed", "seeds", "undo"]

Off = Annotated[bool, typer.Option("--off", help="The other way round.")]
ConceptArgument = Annotated[str, typer.Argument(help="Its id or name.", metavar="CONCEPT")]


@app.command(rich_help_panel=CONCEPTS)
def rename(
    atlas: AtlasPath,
    concept: ConceptArgument,
    name: Annotated[str, typer.Argument(help="The new name.")],
) -> None:
    """Give a concept another name."""
    import begriff as bg

    changed = bg.open(atlas).edits.rename(concept, name)
    typer.echo(
        f"concept {changed.id} is now {changed.label!r}; `begriff undo {atlas}` takes it back"
    )


@app.command(rich_help_panel=CONCEPTS)
def hide(atlas: AtlasPath, concept: ConceptArgument, off: Off = False) -> None:
    """Leave a concept out of lists and reasons."""
    import begriff as bg

    changed = bg.open(atlas).edits.hide(concept, not off)
    state = "hidden" if changed.hidden else "shown again"
    typer.echo(
        f"concept {changed.id} ({changed.label}) is {state}; `begriff undo {atlas}` takes it back"
    )


@app.command(rich_help_panel=CONCEPTS)
def pin(atlas: AtlasPath, concept: ConceptArgument, off: Off = False) -> None:
    """Put a concept first in every list."""
    import begriff as bg

    changed = bg.open(atlas).edits.pin(concept, not off)
    state = "pinned" if changed.pinned else "no longer pinned"
    typer.echo(
        f"concept {changed.id} ({changed.label}) is {state}; `begriff undo {atlas}` takes it back"
    )


@app.command(rich_help_panel=CONCEPTS)
def merge(
    atlas: AtlasPath,
    concept: ConceptArgument,
    into: Annotated[str, typer.Argument(help="The one to count under.", metavar="INTO")],
) -> None:
    """Let a concept count under another: activations and contributions are summed."""
    import begriff as bg

    changed = bg.open(atlas).edits.merge(concept, into)
    merged = ", ".join(map(str, changed.merged))
    typer.echo(
        f"concept {changed.id} ({changed.label}) now holds {merged}, too; `begriff undo {atlas}`"
        " takes it back"
    )


@app.command(rich_help_panel=CONCEPTS)
def note(
    atlas: AtlasPath,
    concept: ConceptArgument,
    text: Annotated[str, typer.Argument(help="What to remember; empty takes it away.")],
) -> None:
    """Write down something about a concept."""
    import begriff as bg

    changed = bg.open(atlas).edits.note(concept, text)
    typer.echo(
        f"concept {changed.id} ({changed.label}): {changed.note or 'no note'}; `begriff undo"
        f" {atlas}` takes it back"
    )


@app.command(rich_help_panel=CONCEPTS)
def seed(
    atlas: AtlasPath,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    words: Annotated[
        list[str] | None, typer.Option(help="Words or a sentence that say it; may be repeated.")
    ] = None,
    yes: Annotated[
        list[str] | None, typer.Option(help="Id of an item that is it; may be repeated.")
    ] = None,
    no: Annotated[
        list[str] | None, typer.Option(help="Id of an item that is not; may be repeated.")
    ] = None,
    probe: Annotated[
        str | None,
        typer.Option(help="Learn by this probe, not the best: `begriff methods probes`."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a concept of your own from words and examples, or refine it: usable in --more, --less,
    --has, diff and trends.
    """
    import begriff as bg

    seeds = bg.open(atlas).seeds
    show(seeds.fit(name, words=words, yes=yes or (), no=no or (), probe=probe), as_json)


@app.command(rich_help_panel=CONCEPTS)
def seeds(atlas: AtlasPath, as_json: Json = False) -> None:
    """List the seeded concepts."""
    import begriff as bg

    show(bg.open(atlas).seeds.list(), as_json)


@app.command(rich_help_panel=CONCEPTS)
def edits(atlas: AtlasPath, as_json: Json = False) -> None:
    """List the edits that are not undone: number, when, who, what."""
    import json

    import begriff as bg

    found = bg.open(atlas).edits.list()
    if as_json:
        typer.echo(json.dumps({"edits": found}))
        return
    for e in found or [{}]:
        typer.echo(
            f"{e['number']:>4}  {e['when']}  {e['who'] or '-'}  {_said(e)}" if e else "no edits"
        )


@app.command(rich_help_panel=CONCEPTS)
def undo(
    atlas: AtlasPath,
    number: Annotated[
        int | None, typer.Argument(help="Number of an edit; by default the last.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All edits.")] = False,
) -> None:
    """Take back an edit."""
    import begriff as bg

    opened = bg.open(atlas)
    for entry in opened.edits.undo_all() if every else [opened.edits.undo(number)]:
        also = f"; {' and '.join(entry['also'])} went with it" if "also" in entry else ""
        typer.echo(f"undone: {_said(entry)}{also}")


def _said(entry: dict[str, Any]) -> str:
    """What an entry of the journal did, in a line."""
    action = entry["action"]
    if action == "correct":
        value = "auto" if entry["value"] is None else f"{entry['value']:.3g}"
        return (
            f"correct {entry['concept_name']!r} of {entry['item']!r} to {value} in the model"
            f" {entry['name']!r}"
        )
    if action == "weigh":
        weight = "auto" if entry["weight"] is None else f"{entry['weight']:.3g}"
        return (
            f"weigh {entry['concept_name']!r} for {entry['class']!r} with {weight} in the model"
            f" {entry['name']!r}"
        )
    what = (
        f"of concept {entry['concept']} ({entry['was']})"
        if "concept" in entry
        else f"of {entry['name']!r}"
    )
    return f"{action} {what}"
