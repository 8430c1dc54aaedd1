"""What all documents share: JSON, and text for a terminal and a notebook."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    pass

__all__ = ["cut", "Document", "renderer"]


def renderer(name: str) -> Any:
    """A module above this one that knows all documents, found when one is printed: what it needs,
    searching does not.
    """
    return import_module(f"begriff.documents.{name}")


class Document(BaseModel):
    """A result: immutable, typed, printable."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __str__(self) -> str:
        return str(renderer("rendering").as_text(self))

    def __repr__(self) -> str:
        return cut(super().__repr__(), 300)

    def _repr_html_(self) -> str:
        return str(renderer("html").as_html(self))


def cut(text: str, most: int) -> str:
    """At most so many characters of a text."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"
