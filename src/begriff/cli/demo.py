"""``begriff demo``: an atlas of the Python documentation on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from begriff.cli.help import START
from begriff.cli.main import app

__all__ = ["demo"]

_SEARCHES: list[dict[str, str]] = [
    {"query": "read a compressed file"},
    {"query": "run tasks in parallel", "less": "thread"},
    {"query": "parse a date", "more": "time zones", "where": "kind = 'function'"},
]


def _by_words(rows: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    """Three items by BM25, seconds after the start."""
    from tempfile import TemporaryDirectory

    from begriff.index.words import WordIndex

    with TemporaryDirectory() as folder:
        WordIndex.build(Path(folder) / "index", [[r["text"] for r in rows]])
        found, _ = WordIndex(Path(folder) / "index").search(query, 3)
    return [rows[int(i)] for i in found]


@app.command(rich_help_panel=START)
def demo(
    out: Annotated[str, typer.Option(help="The atlas folder.")] = "demo.atlas",
    items: Annotated[int, typer.Option(help="Docstrings at most.")] = 6_000,
    encoder: Annotated[str, typer.Option(help="minilm, or static (faster, less exact).")] = "minilm",
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="End by serving the page.")] = True,
) -> None:
    """Build an atlas of the docstrings installed here, try it, and open its page. Offline; nothing is imported or executed."""
    from rich.console import Console

    import begriff as bg
    from begriff.atlas.tables import render
    from begriff.cli.progress import Bars
    from begriff.readers.docstrings import read_docstrings

    console = Console()
    console.print("reading the docstrings of the Python packages installed here ...")
    rows = read_docstrings(most=items)
    packages = len({r["package"] for r in rows})
    console.print(f"{len(rows):,} docstrings of {packages} packages", markup=False)
    query = str(_SEARCHES[0]["query"])
    console.print(f"\n{query!r} by words alone, while the atlas is being made:", style="bold", markup=False)
    for row in _by_words(rows, query):
        console.print(f"  {row['id']}: {' '.join(row['text'].split())[:80]}", markup=False)
    console.print()
    with Bars() as bars:
        atlas = bg.build(rows, text=["name", "text"], out=out, encoder=encoder, progress=bars, overwrite=True)
    console.print("\nthe most telling concepts", style="bold")
    console.print(render(atlas.list_concepts(limit=15, examples=True)))
    for options in _SEARCHES:
        said = "".join(f' --{k} "{v}"' for k, v in options.items() if k != "query")
        console.print(f'\nbegriff search {out} "{options["query"]}"{said} --explain', style="bold", markup=False)
        console.print(render(atlas.search(k=3, **options)))  # type: ignore[arg-type]
    console.print("\nnext", style="bold")
    best = atlas.list_concepts(limit=1)[0]
    for line in (f"concepts {out} --like file", f"concept {out} {best.id}", f"item {out} {rows[0]['id']}", f"info {out}"):
        console.print(f"  begriff {line}", markup=False)
    if serve:
        console.print()
        _serve(out)


def _serve(out: str) -> None:
    """The page, where the server is installed."""
    from begriff.cli.serve import serve
    from begriff.errors import MissingExtraError

    try:
        serve([out])
    except MissingExtraError as e:
        typer.echo(f"to explore it on a page: {e}; then begriff serve {out}")
