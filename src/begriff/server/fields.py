"""Answers with only those parts that were asked for (``fields=``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from begriff.documents.models import AtlasVersion, Document, Hits, QueryEcho
from begriff.errors import unknown

__all__ = ["hit_parts", "HitParts", "read_fields", "REASONS"]

REASONS = ("explanation", "passage", "terms", "steering")
"""Parts of a hit that are computed only for those who ask; a passage holds the words that matter
where no concept explains the hit.
"""


class HitParts(Document):
    """Hits of which only the id and the parts that were asked for are told."""

    hits: list[dict[str, Any]]
    query: QueryEcho
    atlas: AtlasVersion
    next: int | None = None


@dataclass(frozen=True)
class Chosen:
    """The parts of a document, and the columns of its item, that were asked for."""

    parts: tuple[str, ...]
    columns: tuple[str, ...]

    def has(self, part: str) -> bool:
        """Whether a part was asked for."""
        return part in self.parts

    def of(self, document: Document) -> dict[str, Any]:
        """These parts of a hit or an item, and its id."""
        told = document.model_dump(mode="json", include={"id", "item", *self.parts})
        if not self.has("item"):
            told["item"] = {c: told["item"][c] for c in self.columns}
            return told if self.columns else {k: v for k, v in told.items() if k != "item"}
        return told


def read_fields(
    fields: Iterable[str], document: type[Document], columns: Mapping[str, str]
) -> Chosen:
    """Names of parts of a document, or of columns; a column that is called like a part as
    ``item.NAME``.

    Raises
    ------
    NotFoundError
        For a name that is neither.
    """
    names = [n.strip() for field in fields for n in field.split(",") if n.strip()]
    parts, chosen = [n for n in names if n in document.model_fields], []
    for name in names:
        column = name.removeprefix("item.")
        if name not in parts and column not in columns:
            raise unknown("field", name, [*document.model_fields, *columns])
        chosen += [column] if name not in parts else []
    return Chosen(tuple(parts), tuple(dict.fromkeys(chosen)))


def hit_parts(hits: Hits, chosen: Chosen) -> HitParts:
    """Hits with only these parts."""
    return HitParts(
        hits=[chosen.of(h) for h in hits], query=hits.query, atlas=hits.atlas, next=hits.next
    )
