"""``begriff serve``."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from begriff.cli.help import START
from begriff.cli.main import app
from begriff.errors import MissingExtraError

__all__ = ["serve", "show_page"]


@app.command(rich_help_panel=START)
def serve(
    atlases: Annotated[
        list[str],
        typer.Argument(help="Atlas folders; the first is the default.", metavar="ATLAS..."),
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than localhost need a key.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            help="Port; by default 8765, or any other where it is taken.", min=0, max=65535
        ),
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Refuse every edit.")] = False,
    api_key: Annotated[
        str | None,
        typer.Option(
            help="Key that every request must carry; or BEGRIFF_API_KEY.",
            envvar="BEGRIFF_API_KEY",
            show_envvar=False,
        ),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let other machines in without a key.")
    ] = False,
    allow_origin: Annotated[
        list[str] | None, typer.Option(help="A site whose pages may use the API; may be repeated.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds that a request may take.", min=0.1)
    ] = 30.0,
    guard: Annotated[
        str | None, typer.Option(help="A guard's file: POST /api/v1/guard checks texts with it.")
    ] = None,
    index: Annotated[
        str,
        typer.Option(help="What finds candidates, scored exactly: `begriff methods indexes`."),
    ] = "exact",
    browse: Annotated[
        bool,
        typer.Option(
            "--browse/--no-browse", help="Open the page in a browser, where there is a screen."
        ),
    ] = True,
) -> None:
    """Serve atlases: a page to search and explore them, and the same as an API."""
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as e:
        raise MissingExtraError("the server", "server") from e
    from begriff.server import Settings
    from begriff.server import serve as run

    settings = Settings(
        read_only=read_only,
        api_key=api_key or None,
        origins=tuple(allow_origin or ()),
        limit=timeout,
    )

    def ready(address: str) -> None:
        typer.echo(f"begriff serves {', '.join(atlases)} at {address} (stop with Ctrl+C)")
        sys.stdout.flush()
        if browse:
            show_page(address)

    run(
        [*atlases],
        host=host,
        port=port,
        settings=settings,
        guard=guard,
        insecure=insecure,
        index=index,
        ready=ready,
    )


def show_page(address: str) -> None:
    """Open the page in a browser, where one would be seen."""
    if _has_screen():
        import webbrowser

        webbrowser.open(address)


def _has_screen() -> bool:
    """Whether a browser would be seen: at a terminal, and not over a connection without display."""
    seen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(v) for v in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return sys.stdout.isatty() and seen
