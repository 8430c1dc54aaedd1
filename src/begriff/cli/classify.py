"""``begriff classify``, ``models``, ``decide``, ``correct``, ``weigh``: predicting through concepts
that people correct.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from begriff.cli.help import LABELS
from begriff.cli.main import AtlasPath, Json, app, show
from begriff.cli.reports import Markdown, Plot, check_target, report
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.tasks.classify import Classifier

__all__ = ["classify", "correct", "decide", "models", "weigh", "what_matters"]

Name = Annotated[str, typer.Argument(help="Name of the model.", metavar="MODEL")]
Item = Annotated[str, typer.Argument(help="Id of the item.", metavar="ITEM")]
ConceptArgument = Annotated[
    str, typer.Argument(help="Id or name of the concept.", metavar="CONCEPT")
]


@app.command(rich_help_panel=LABELS)
def classify(
    atlas: AtlasPath,
    label: Annotated[
        str,
        typer.Option(
            help="A column, or a .csv, .tsv, .jsonl or .parquet file with the columns id and label."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What to call the model.")] = None,
    concepts: Annotated[
        str, typer.Option(help="discovered, seeded, or a text file with one concept a line.")
    ] = "discovered",
    active: Annotated[int, typer.Option(help="Most concepts a class may use.")] = 30,
    hybrid: Annotated[
        bool, typer.Option("--hybrid", help="Let the vector itself have a say, too, without names.")
    ] = False,
    promise: Annotated[
        float, typer.Option(help="Accuracy promised where the model answers.")
    ] = 0.9,
    controls: Annotated[bool, typer.Option(help="Also fit the controls.")] = True,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Predict a label through concepts, beside a probe of the whole vector and controls; kept in
    the atlas under a name.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    check_target(plot, "--plot")
    with Bars() as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the report says the same
        model = bg.classify(
            bg.open(atlas),
            label,
            name=name,
            concepts=concepts,
            n_active=active,
            hybrid=hybrid,
            promise=promise,
            controls=controls,
            random_state=seed,
            progress=progress,
        )
    report(model.report(), as_json, markdown, plot)


@app.command(rich_help_panel=LABELS)
def models(
    atlas: AtlasPath,
    name: Annotated[
        str | None, typer.Argument(help="A model, to show it.", metavar="MODEL")
    ] = None,
    limit: Annotated[int, typer.Option(help="Concepts of a class.")] = 32,
    delete: Annotated[
        bool,
        typer.Option("--delete", help="Delete MODEL and its corrections; that cannot be undone."),
    ] = False,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """List the models of an atlas, show one with people's edits, or delete one."""
    import begriff as bg

    if delete and name is None:
        raise InputError(
            "--delete needs the name of a model: write `begriff models ATLAS MODEL --delete`"
        )
    if name is not None and not delete:
        return report(_open(atlas, name).report(limit), as_json, markdown, plot)
    found = (
        bg.list_models(bg.open(atlas)) if name is None else bg.delete_model(bg.open(atlas), name)
    )
    if as_json:
        return typer.echo(found.model_dump_json())
    typer.echo(
        "\n".join(found.models)
        or f"no models; make one with `begriff classify {atlas} --label COLUMN`"
    )


@app.command(rich_help_panel=LABELS)
def decide(
    atlas: AtlasPath,
    name: Name,
    item: Annotated[
        str | None,
        typer.Argument(help="Id of an item; without it items are listed.", metavar="ITEM"),
    ] = None,
    of: Annotated[
        str | None, typer.Option(help="The class to explain, or whose items are listed.")
    ] = None,
    which: Annotated[
        str, typer.Option(help="Without an item: all, wrong, unsure or corrected.")
    ] = "wrong",
    limit: Annotated[int, typer.Option(help="Concepts or items listed.")] = 20,
    csv: Annotated[
        str | None,
        typer.Option(
            help="Write all of these items to a .csv file, with their labels, to put them right.",
            metavar="FILE",
        ),
    ] = None,
    policy: Annotated[
        str, typer.Option(help="What decides what to ask next: `begriff methods policies`.")
    ] = "influence",
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Why a model gives an item its class, and what to ask next; or a list of items it is wrong or
    unsure about.
    """
    check_target(csv, "--csv", (".csv",))
    if csv is not None and item is not None:
        raise InputError("--csv writes a list of items: leave ITEM out")
    model = _open(atlas, name)
    if item is not None:
        decision = model.decide(item, of=of, limit=limit, policy=policy)
        return report(decision, as_json, markdown, plot)
    found = model.list_items(which, of=of, limit=limit)
    if csv is not None:
        every = model.list_items(which, of=of, limit=None).table().to_csv()
        Path(csv).write_text(every, encoding="utf-8", newline="")
    if not as_json:
        written = (
            f"; all are in {csv}, correct its labels and run `begriff classify {atlas} --label"
            f" {csv}`"
            if csv
            else ""
        )
        typer.echo(f"{found.total:,} items ({which}){written}")
    show(found, as_json)


@app.command(rich_help_panel=LABELS)
def correct(
    atlas: AtlasPath,
    name: Name,
    item: Item,
    concept: ConceptArgument,
    value: Annotated[
        str,
        typer.Argument(help="yes, no, an activation, or auto: what was computed.", metavar="VALUE"),
    ],
    as_json: Json = False,
) -> None:
    """Say whether an item holds a concept; the prediction of this item follows, no other one."""
    known: dict[str, bool | None] = {"yes": True, "no": False, "auto": None}
    given: bool | float | None
    try:
        given = known[value] if value in known else float(value)
    except ValueError as e:
        raise InputError(f"VALUE {value!r}: give yes, no, an activation, or auto") from e
    model = _open(atlas, name)
    before = model.decide(item).predicted
    after = model.correct(item, concept, given)
    if as_json:
        return show(after, as_json)
    show(after, as_json)
    change = (
        f"{before} before, now {after.predicted}"
        if before != after.predicted
        else f"still {after.predicted}"
    )
    typer.echo(f"predicted for this item alone: {change}; `begriff undo {atlas}` takes it back")


@app.command(rich_help_panel=LABELS)
def weigh(
    atlas: AtlasPath,
    name: Name,
    of: Annotated[str, typer.Argument(help="The class.", metavar="CLASS")],
    concept: ConceptArgument,
    weight: Annotated[
        str,
        typer.Argument(
            help="A number, or auto for what was learnt; 0 takes it out.", metavar="WEIGHT"
        ),
    ],
    as_json: Json = False,
) -> None:
    """Set the weight of a concept for a class."""
    try:
        given = None if weight == "auto" else float(weight)
    except ValueError as e:
        raise InputError(f"WEIGHT {weight!r}: give a number, or auto") from e
    changed = _open(atlas, name).weigh(of, concept, given)
    if as_json:
        return show(changed, as_json)
    typer.echo(f"the weight of {concept!r} for {of!r} is set; `begriff undo {atlas}` takes it back")


@app.command(rich_help_panel=LABELS)
def what_matters(
    atlas: AtlasPath,
    name: Name,
    of: Annotated[str, typer.Argument(help="The class.", metavar="CLASS")],
    method: Annotated[
        str | None,
        typer.Option(
            help="Another way than both betting tests: `begriff methods importance` lists them."
        ),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(help="Explain this one item, by a method of one item.", metavar="ID"),
    ] = None,
    limit: Annotated[int, typer.Option(help="Concepts that are tested.")] = 32,
    alpha: Annotated[float, typer.Option(help="False discovery rate.")] = 0.05,
    plot: Plot = None,
    markdown: Markdown = False,
    as_json: Json = False,
) -> None:
    """Which concepts matter to what a model says of a class: tests beside shuffled concepts."""
    import begriff as bg

    check_target(plot, "--plot")
    found = bg.what_matters(
        bg.open(atlas), name, of=of, method=method, item=item, limit=limit, alpha=alpha
    )
    report(found, as_json, markdown, plot)


def _open(atlas: str, name: str) -> Classifier:
    import begriff as bg

    return bg.Classifier(bg.open(atlas), name)
