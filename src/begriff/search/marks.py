"""What matters in a text: words for a hit that no concept explains, and the parts that switch
concepts on.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.documents.models import Contribution, Mark, Marks
from begriff.indexes.terms import query_terms, words_of

if TYPE_CHECKING:
    from begriff.store.snapshot import Snapshot

__all__ = ["mark", "mark_concepts", "parts_of"]

_MOST = 8
_PARTS = 120
_SHORTEST = 24
_NAMED = 5


def mark(text: str, query: str, static: Any) -> list[tuple[int, int, float]]:
    """(start, end, share) of at most 8 words, strongest first.

    Parameters
    ----------
    static : Static or None
        Splits its cosine of query and text exactly over the text's tokens; None marks the words
        that a search by words finds.
    """
    if static is None:
        return [(a, b, 1.0) for a, b in _same_words(text, query)][:_MOST]
    words = [(m.start(), m.end()) for m in re.finditer(r"[^\W_]+(?:[-'\u2019][^\W_]+)*", text)]
    shares = dict.fromkeys(words, 0.0)
    starts = {i: (a, b) for a, b in words for i in range(a, b)}
    for a, _, value in static.words(text, query):
        if a in starts:
            shares[starts[a]] += value
    best = sorted(shares.items(), key=lambda w: -w[1])[:_MOST]
    return [(a, b, round(v, 5)) for (a, b), v in best if v > 0]


def _same_words(text: str, query: str) -> list[tuple[int, int]]:
    """(start, end) of the words that the query holds too; pairs of characters that
    overlap are one.
    """
    terms, out = query_terms(query), list[tuple[int, int]]()
    for start, end, own in words_of(text):
        if terms.keys() & own:
            joined = out and start < out[-1][1]
            out[-1:] = [(out[-1][0], end)] if joined else [*out[-1:], (start, end)]
    return out


def mark_concepts(atlas: Snapshot, id: str) -> Marks:
    """See :meth:`begriff.Atlas.marks`."""
    row = atlas.row_of(id)
    text = atlas.records([row])[0].text
    parts = parts_of(text)[:_PARTS]
    if not atlas.steerable or not parts:
        return Marks(id=id, marks=[])
    vectors = atlas.encode([text[a:b] for a, b in parts])
    codes = atlas.dictionary.transform(np.asarray(vectors))
    whole = frozenset(atlas.merged_codes[[row]].indices.tolist())
    marks = []
    for i, (start, end) in enumerate(parts):
        strengths: dict[int, float] = {}
        for j, value in zip(codes[[i]].indices.tolist(), codes[[i]].data.tolist(), strict=True):
            strengths[int(atlas.target[j])] = strengths.get(int(atlas.target[j]), 0.0) + value
        named = sorted(
            (j for j in strengths if j in atlas.well_named), key=lambda j: -strengths[j]
        )[:_NAMED]
        marks.append(
            Mark(
                start=start,
                end=end,
                concepts=[_contribution(atlas, j, strengths[j], j in whole) for j in named],
            )
        )
    return Marks(id=id, marks=marks)


def parts_of(text: str) -> list[tuple[int, int]]:
    """Sentences and long clauses of a text as (start, end); short ones go with the next.

    Examples
    --------
    >>> from begriff.search.marks import parts_of
    >>> text = "Graphs are everywhere in science; molecules are graphs. So are the sentences."
    >>> [text[a:b] for a, b in parts_of(text)]
    ['Graphs are everywhere in science;', 'molecules are graphs. So are the sentences.']
    """
    ends = [m.end() for m in re.finditer(r"[.!?;:](?=\s)|\n+", text)] + [len(text)]
    out, start = [], 0
    for end in ends:
        if end < len(text) and end - start < _SHORTEST:
            continue
        part = text[start:end]
        begin = start + len(part) - len(part.lstrip())
        if part.strip():
            out.append((begin, start + len(part.rstrip())))
        start = end
    return out


def _contribution(atlas: Snapshot, row: int, value: float, shared: bool) -> Contribution:
    known = atlas.concept_records[row]
    return Contribution(
        concept=known.id, name=known.name, value=round(value, 4), shared=shared, score=known.score
    )
