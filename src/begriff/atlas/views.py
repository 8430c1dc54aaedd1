"""Concepts and items as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from begriff.atlas.documents import Concept, ConceptDetail, ConceptList, Contribution, Example, ItemDetail
from begriff.base import Floats
from begriff.errors import InputError

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["list_concepts", "show_concept", "show_item", "strongest_items"]


def list_concepts(atlas: Atlas, like: str | None, limit: int, after: int, include_hidden: bool, examples: bool) -> ConceptList:
    """See :meth:`begriff.Atlas.list_concepts`."""
    if limit < 1 or after < 0:
        raise InputError(f"limit={limit}, after={after}: limit must be at least 1, after at least 0")
    shown = [c for c in atlas.concept_records if include_hidden or not (c.hidden or c.background)]
    ordered = _by_quality(shown) if like is None else _like(atlas, shown, like)
    page = ordered[after : after + limit]
    if examples:
        page = [c.model_copy(update={"strongest": [_title(e) for e in _examples(atlas, strongest_items(atlas, c.row)[:3])]}) for c in page]
    return ConceptList(concepts=page, next=after + limit if after + limit < len(ordered) else None)


def show_concept(atlas: Atlas, concept: Concept) -> ConceptDetail:
    """See :meth:`begriff.Atlas.concept`."""
    ranked = strongest_items(atlas, concept.row)
    over_range = ranked[np.unique(np.concatenate([np.arange(min(5, len(ranked))), _spread(len(ranked), 5)]))]
    likeness = atlas.components[: len(atlas.concept_records)] @ atlas.components[concept.row]
    order = [int(i) for i in np.argsort(-likeness, kind="stable") if i != concept.row]
    company = _company(atlas, concept.row)
    often = [int(i) for i in np.argsort(-company, kind="stable") if i != concept.row and company[i] > 0][:6]

    def listed(rows: list[int], values: Floats) -> list[tuple[int, str, float]]:
        return [(atlas.concept_records[i].id, atlas.concept_records[i].label, round(float(values[i]), 4)) for i in rows]

    return ConceptDetail(
        concept=concept,
        examples=[_example(atlas, int(r), concept.row) for r in over_range],
        fails=[_example(atlas, r, concept.row) for r in atlas.failures(concept.row)],
        neighbours=listed(order[:6], likeness),
        opposites=listed(order[::-1][:3], likeness),
        together=listed(often, company),
    )


def show_item(atlas: Atlas, row: int) -> ItemDetail:
    """See :meth:`begriff.Atlas.item`."""
    record = atlas.records([row])[0]
    codes = atlas.item_codes[[row]]
    vector = np.asarray(atlas.item_vectors[row])
    rest = vector - atlas.bias - codes @ atlas.components
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
    return ItemDetail(id=record.id, item=record.item, text=record.text, concepts=concepts, unexplained=unexplained)


def _by_quality(concepts: list[Concept]) -> list[Concept]:
    return sorted(concepts, key=lambda c: (c.name is None, -(c.score or 0) - 0.1 * np.log10(c.frequency + 1e-6), c.id))


def _like(atlas: Atlas, concepts: list[Concept], like: str) -> list[Concept]:
    """Concepts whose name or alias holds the letters, then those whose direction lies near the words."""
    if not like.strip():
        raise InputError("like is empty: give some letters or words")
    letters = like.lower().strip()
    literal = {c.id for c in concepts if any(letters in n.lower() for n in [c.name or "", *c.aliases])}
    cosines = np.zeros(len(atlas.concept_records))
    if atlas.resolver.encode is not None:
        vector = atlas.encode_query(like) - np.asarray(atlas.vectors[:: max(1, len(atlas.vectors) // 5000)]).mean(0)
        cosines = atlas.components[: len(cosines)] @ (vector / max(float(np.linalg.norm(vector)), 1e-9))
    near = {c.id for c in concepts if cosines[c.row] >= 0.35}
    named = {c.id for c in concepts if c.name and letters in c.name.lower()}
    kept = [c for c in concepts if c.id in literal | near]
    return sorted(kept, key=lambda c: (c.id not in named, -cosines[c.row], c.id))


def strongest_items(atlas: Atlas, concept: int) -> NDArray[np.int64]:
    """Items on which a concept is active, strongest first."""
    codes = atlas.item_codes
    places = np.flatnonzero(codes.indices == concept)
    rows = np.searchsorted(codes.indptr, places, side="right") - 1
    return rows[np.argsort(-codes.data[places], kind="stable")]


def _company(atlas: Atlas, row: int) -> Floats:
    """Normalised pointwise mutual information (n_core,) of a concept with every other; -1 for pairs on fewer than 5 items."""
    core = atlas.item_codes[:, : len(atlas.concept_records)]
    together = np.bincount(core[strongest_items(atlas, row)].indices, minlength=core.shape[1]).astype(float)
    count, n = np.bincount(core.indices, minlength=core.shape[1]).astype(float), core.shape[0]
    joint = np.maximum(together, 1) / n
    value = np.log(joint * n**2 / np.maximum(count[row] * count, 1)) / np.maximum(-np.log(joint), 1e-9)
    return np.where(together >= 5, value, -1.0)


def _spread(n: int, count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, count).astype(np.int64)) if n else np.empty(0, np.int64)


def _examples(atlas: Atlas, rows: NDArray[np.int64]) -> list[Example]:
    return [Example(id=r.id, strength=0.0, text=r.text[:300]) for r in atlas.records(rows)]


def _example(atlas: Atlas, row: int, concept: int) -> Example:
    record = atlas.records([row])[0]
    code = atlas.item_codes[[row]]
    strength = float(code.data[code.indices == concept].sum())
    return Example(id=record.id, strength=round(strength, 4), text=record.text[:300])


def _title(example: Example) -> str:
    return example.text[:80]
