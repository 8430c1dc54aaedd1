"""Finding items: dense, by words, or both; filtered, steered, with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.documents.models import (
    AtlasVersion,
    Explanation,
    Hit,
    Hits,
    Part,
    Passage,
    QueryEcho,
    Term,
)
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.topk import top_rows
from begriff.search.dense import Dense
from begriff.search.explain import Explainer
from begriff.search.marks import mark
from begriff.search.query import Query, check_number, read_query
from begriff.search.seeds import resolver_of
from begriff.search.steer import Direction, Given, combine, positive
from begriff.search.steered import Steers

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["dense_scores", "mask_of", "Mode", "neighbours", "search", "search_rows"]

Mode = Literal["dense", "text", "hybrid"]
BACKGROUND = (50, 100)
DEEPEST = 10_000
_FUSION = 60
_FUSED = 200
_PASSAGES = 4
"""Passages for every item that is wanted, from an index that is not exhaustive: an item may have
several among the best."""
_STEERED_AWAY = 40
"""The same where ``less`` lowers scores after the index has chosen."""


def search(
    atlas: Snapshot,
    query: Any,
    *,
    k: int = 10,
    mode: Mode = "dense",
    more: Given = None,
    less: Given = None,
    has: Given = None,
    where: str | None = None,
    explain: bool = True,
    after: int = 0,
) -> Hits:
    """See :meth:`begriff.Atlas.search`."""
    asked = read_query(query, atlas.vectors.shape[1])
    k, after = _check_page(k, after)
    _check_mode(asked, mode, more, less)
    steers = Steers.read(atlas, more, less, has)
    mask = _mask(atlas, where, steers.has)
    candidates = int(mask.sum()) if mask is not None else atlas.n_items
    dense = (
        _dense(atlas, _plain(atlas, asked), steers.more, steers.less, mask, k + after)
        if mode != "text"
        else None
    )
    ranked = _rank(atlas, asked.text, k + after, mode, dense, mask)
    rows = ranked.rows[after:]
    echo = QueryEcho(
        text=asked.text,
        k=k,
        mode=mode,
        where=where,
        more=[d.steer for d in steers.more],
        less=[d.steer for d in steers.less],
        has=[d.steer for d in steers.has],
        candidates=candidates,
        vector=asked.vector is not None,
        notes=_notes(atlas, asked.text, mode, ranked, dense, steers),
    )
    explanations = _explain(atlas, rows, dense, explain)
    terms = (
        atlas.words.terms(asked.text, rows) if mode != "dense" and len(rows) and explain else None
    )
    hits = _hits(
        atlas,
        asked.text,
        rows,
        ranked.scores[after:],
        ranked.parts[after:] if ranked.parts else None,
        dense,
        explanations,
        terms,
    )
    if explain and steers:
        told = steers.on(atlas, rows, dense)
        hits = [h.model_copy(update={"steering": t}) for h, t in zip(hits, told, strict=True)]
    return _page(atlas, hits, echo, after)


def neighbours(atlas: Snapshot, id: str, k: int, where: str | None, after: int) -> Hits:
    """See :meth:`begriff.Atlas.neighbours`."""
    row = atlas.row_of(id)
    text = " ".join(atlas.records([row])[0].text.split())[:200]
    k, after = _check_page(k, after)
    mask = np.ones(atlas.n_items, dtype=bool) if where is None else atlas.where(where).copy()
    mask[row] = False
    dense = _dense(atlas, np.asarray(atlas.item_vectors[row]), [], [], mask, k + after)
    rows = top_rows(dense.scores, k + after)[after:]
    explanations = _explain(atlas, rows, dense, True)
    echo = QueryEcho(
        text=text,
        k=k,
        mode="dense",
        where=where,
        more=[],
        less=[],
        has=[],
        candidates=int(mask.sum()),
    )
    return _page(
        atlas,
        _hits(atlas, text, rows, dense.scores[rows], None, dense, explanations, None),
        echo,
        after,
    )


def _page(atlas: Snapshot, hits: list[Hit], echo: QueryEcho, after: int) -> Hits:
    """Hits with the place where the next page starts, if there may be one."""
    end = after + len(hits)
    more = len(hits) == echo.k and end < min(echo.candidates, DEEPEST)
    return Hits(
        hits=hits, query=echo, atlas=AtlasVersion(version=atlas.version), next=end if more else None
    )


def dense_scores(
    atlas: Snapshot, query: str, more: Given = None, less: Given = None, where: str | None = None
) -> Dense:
    """What a dense search ranks by: the score and best passage of every item."""
    steers = Steers.read(atlas, more, less, None)
    return _dense(
        atlas, atlas.encode_query(query), steers.more, steers.less, _mask(atlas, where, [])
    )


def search_rows(
    atlas: Snapshot, query: Any, k: int, mask: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Rows of the k best items inside a filter: by vectors where the query is one or texts can be
    encoded, else by words.
    """
    asked = read_query(query, atlas.vectors.shape[1])
    if asked.vector is None and not atlas.steerable:
        return atlas.words.search(asked.text, k, mask=mask)[0]
    return top_rows(_dense(atlas, _plain(atlas, asked), [], [], mask).scores, k)


def mask_of(atlas: Snapshot, where: str | None, has: Given) -> NDArray[np.bool_] | None:
    """Items (n_items,) inside a filter; None where there is no filter."""
    return _mask(atlas, where, resolver_of(atlas).directions(has, 0.0, "has"))


def _check_page(k: Any, after: Any) -> tuple[int, int]:
    """Both as whole numbers; a k above the number of items is for all of them."""
    way_out = "; narrow the search instead of reading further"
    return check_number(k, "k", 1), check_number(after, "after", 0, DEEPEST, way_out=way_out)


def _check_mode(asked: Query, mode: str, more: Given, less: Given) -> None:
    if mode not in ("dense", "text", "hybrid"):
        raise InputError(f"mode={mode!r}: must be 'dense', 'text' or 'hybrid'")
    if asked.vector is not None and mode != "dense":
        raise InputError(
            f"mode={mode!r} looks for words, and the query is a vector: use mode 'dense', or give"
            " words"
        )
    if mode == "text" and (more or less):
        raise InputError(
            "more and less steer vectors, and mode 'text' uses none: use mode 'dense' or 'hybrid'"
        )


def _plain(atlas: Snapshot, asked: Query) -> Floats:
    """The query's vector, without what was erased from the atlas."""
    return (
        atlas.encode_query(asked.text)
        if asked.vector is None
        else atlas.without_erased(asked.vector[None, :])[0]
    )


def _mask(atlas: Snapshot, where: str | None, holds: list[Direction]) -> NDArray[np.bool_] | None:
    mask = None if where is None else atlas.where(where)
    for d in holds:
        mask = positive(mask, d.activations(atlas.item_vectors, atlas.item_codes) > d.steer.weight)
    return mask


def _dense(
    atlas: Snapshot,
    plain: Floats,
    ups: list[Direction],
    downs: list[Direction],
    mask: NDArray[np.bool_] | None,
    k: int | None = None,
) -> Dense:
    """Scores of all items; with ``k``, of those among which the best k are, by the index."""
    steered = combine(plain, ups)
    wanted = None if k is None else max(k, BACKGROUND[1]) * (_STEERED_AWAY if downs else _PASSAGES)
    scores = atlas.scores(steered, wanted, mask)
    penalties = np.zeros_like(scores)
    for d in downs:
        penalties += d.steer.weight * d.activations(atlas.vectors, atlas.region_codes)
    scores = scores - penalties
    passages = atlas.best_passages(scores)
    best = scores[passages]
    if mask is not None:
        best = np.where(mask, best, -np.inf).astype(np.float32)
    return Dense(plain, steered, best, passages, scores, penalties)


@dataclass(frozen=True)
class _Ranked:
    """The best items (n,), their scores, and for a hybrid search the places in both lists and how
    many items hold a word.
    """

    rows: NDArray[np.int64]
    scores: Floats
    parts: list[dict[str, Part | None]] | None = None
    with_words: int | None = None


def _rank(
    atlas: Snapshot,
    query: str,
    k: int,
    mode: str,
    dense: Dense | None,
    mask: NDArray[np.bool_] | None,
) -> _Ranked:
    if mode == "text":
        rows, scores = atlas.words.search(query, k, mask=mask)
        return _Ranked(rows, scores, with_words=len(rows))
    assert dense is not None
    if mode == "dense":
        rows = top_rows(dense.scores, k)
        return _Ranked(rows, dense.scores[rows])
    return _fuse(atlas, query, k, dense, mask)


def _fuse(
    atlas: Snapshot, query: str, k: int, dense: Dense, mask: NDArray[np.bool_] | None
) -> _Ranked:
    """Reciprocal rank fusion of both lists. Source: Cormack et al. 2009."""
    depth = max(_FUSED, k)
    by_vector = top_rows(dense.scores, depth)
    by_word, word_scores = atlas.words.search(query, depth, mask=mask)
    parts: dict[int, dict[str, Part | None]] = {}
    lists = {"dense": (by_vector, dense.scores[by_vector]), "text": (by_word, word_scores)}
    for name, (rows, scores) in lists.items():
        for rank, (row, score) in enumerate(zip(rows.tolist(), scores.tolist(), strict=True), 1):
            parts.setdefault(row, {"dense": None, "text": None})[name] = Part(
                rank=rank, score=score, value=1 / (_FUSION + rank)
            )
    total = {row: sum(p.value for p in both.values() if p) for row, both in parts.items()}
    order = sorted(total, key=lambda r: (-total[r], r))[:k]
    scores = np.array([total[r] for r in order])
    return _Ranked(np.array(order, dtype=np.int64), scores, [parts[r] for r in order], len(by_word))


def _notes(
    atlas: Snapshot, query: str, mode: str, ranked: _Ranked, dense: Dense | None, steers: Steers
) -> list[str]:
    """What a person should know about an answer."""
    notes = []
    if ranked.with_words == 0:
        notes.append(
            "no word of the query is in any item that was searched"
            + ", so vectors alone rank them" * (mode == "hybrid")
        )
    if mode != "dense" and not query.isascii() and not atlas.words.current:
        notes.append(
            "the words were indexed by an earlier version, which misses some scripts: build or add"
            " to index them anew"
        )
    return notes + (
        steers.without_effect(atlas, dense, ranked.rows)
        if dense is not None and mode == "dense"
        else []
    )


def _explain(
    atlas: Snapshot, rows: NDArray[np.int64], dense: Dense | None, wanted: bool
) -> list[Explanation] | None:
    if dense is None or not wanted or not len(rows):
        return None
    shared = frozenset(
        atlas.target[atlas.dictionary.transform(dense.plain[None, :]).indices].tolist()
    )
    records, named, target = atlas.concept_records, atlas.well_named, atlas.target
    explainer = Explainer(
        atlas.components, atlas.bias, atlas.ids, records, named, dense.query, shared, target
    )
    behind = _background_rows(dense.scores)
    return explainer.explain(
        *_material(atlas, rows, dense), _material(atlas, behind, dense) if len(behind) else None
    )


def _background_rows(scores: Floats) -> NDArray[np.int64]:
    """Ranks 51-100; with fewer than 100 candidates the last half of them."""
    ranked = top_rows(scores, BACKGROUND[1])
    return ranked[min(BACKGROUND[0], -(-len(ranked) // 2)) :]


def _material(
    atlas: Snapshot, rows: NDArray[np.int64], dense: Dense
) -> tuple[Floats, csr_array, Floats]:
    passages = dense.passages[rows]
    return (
        np.asarray(atlas.vectors[passages]),
        csr_array(atlas.region_codes[passages]),
        dense.penalties[passages],
    )


def _hits(
    atlas: Snapshot,
    query: str,
    rows: NDArray[np.int64],
    scores: Floats,
    parts: list[dict[str, Part | None]] | None,
    dense: Dense | None,
    explanations: list[Explanation] | None,
    terms: list[list[tuple[str, float]]] | None,
) -> list[Hit]:
    records = atlas.records(rows)
    hits = []
    for i, (row, record) in enumerate(zip(rows.tolist(), records, strict=True)):
        explanation = explanations[i] if explanations else None
        passage = int(dense.passages[row]) if dense else int(atlas.first_passages[row])
        hits.append(
            Hit(
                id=record.id,
                score=float(scores[i]),
                item=record.item,
                passage=_passage(atlas, query, record.text, passage, explanation),
                explanation=explanation,
                terms=[Term(term=t, value=v) for t, v in terms[i]] if terms else None,
                parts=parts[i] if parts else None,
            )
        )
    return hits


def _passage(
    atlas: Snapshot, query: str, text: str, passage: int, explanation: Explanation | None
) -> Passage:
    _, start, end = (int(v) for v in atlas.spans[passage])
    part = text[start:end]
    unexplained = explanation is not None and (explanation.gap is None or not explanation.gap.shown)
    words: list[tuple[int, int, float]] = (
        mark(part, query, atlas.static) if unexplained and query else []
    )
    return Passage(text=part, start=start, end=end, words=words)
