"""``begriff demo``: an atlas of Python's own documentation, whose page opens while the better part
of it is still being made.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from begriff.cli.help import START
from begriff.cli.main import app

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.documents.models import Concept, Hits
    from begriff.kinds.encoder import Encoder
    from begriff.pipeline.plan import Meter

__all__ = ["demo"]

_FIRST = 500
_SEARCHES: list[dict[str, str]] = [
    {"query": "read a compressed file"},
    {"query": "remove a folder and everything in it"},
    {"query": "open a file", "more": "urllib"},
    {"query": "run a program and read its output"},
    {"query": "convert a date to text"},
    {"query": "run tasks in parallel", "less": "thread"},
    {"query": "parse text", "where": "kind = 'class'"},
    {"query": "options of a command line"},
]
"""The three whose hits are explained best are shown: which they are depends on the version of
Python.
"""


@app.command(rich_help_panel=START)
def demo(
    out: Annotated[str, typer.Option(help="The atlas folder.")] = "demo.atlas",
    items: Annotated[
        int, typer.Option(help="Entries of the documentation at most.", min=100)
    ] = 3_000,
    encoder: Annotated[
        str, typer.Option(help="minilm, or static (faster, less exact).")
    ] = "minilm",
    serve: Annotated[
        bool,
        typer.Option("--serve/--no-serve", help="Open the page as soon as a first part is made."),
    ] = True,
) -> None:
    """Build an atlas of Python's documentation, try it, and open its page.

    Offline; nothing is imported or executed.
    """
    from begriff.readers.docstrings import read_docstrings

    began = time.monotonic()
    typer.echo(
        "begriff reads texts, finds the concepts that they share, and says which of these brought a"
        " search result up.\nHere it reads the documentation of Python's standard library. Nothing"
        " leaves this machine.\n"
    )
    rows = read_docstrings(most=items)
    query = _SEARCHES[0]["query"]
    typer.echo(f"{len(rows):,} entries. {query!r} by words alone, as most search boxes do it:")
    for row in _by_words(rows, query):
        typer.echo(f"  {row['title']}: {' '.join(row['text'].split())[:80]}")
    typer.echo("")
    page = serve and find_spec("fastapi") is not None and find_spec("uvicorn") is not None
    _Demo(rows, out, encoder, began).run(page)
    if serve and not page:
        typer.echo(
            f"\nTo explore it on a page: pip install 'begriff[server]', then begriff serve {out}"
        )


def _by_words(rows: list[dict[str, Any]], query: str) -> list[dict[str, Any]]:
    """Three items by BM25, seconds after the start."""
    from tempfile import TemporaryDirectory

    from begriff.indexes.words import WordIndex

    with TemporaryDirectory() as folder:
        WordIndex.build(Path(folder) / "index", [[f"{r['title']}. {r['text']}" for r in rows]])
        best, _ = WordIndex(Path(folder) / "index").search(query, 3)
    return [rows[int(i)] for i in best]


class _Demo:
    """What is made of the entries and said about it; ``began`` is when the clock started."""

    def __init__(self, rows: list[dict[str, Any]], out: str, encoder: str, began: float) -> None:
        from begriff.pipeline.plan import make_encoder

        self.rows, self.out, self.began = rows, out, began
        self.encoder: Encoder | None = make_encoder(encoder)

    def run(self, page: bool) -> None:
        """Build and show; with ``page`` the server runs from the first part on."""
        if not page:
            self._show(self._build(lambda *_: None, first=0))
            return
        from begriff.cli.background_build import BackgroundBuild

        build = BackgroundBuild(lambda meter: self._build(meter, first=_FIRST), self._show)
        build.start()
        try:
            self._serve()
        finally:
            build.stop()

    def _build(self, meter: Meter, *, first: int) -> Atlas:
        import begriff as bg
        from begriff.cli.progress import Bars

        with Bars() as bars:

            def progress(stage: str, done: int, total: int) -> None:
                bars(stage, done, total)
                meter(stage, done, total)

            options: Any = {
                "text": ["title", "text"],
                "id": "title",
                "encoder": self.encoder,
                "preview": first,
            }
            return bg.build(self.rows, out=self.out, overwrite=True, progress=progress, **options)

    def _serve(self) -> None:
        from begriff.atlas.atlas import Atlas
        from begriff.cli.serve import show_page
        from begriff.server import serve
        from begriff.server.atlas_pool import AtlasPool

        atlas = Atlas(self.out, encoder=self.encoder)

        def ready(address: str) -> None:
            part = (
                f"{atlas.n_items:,} of {len(self.rows):,} entries for now; it changes to all of"
                " them by itself"
            )
            said = part if atlas.n_items < len(self.rows) else f"{atlas.n_items:,} entries"
            typer.echo(
                f"\nThe page is open after {self._seconds()}: {address} ({said}; Ctrl+C ends it)\n"
            )
            show_page(address)

        pool = AtlasPool({Path(self.out).resolve().name.removesuffix(".atlas"): atlas})
        # a line a request would run through what the demo says
        serve(pool, log_requests=False, ready=ready)

    def _seconds(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s"

    def _show(self, atlas: Atlas) -> None:
        """The concepts, three searches, and what to do next."""
        from begriff.cli.main import show

        typer.secho(
            f"\nThe whole atlas is made, after {self._seconds()}: {atlas.n_items:,} entries.",
            bold=True,
        )
        typer.echo(
            "A concept is a theme that many texts share; nobody listed them beforehand. A name's"
            " score says how well the name alone tells\ntexts with the concept from similar texts"
            " without it: .5 is guessing, 1 is always right.\n"
        )
        for concept, examples in _concepts(atlas)[:12]:
            typer.echo(
                f"  {concept.score or 0:.2f}  {concept.label:<16} as in {', '.join(examples)}"
            )
        typer.echo(
            "\nA reason names the concepts that lift a result above the other results of the same"
            " search, and how much of its score\neach one adds."
        )
        for options, hits in _best_explained(atlas):
            asked = "".join(f' --{k} "{v}"' for k, v in options.items() if k != "query")
            typer.secho(
                f'\nbegriff search {self.out} "{options["query"]}"{asked} -k 3 --explain', bold=True
            )
            show(hits, False)
        typer.echo(f"\nMore of this atlas:  begriff concepts {self.out}")
        typer.secho(
            "Your own file:       begriff build FILE --text COLUMN --out my.atlas", bold=True
        )


def _concepts(atlas: Atlas) -> list[tuple[Concept, list[str]]]:
    """Concepts that several packages share, with the titles of their strongest entries: those of
    one package are no surprise.
    """
    every = [
        (c, [text.split(". ")[0] for text in c.strongest])
        for c in atlas.list_concepts(limit=200, examples=True)
        if c.name
    ]
    return [
        (c, titles)
        for c, titles in every
        if not c.background and len({t.split(".")[0] for t in titles}) > 1
    ]


def _best_explained(atlas: Atlas) -> list[tuple[dict[str, str], Hits]]:
    """Three searches, most reasons first."""
    from begriff.errors import InputError

    asked = []
    for options in _SEARCHES:
        try:
            asked.append((options, atlas.search(k=3, **options)))  # type: ignore[arg-type]
        except InputError:  # this corpus has no concept of that name
            continue
    explained = [
        sum(bool(h.explanation and h.explanation.gap and h.explanation.gap.shown) for h in hits)
        for _, hits in asked
    ]
    order = sorted(range(len(asked)), key=lambda i: -explained[i])
    return [asked[i] for i in sorted(order[:3])]
