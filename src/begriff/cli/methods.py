"""``begriff methods``: what can be chosen where a command takes a method."""

from __future__ import annotations

from typing import Annotated

import typer

from begriff.cli.help import START
from begriff.cli.main import Json, app, show

__all__ = ["methods"]


@app.command(rich_help_panel=START)
def methods(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="Only these, such as dictionaries or erasers; all kinds where none is named.",
            metavar="KIND",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the methods that commands can use, those of installed plugins too: what each does and
    its parameters.
    """
    from begriff.documents.method_list import list_methods

    show(list_methods(kind), as_json)
