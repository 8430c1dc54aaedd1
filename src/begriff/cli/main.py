"""Entry point: commands, exit codes, output."""

from __future__ import annotations

import logging
import sys
from importlib import import_module
from typing import Annotated

import typer

from begriff.cli.help import Groups
from begriff.cli.thread_waits import wait_asleep
from begriff.errors import AtlasError, BegriffError, InputError, MissingExtraError

__all__ = ["app", "main", "register"]

_FAMILIES = (
    "build", "classify", "compare", "concepts", "demo", "edits", "erase", "grow", "guard",
    "methods", "reports", "search", "serve", "versions",
)  # fmt: skip
"""Modules whose import adds their commands to the app."""

_UNBOUNDED = 100_000
"""Characters of a line that nobody sees on a screen: a pipe gets whole rows."""

app = typer.Typer(
    name="begriff",
    cls=Groups,
    help="A concept layer for embeddings: build an atlas of named concepts, search it, see why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        from begriff import __version__

        typer.echo(f"begriff {__version__}")
        raise typer.Exit


def register() -> None:
    """Add the commands of every family to the app."""
    for family in _FAMILIES:
        import_module(f"begriff.cli.{family}")


def main() -> None:
    """Run the command line: exit code 0, 2 for the user's mistakes, 1 for ours, 130 when
    interrupted.
    """
    wait_asleep()
    register()
    wants_json = "--json" in sys.argv[1:]
    logging.getLogger("model2vec").setLevel(logging.WARNING)
    try:
        app(standalone_mode=True)
    except BegriffError as e:
        sys.exit(_say(e, wants_json))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; run the same command again to go on\n")
        sys.exit(130)
    except OSError as e:
        sys.exit(
            _say(
                AtlasError(
                    f"{e.filename or 'a file'}: {e.strerror or e}; free space or give another"
                    " folder"
                ),
                wants_json,
            )
        )


def _say(error: BegriffError, wants_json: bool) -> int:
    kind = next(
        (k.__name__ for k in (InputError, AtlasError, MissingExtraError) if isinstance(error, k)),
        "BegriffError",
    )
    if wants_json:
        from begriff.documents.models import ErrorDocument

        sys.stdout.write(ErrorDocument(error=str(error), kind=kind).model_dump_json() + "\n")
    else:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
    return 2


def show(document: object, as_json: bool, *, explain: bool = True) -> None:
    """Print a document: one JSON document on stdout, or a table."""
    if as_json:
        sys.stdout.write(document.model_dump_json() + "\n")  # type: ignore[attr-defined]
        return
    from rich.console import Console

    from begriff.documents.rendering import render

    console = Console()
    if not console.is_terminal:
        console.width = _UNBOUNDED
    console.print(render(document, explain=explain))


AtlasPath = Annotated[str, typer.Argument(help="The atlas folder.", metavar="ATLAS")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
