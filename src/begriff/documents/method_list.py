"""Methods of the catalogue, as one document."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from begriff import catalog
from begriff.catalog import Method
from begriff.documents.models import Document

__all__ = ["list_methods", "MethodList"]


class MethodList(Document):
    """Methods by kind and name: what they do, their parameters with types and defaults, their
    papers, and who brings them.
    """

    methods: list[Method]

    def __rich__(self) -> RenderableType:
        """A table a kind."""
        kinds = dict.fromkeys(m.kind for m in self.methods)
        return Group(*(_table(kind, [m for m in self.methods if m.kind == kind]) for kind in kinds))


def list_methods(kind: str | None = None) -> MethodList:
    """What :func:`begriff.catalog.methods` lists, as a document.

    Raises
    ------
    InputError
        For a kind that does not exist.
    """
    return MethodList(methods=catalog.methods(kind))


def _table(kind: str, methods: list[Method]) -> Table:
    table = Table(title=kind, title_justify="left", expand=False)
    for column in ("name", "what it does", "parameters"):
        table.add_column(column, overflow="fold")
    for m in methods:
        what = m.summary + (f" (plugin: {m.package})" if m.plugin else "")
        table.add_row(
            Text(m.name),
            Text(what),
            Text(", ".join(_written(p.name, p.required, p.default) for p in m.parameters)),
        )
    return table


def _written(name: str, required: bool, default: Any) -> str:
    return name if required else f"{name}={default}"
