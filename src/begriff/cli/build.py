"""``begriff build`` and ``begriff refit``."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from begriff.cli.help import GROW, START
from begriff.cli.main import AtlasPath, Json, app, show
from begriff.errors import InputError

__all__ = ["build", "lay_out", "refit"]


@app.command(rich_help_panel=START)
def build(
    source: Annotated[
        list[str],
        typer.Argument(help="Files of one kind, a folder, or a pattern.", metavar="FILE..."),
    ],
    text: Annotated[
        str | None,
        typer.Option(
            help=(
                "Columns that hold text, separated by commas; documents, feeds and arXiv's metadata"
                " know theirs."
            )
        ),
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="The atlas folder; by default the file's name with .atlas.")
    ] = None,
    id: Annotated[
        str | None,
        typer.Option(help="Column of ids; by default 'id' where there is one, else row numbers."),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            help=(
                "minilm, static, a folder of sentence-transformers, the address of an endpoint, or"
                " none (with --vectors)."
            )
        ),
    ] = "minilm",
    model: Annotated[str | None, typer.Option(help="Which model the endpoint is to use.")] = None,
    query_prefix: Annotated[
        str | None, typer.Option(help="Put before queries, as 'query: '.")
    ] = None,
    item_prefix: Annotated[
        str | None, typer.Option(help="Put before items, as 'passage: '.")
    ] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests a minute to an endpoint, at most.")
    ] = None,
    price: Annotated[
        float | None, typer.Option(help="What a million tokens cost there, for the estimate.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask before an endpoint is used.")
    ] = False,
    vectors: Annotated[
        str | None, typer.Option(help="Vectors that exist: an .npy or .npz file, or a column.")
    ] = None,
    dictionary: Annotated[
        str | None,
        typer.Option(help="matryoshka (default), nmf, bertopic:FOLDER, pretrained:FOLDER, ..."),
    ] = None,
    namer: Annotated[
        str, typer.Option(help="What names concepts: `begriff methods namers`.")
    ] = "contrast",
    types: Annotated[
        list[str] | None,
        typer.Option(
            "--type",
            help=(
                "COLUMN=KIND: text, category, list, number, date, boolean; a date may name its"
                " format, date:%d/%m/%Y."
            ),
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            help="What FILE holds where its suffix does not say so: csv, tsv, jsonl, parquet, ..."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Say what would be read, and what it takes; build nothing."),
    ] = False,
    drop_column: Annotated[
        list[str] | None, typer.Option("--drop-column", help="Leave a column out.")
    ] = None,
    keep_as_text: Annotated[
        list[str] | None,
        typer.Option("--keep-as-text", help="Keep a column's cells as they are written."),
    ] = None,
    max_rejected: Annotated[float, typer.Option(help="Largest share of bad rows.")] = 0.05,
    seed: Annotated[int, typer.Option(help="Random state.")] = 0,
    on_duplicate: Annotated[
        str, typer.Option(help="Where an id comes twice: error, keep-first or keep-last.")
    ] = "error",
    preview: Annotated[
        bool,
        typer.Option("--preview", help="First a smaller atlas that is usable, then the whole one."),
    ] = False,
    layout: Annotated[
        bool | None,
        typer.Option(
            "--map/--no-map", help="Lay out the map; by default where [map] is installed."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an atlas of other input; edits are kept.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rewrite a corpus as named concepts. Interrupted at any point, the same command goes on."""
    import begriff as bg
    from begriff.cli.progress import Bars

    made = _encoder(
        encoder,
        model=model,
        query_prefix=query_prefix,
        item_prefix=item_prefix,
        requests_per_minute=rate,
        price=price,
    )
    options: Any = {
        "text": None if text is None else [t.strip() for t in text.split(",") if t.strip()],
        "id": id,
        "encoder": made,
        "vectors": vectors,
        "dictionary": dictionary,
        "namer": namer,
        "types": dict(_pair(t) for t in types or []),
        "format": format,
        "drop_columns": drop_column or [],
        "keep_as_text": keep_as_text or [],
        "on_duplicate": on_duplicate,
    }
    files = source[0] if len(source) == 1 else source
    if dry_run:
        show(bg.dry_run(files, **options), as_json)
        return
    with Bars() as bars:
        atlas = bg.build(
            files,
            **options,
            out=out,
            max_rejected=max_rejected,
            random_state=seed,
            overwrite=overwrite,
            layout=layout,
            preview=preview,
            confirm=lambda said: _agreed(said, yes),
            on_read=lambda reading: typer.echo(f"{reading}\n", err=True),
            progress=bars,
        )
    show(atlas.info(), as_json)


@app.command(rich_help_panel=GROW)
def refit(
    atlas: AtlasPath,
    source: Annotated[
        str | None,
        typer.Argument(
            help="The rows, grown since; by default those that are there.", metavar="FILE"
        ),
    ] = None,
    vectors: Annotated[
        str | None, typer.Option(help="Vectors of FILE, where the atlas was made from given ones.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another random state.")] = None,
    scratch: Annotated[
        bool,
        typer.Option(
            "--scratch", help="Do not start from the old dictionary; match to it all the same."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Learn the concepts again; ids, names, edits and seeds stay with the concepts that are found
    again.
    """
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        done = bg.refit(
            atlas,
            source,
            vectors=vectors,
            random_state=seed,
            warm=False if scratch else None,
            progress=bars,
        )
    found = bg.identity(done)
    show(found if found is not None else done.info(), as_json)


@app.command(name="map", rich_help_panel=GROW)
def lay_out(atlas: AtlasPath, as_json: Json = False) -> None:
    """Lay out the map of an atlas that was built without one."""
    from begriff.atlas.making import add_map
    from begriff.cli.progress import Bars

    with Bars() as bars:
        done = add_map(atlas, progress=bars)
    show(done.info(), as_json)


def _encoder(given: str, **settings: Any) -> Any:
    """The encoder that was named, with those settings that were given."""
    from begriff.pipeline.plan import make_encoder

    return make_encoder(
        None if given == "none" else given, **{k: v for k, v in settings.items() if v is not None}
    )


def _agreed(said: str, yes: bool) -> bool:
    """Say what encoding takes, and ask a person who can answer."""
    typer.echo(said, err=True)
    return yes or not sys.stdin.isatty() or typer.confirm("go on?", default=True, err=True)


def _pair(given: str) -> tuple[str, str]:
    name, sign, kind = given.partition("=")
    if not sign:
        raise InputError(f"--type {given!r}: write COLUMN=KIND, as --type year=number")
    return name.strip(), kind.strip()
