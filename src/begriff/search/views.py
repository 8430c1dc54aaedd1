"""Concepts and items as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.documents.models import (
    Concept,
    ConceptDetail,
    ConceptList,
    Contribution,
    Example,
    ExampleList,
    Histogram,
    ItemDetail,
)
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.search.seeds import resolver_of

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = [
    "concept_items",
    "list_concepts",
    "show_concept",
    "show_item",
    "strengths",
    "strongest_items",
    "with_examples",
]

_ORDERS = ("quality", "name", "frequency", "score", "stability")
_RANGE = ("strongest", "weakest", "spread")
_WORDS = 12
_TRIED = 200
_SAME = 0.85
_BINS = 24


def list_concepts(
    atlas: Snapshot,
    like: str | None,
    sort: str,
    limit: int,
    after: int,
    include_hidden: bool,
    examples: bool,
    near: int | str | None = None,
) -> ConceptList:
    """See :meth:`begriff.Atlas.list_concepts`."""
    _check_page(limit, after)
    if sort not in _ORDERS:
        raise InputError(f"sort={sort!r}: must be one of {', '.join(_ORDERS)}")
    shown = [
        c
        for c in atlas.concept_records
        if c.merged_into is None and (include_hidden or not (c.hidden or c.background))
    ]
    ordered = _sorted(shown, sort) if like is None else _like(atlas, shown, like)
    if near is not None:
        ordered = _nearest(atlas, ordered, resolver_of(atlas).find(near))
    page = ordered[after : after + limit]
    if examples:
        page = with_examples(atlas, page)
    return ConceptList(concepts=page, next=after + limit if after + limit < len(ordered) else None)


def concept_items(
    atlas: Snapshot, concept: Concept, order: str, limit: int, after: int
) -> ExampleList:
    """See :meth:`begriff.Atlas.concept_items`."""
    _check_page(limit, after)
    if order not in _RANGE:
        raise InputError(f"order={order!r}: must be one of {', '.join(_RANGE)}")
    rows, values = strengths(atlas, concept.row)
    if order == "weakest":
        rows, values = rows[::-1], values[::-1]
    places = (
        _spread(len(rows), limit)
        if order == "spread"
        else np.arange(after, min(after + limit, len(rows)))
    )
    further = order != "spread" and after + limit < len(rows)
    shown = _examples(atlas, rows[places], values[places])
    return ExampleList(items=shown, total=len(rows), next=after + limit if further else None)


def _check_page(limit: int, after: int) -> None:
    if limit < 1 or after < 0:
        raise InputError(
            f"limit={limit}, after={after}: limit must be at least 1, after at least 0"
        )


def show_concept(atlas: Snapshot, concept: Concept) -> ConceptDetail:
    """See :meth:`begriff.Atlas.concept`."""
    ranked, values = strengths(atlas, concept.row)
    over_range = np.unique(
        np.concatenate([np.arange(min(5, len(ranked))), _spread(len(ranked), 5)])
    )
    likeness = atlas.components[: len(atlas.concept_records)] @ atlas.components[concept.row]
    own = set(atlas.rows_of(concept))
    order = [int(i) for i in np.argsort(-likeness, kind="stable") if i not in own]
    company = _company(atlas, concept.row)
    often = [
        int(i) for i in np.argsort(-company, kind="stable") if i != concept.row and company[i] > 0
    ][:6]

    def listed(rows: list[int], values: Floats) -> list[tuple[int, str, float]]:
        return [
            (
                atlas.concept_records[i].id,
                atlas.concept_records[i].label,
                round(float(values[i]), 4),
            )
            for i in rows
        ]

    return ConceptDetail(
        concept=concept,
        examples=_examples(atlas, ranked[over_range], values[over_range]),
        fails=_failures(atlas, concept.row),
        words=_words(atlas, concept.row),
        distribution=_distribution(values),
        neighbours=listed(order[:6], likeness),
        opposites=listed(order[::-1][:3], likeness),
        together=listed(often, company),
    )


def show_item(atlas: Snapshot, row: int) -> ItemDetail:
    """See :meth:`begriff.Atlas.item`."""
    record = atlas.records([row])[0]
    stored, codes = atlas.item_codes[[row]], atlas.merged_codes[[row]]
    vector = np.asarray(atlas.item_vectors[row])
    rest = vector - atlas.bias - stored @ atlas.components
    order = np.argsort(-codes.data, kind="stable")
    names = atlas.concept_records
    concepts = []
    for j in order:
        i = int(codes.indices[j])
        known = names[i] if i < len(names) else None
        concepts.append(
            Contribution(
                concept=int(atlas.ids[i]),
                name=known.name if known else None,
                value=float(codes.data[j]),
                shared=False,
                score=known.score if known else None,
            )
        )
    unexplained = float((rest**2).sum() / ((vector - atlas.bias) ** 2).sum())
    return ItemDetail(
        id=record.id, item=record.item, text=record.text, concepts=concepts, unexplained=unexplained
    )


def _sorted(concepts: list[Concept], by: str) -> list[Concept]:
    """Pinned first; then by how telling a concept is, or by a figure, largest first, or by name."""
    keys: dict[str, Any] = {
        "quality": lambda c: (c.name is None, -_trust(c) - 0.1 * np.log10(c.frequency + 1e-6)),
        "name": lambda c: (c.name is None, (c.name or "").lower()),
        "frequency": lambda c: -c.frequency,
        "score": lambda c: -_trust(c),
        "stability": lambda c: -(c.stability or 0),
    }
    return sorted(concepts, key=lambda c: (not c.pinned, keys[by](c), c.id))


def _nearest(atlas: Snapshot, concepts: list[Concept], to: Concept) -> list[Concept]:
    """Other concepts, by the cosine of their directions with one, largest first."""
    cosines = atlas.components[: len(atlas.concept_records)] @ atlas.components[to.row]
    return sorted((c for c in concepts if c.id != to.id), key=lambda c: -float(cosines[c.row]))


def _trust(concept: Concept) -> float:
    """The score of a name; a name that a person gave is taken for right."""
    return 1.0 if concept.renamed and concept.score is None else concept.score or 0.0


def _like(atlas: Snapshot, concepts: list[Concept], like: str) -> list[Concept]:
    """Concepts whose name or alias holds the letters, then those whose direction lies near the
    words.
    """
    if not like.strip():
        raise InputError("like is empty: give some letters or words")
    letters = like.lower().strip()
    literal = {
        c.id for c in concepts if any(letters in n.lower() for n in [c.name or "", *c.aliases])
    }
    cosines = np.zeros(len(atlas.concept_records))
    if resolver_of(atlas).encode is not None:
        vector = atlas.encode_query(like) - np.asarray(
            atlas.vectors[:: max(1, len(atlas.vectors) // 5000)]
        ).mean(0)
        cosines = atlas.components[: len(cosines)] @ (
            vector / max(float(np.linalg.norm(vector)), 1e-9)
        )
    near = {c.id for c in concepts if cosines[c.row] >= 0.35}
    named = {c.id for c in concepts if c.name and letters in c.name.lower()}
    kept = [c for c in concepts if c.id in literal | near]
    return sorted(
        kept, key=lambda c: (c.id not in named, _fit(c.name or "", letters), -cosines[c.row], c.id)
    )


def _fit(name: str, letters: str) -> int:
    """How well letters fit a name: it itself, its beginning, the beginning of a word of it, or
    anywhere.
    """
    low = name.lower()
    return (
        0 if low == letters else 1 if low.startswith(letters) else 2 if f" {letters}" in low else 3
    )


def strengths(atlas: Snapshot, row: int) -> tuple[NDArray[np.int64], Floats]:
    """Items on which the concept of a row is active, strongest first, and how strongly."""
    codes = atlas.merged_codes
    places = np.flatnonzero(codes.indices == row)
    rows, values = (
        np.searchsorted(codes.indptr, places, side="right") - 1,
        np.asarray(codes.data[places]),
    )
    order = np.argsort(-values, kind="stable")
    return rows[order], values[order]


def strongest_items(atlas: Snapshot, row: int) -> NDArray[np.int64]:
    """Items on which the concept of a row is active, strongest first."""
    return strengths(atlas, row)[0]


def _company(atlas: Snapshot, row: int) -> Floats:
    """Normalised pointwise mutual information (n_core,) of a concept with every other; -1 for pairs
    on fewer than 5 items.
    """
    core = atlas.merged_codes[:, : len(atlas.concept_records)]
    together = np.bincount(
        core[strongest_items(atlas, row)].indices, minlength=core.shape[1]
    ).astype(float)
    count, n = np.bincount(core.indices, minlength=core.shape[1]).astype(float), core.shape[0]
    joint = np.maximum(together, 1) / n
    value = np.log(joint * n**2 / np.maximum(count[row] * count, 1)) / np.maximum(
        -np.log(joint), 1e-9
    )
    return np.where(together >= 5, value, -1.0)


def _spread(n: int, count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, count).astype(np.int64)) if n else np.empty(0, np.int64)


def _examples(atlas: Snapshot, rows: NDArray[np.int64], values: Floats) -> list[Example]:
    found = atlas.items.take(rows.tolist(), ["_id", "_text"])
    return [
        Example(id=r["_id"], strength=round(float(v), 4), text=r["_text"][:300])
        for r, v in zip(found, values, strict=True)
    ]


def with_examples(atlas: Snapshot, concepts: list[Concept]) -> list[Concept]:
    """Concepts with the beginnings of their strongest items, read in one go."""
    rows = [strongest_items(atlas, c.row)[:3] for c in concepts]
    every = np.concatenate(rows) if rows else np.empty(0, np.int64)
    texts = iter([r["_text"][:80] for r in atlas.items.take(every.tolist(), ["_text"])])
    return [
        c.model_copy(update={"strongest": [next(texts) for _ in part]})
        for c, part in zip(concepts, rows, strict=True)
    ]


def _failures(atlas: Snapshot, row: int) -> list[Example]:
    """Held-out items where the name fails, with the concept's activation there."""
    rows = np.array(atlas.failures(row), dtype=np.int64)
    codes = (
        csr_array(atlas.merged_codes[rows][:, [row]]).toarray().ravel()
        if len(rows)
        else np.empty(0)
    )
    return _examples(atlas, rows, codes)


def _words(atlas: Snapshot, row: int) -> list[tuple[str, float]]:
    """The phrases of the corpus whose own vectors lie nearest to a concept, without those that say
    the same as one before.
    """
    texts, vectors = atlas.phrases
    along = vectors @ atlas.components[row] if len(texts) else np.empty(0)
    order = np.argsort(-along, kind="stable")[:_TRIED]
    alike = np.asarray(vectors[order]) @ np.asarray(vectors[order]).T
    kept: list[int] = []
    for i in range(len(order)):
        if len(kept) < _WORDS and (not kept or alike[i, kept].max() < _SAME):
            kept.append(i)
    return [(texts[int(order[i])], round(float(along[order[i]]), 4)) for i in kept]


def _distribution(values: Floats) -> Histogram:
    edges = np.linspace(0, float(values.max()) if len(values) else 1.0, _BINS + 1)
    return Histogram(
        edges=[round(float(e), 4) for e in edges], counts=np.histogram(values, edges)[0].tolist()
    )
