"""``begriff search``, ``begriff item``, ``begriff info``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from begriff.cli.help import GROW, SEARCH, START
from begriff.cli.main import AtlasPath, Json, app, show

__all__ = ["export", "import_", "info", "item", "neighbours", "search"]

Concepts = list[str] | None


@app.command(rich_help_panel=SEARCH)
def search(
    atlas: AtlasPath,
    query: Annotated[str | None, typer.Argument(help="What to look for, in words.")] = None,
    vector: Annotated[
        str | None,
        typer.Option(
            help=(
                "Look for a vector instead: FILE.npy, FILE.npy:ROW (rows count from 0), or a JSON"
                " list."
            ),
            metavar="VECTOR",
        ),
    ] = None,
    k: Annotated[int, typer.Option("-k", help="Number of hits.")] = 10,
    mode: Annotated[str, typer.Option(help="dense (vectors), text (words) or hybrid.")] = "dense",
    more: Annotated[
        Concepts,
        typer.Option(help="More of CONCEPT or CONCEPT:WEIGHT (default .5); may be repeated."),
    ] = None,
    less: Annotated[
        Concepts,
        typer.Option(help="Less of CONCEPT or CONCEPT:WEIGHT (default .5); may be repeated."),
    ] = None,
    has: Annotated[
        Concepts,
        typer.Option(help="Only items with CONCEPT, or active above NUMBER in CONCEPT:NUMBER."),
    ] = None,
    where: Annotated[
        str | None, typer.Option(help="SQL condition, as \"year >= 2020 AND venue = 'icml'\".")
    ] = None,
    index: Annotated[
        str,
        typer.Option(help="What finds candidates, scored exactly: `begriff methods indexes`."),
    ] = "exact",
    explain: Annotated[bool, typer.Option("--explain", help="Say why every hit came up.")] = False,
    as_json: Json = False,
) -> None:
    """Find items, steered by concepts, with reasons."""
    import begriff as bg
    from begriff.cli.progress import patience
    from begriff.cli.vectors import read_vector
    from begriff.errors import InputError

    if (query is None) == (vector is None):
        raise InputError("give words to look for, or --vector: one of the two")
    wanted = explain or as_json
    asked: Any = query if vector is None else read_vector(vector)
    options: dict[str, Any] = {
        "mode": mode,
        "more": more,
        "less": less,
        "has": has,
        "where": where,
    }
    with patience():
        hits = bg.open(atlas, index=index).search(asked, k=k, explain=wanted, **options)
    show(hits, as_json, explain=explain)


@app.command(rich_help_panel=SEARCH)
def item(
    atlas: AtlasPath,
    id: Annotated[str, typer.Argument(help="The item's id.", metavar="ID")],
    as_json: Json = False,
) -> None:
    """Show one item as its concepts."""
    import begriff as bg

    show(bg.open(atlas).item(id), as_json)


@app.command(rich_help_panel=SEARCH)
def neighbours(
    atlas: AtlasPath,
    id: Annotated[str, typer.Argument(help="The item's id.", metavar="ID")],
    k: Annotated[int, typer.Option("-k", help="Number of items.")] = 10,
    where: Annotated[str | None, typer.Option(help="SQL condition on the columns.")] = None,
    as_json: Json = False,
) -> None:
    """Find the items nearest to an item, with reasons."""
    import begriff as bg

    show(bg.open(atlas).neighbours(id, k=k, where=where), as_json)


@app.command(rich_help_panel=SEARCH)
def export(
    atlas: AtlasPath,
    what: Annotated[str, typer.Argument(help="items or concepts.", metavar="WHAT")] = "items",
    where: Annotated[
        str | None, typer.Option(help="SQL condition on the columns, for items.")
    ] = None,
    has: Annotated[
        Concepts, typer.Option(help="Only items with CONCEPT or CONCEPT:NUMBER.")
    ] = None,
    format: Annotated[str, typer.Option(help="Of the lines: ndjson or csv.")] = "ndjson",
    out: Annotated[
        str | None,
        typer.Option(
            help="A .parquet, .arrow, .feather, .jsonl or .csv file of items.", metavar="FILE"
        ),
    ] = None,
    vectors: Annotated[
        bool,
        typer.Option("--vectors", help="Also the items' vectors, in a file of Arrow's formats."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Print items with their columns and concepts, or all concepts, a line each; or write items
    with their codes to a file.
    """
    import begriff as bg
    from begriff.atlas.export import export_concepts, export_items
    from begriff.cli.progress import Bars
    from begriff.errors import InputError

    if what not in ("items", "concepts"):
        raise InputError(f"{what!r}: export 'items' or 'concepts'")
    opened = bg.open(atlas)
    if out is not None:
        if what != "items":
            raise InputError("--out takes items: print concepts, and write them to a file yourself")
        with Bars() as bars:
            n = opened.export(
                out,
                where=where,
                has=has,
                vectors=vectors,
                overwrite=overwrite,
                progress=lambda *at: bars("export", *at),
            )
        return typer.echo(f"{n:,} items are in {out}")
    for part in (
        export_items(opened.snapshot, where, has, format)
        if what == "items"
        else export_concepts(opened.snapshot, format)
    ):
        typer.echo(part, nl=False)


@app.command(name="import", rich_help_panel=GROW)
def import_(
    file: Annotated[
        str,
        typer.Argument(
            help="What `begriff export --vectors` wrote, with the folder beside it.", metavar="FILE"
        ),
    ],
    out: Annotated[
        str | None, typer.Option(help="The atlas folder; by default the file's name with .atlas.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make an atlas of exported items; concepts keep their ids, names and edits."""
    import begriff as bg
    from begriff.cli.progress import Bars

    with Bars() as bars:
        made = bg.import_items(file, out=out, progress=bars)
    show(made.info(), as_json)


@app.command(rich_help_panel=START)
def info(atlas: AtlasPath, as_json: Json = False) -> None:
    """Say what is in an atlas, how it was made, and how good it is."""
    import begriff as bg

    show(bg.open(atlas).info(), as_json)
