"""Hits and concepts as Arrow tables: numbers stay numbers, ids come along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from begriff.frames import arrow_table

if TYPE_CHECKING:
    import pyarrow as pa

    from begriff.documents.models import Concept, ConceptList, Hit, Hits

__all__ = ["concept_rows", "hit_rows"]

_CONCEPT = (
    "id",
    "name",
    "score",
    "score_all",
    "frequency",
    "stability",
    "trend",
    "aliases",
    "background",
    "polysemous",
)
_EDITED = ("hidden", "renamed", "pinned", "merged", "note")


def hit_rows(hits: Hits) -> pa.Table:
    """A row per hit: rank, id, score, the columns of its item, its passage and its reason.

    ``concepts``, ``names`` and ``values`` are lists: the well-named concepts of the reason and what
    each adds to the ``gap`` above the background; ``explained`` says whether the reason holds. They
    are null where none was computed.
    """
    items = list(dict.fromkeys(column for h in hits for column in h.item if column != "id"))
    columns = [
        "rank",
        "id",
        "score",
        *items,
        "passage",
        "gap",
        "explained",
        "concepts",
        "names",
        "values",
    ]
    return arrow_table(columns, [_hit(rank, h, items) for rank, h in enumerate(hits, 1)])


def _hit(rank: int, hit: Hit, items: list[str]) -> tuple[Any, ...]:
    gap = hit.explanation.gap if hit.explanation is not None else None
    head = (rank, hit.id, hit.score, *(hit.item.get(c) for c in items), hit.passage.text)
    if gap is None:
        return (*head, None, None, None, None, None)
    adds = {c.concept: c for c in gap.contributions}
    chosen = [adds[i] for i in gap.named]
    return (
        *head,
        gap.value,
        gap.shown,
        [c.concept for c in chosen],
        [c.name for c in chosen],
        [c.value for c in chosen],
    )


def concept_rows(concepts: ConceptList) -> pa.Table:
    """A row per concept: id, name, scores, frequency, other names, what people changed, strongest
    items.
    """
    columns = [*_CONCEPT, *_EDITED, "strongest"]
    return arrow_table(columns, [_concept(c, columns) for c in concepts])


def _concept(concept: Concept, columns: list[str]) -> tuple[Any, ...]:
    return tuple(getattr(concept, c) for c in columns)
