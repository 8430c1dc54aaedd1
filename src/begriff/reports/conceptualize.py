"""Vectors in a space of concepts that you give: a word list, a level of a hierarchy, your own
sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.differences import adjust
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit
from begriff.reports.given_concepts import (
    Agreement,
    Conceptualized,
    GivenConcept,
    GivenConcepts,
    read_concepts,
)

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Agreement", "conceptualize", "Conceptualized", "GivenConcept", "read_concepts"]

_SAMPLE = 2000
_NEAREST = 10


def conceptualize(
    atlas: Atlas,
    concepts: str | Path | Sequence[str],
    *,
    other: Atlas | None = None,
    text: str | None = None,
    item: str | None = None,
    level: int | None = None,
    n: int | None = None,
    limit: int = 30,
) -> Conceptualized:
    """Rewrite a text, an item, or a whole corpus in concepts of your own, and compare corpora or
    encoders there.

    Parameters
    ----------
    atlas : Atlas
    concepts : str, Path or sequence of str
        A file or list with one concept a line: words or whole sentences; indented lines lie below
        the line above.
    other : Atlas, optional
        Another corpus, or the same items under another encoder: each atlas places concepts with its
        own encoder.
    text, item : str, optional
        What to rewrite; by default the corpus.
    level : int, optional
        Concepts down to this depth, from 0; a branch that ends above it takes part with its last
        concept.
    n : int, optional
        As many concepts as this: the branches on which the items differ most are opened first.
    limit : int
        Concepts listed.

    Raises
    ------
    InputError
        For a list that cannot be used, an atlas without encoder, both ``text`` and ``item``, or
        numbers out of range.

    Source: Simhi and Markovitch 2023, "Interpreting embedding spaces by conceptualization", arXiv
    2209.00445.
    """
    if text is not None and item is not None:
        raise InputError("give a text or an item, not both")
    if other is not None and (text is not None or item is not None):
        raise InputError(
            "two atlases are compared as wholes: give no text or item with the other atlas"
        )
    if limit < 1 or (level is not None and level < 0) or (n is not None and n < 2):
        raise InputError(
            f"limit={limit}, level={level}, n={n}: limit is at least 1, level at least 0, n at"
            " least 2"
        )
    given = read_concepts(concepts)
    if n is not None and n < given.parent.count(-1):
        raise InputError(
            f"n={n}: the list has {given.parent.count(-1)} concepts at the top, give at least that"
            " many"
        )
    space = _Space.of(atlas, given)
    chosen = _choose(given, space, level, n)
    space = space.only(chosen)
    agreement = _agreement(space)
    subject, rows, between = _describe(atlas, space, other, given, chosen, text, item)
    return Conceptualized(
        subject=subject,
        other=None if other is None else other.path.name,
        concepts=rows[:limit],
        dimensions=len(chosen),
        agreement=agreement,
        between=between,
    )


@dataclass(frozen=True)
class _Space:
    """Unit directions of concepts under an atlas's encoder, and items in both spaces, centred.

    Attributes
    ----------
    names : list of str (m,)
    directions : ndarray (m, n_dims)
    centre, mean : ndarray (n_dims,)
        Of the concepts and of the items.
    original, placed : ndarray (n_sample, n_dims) and (n_sample, m)
    """

    names: list[str]
    directions: Floats
    centre: Floats
    mean: Floats
    original: Floats
    placed: Floats

    @staticmethod
    def of(atlas: Atlas, given: GivenConcepts) -> _Space:
        vectors = atlas.snapshot.encode(given.names)
        directions = unit(vectors - vectors.mean(0))
        step = max(1, atlas.n_items // _SAMPLE)
        sample = np.asarray(atlas.item_vectors[::step])
        mean = sample.mean(0)
        original = unit(sample - mean)
        return _Space(
            given.names, directions, vectors.mean(0), mean, original, original @ directions.T
        )

    def only(self, chosen: list[int]) -> _Space:
        return _Space(
            [self.names[i] for i in chosen],
            self.directions[chosen],
            self.centre,
            self.mean,
            self.original,
            self.placed[:, chosen],
        )

    def profile(self, vectors: Floats) -> Floats:
        """How much more of each concept than of the others an item holds, in standard deviations:
        comparable between encoders.
        """
        placed = unit(vectors - self.centre) @ self.directions.T
        return np.asarray(
            (placed - placed.mean(1, keepdims=True))
            / np.maximum(placed.std(1, keepdims=True), 1e-9)
        )

    def place(self, vectors: Floats) -> Floats:
        return np.asarray(unit(vectors - self.mean) @ self.directions.T)


def _choose(given: GivenConcepts, space: _Space, level: int | None, n: int | None) -> list[int]:
    """Positions of the concepts that take part."""
    children: dict[int, list[int]] = {}
    for i, p in enumerate(given.parent):
        children.setdefault(p, []).append(i)
    if level is None and n is None:
        return list(range(len(given.names)))
    spread = space.placed.std(0)
    front = list(children[-1])
    while True:
        open_ = [i for i in front if i in children and (level is None or given.depth[i] < level)]
        if n is not None:
            open_ = [i for i in open_ if len(front) - 1 + len(children[i]) <= n]
        if not open_:
            return sorted(front)
        widest = max(open_, key=lambda i: float(spread[i]))
        front = [i for i in front if i != widest] + children[widest]


def _agreement(space: _Space) -> Agreement:
    rng = np.random.default_rng(0)
    random = unit(rng.standard_normal(space.directions.shape).astype(np.float32))
    ours, control = (
        _kept(space.original, placed) for placed in (space.placed, space.original @ random.T)
    )
    return Agreement(
        similarity=ours[0],
        neighbours=ours[1],
        random_similarity=control[0],
        random_neighbours=control[1],
    )


def _kept(original: Floats, placed: Floats) -> tuple[float, float]:
    """Rank correlation of cosines over random pairs, and the share of nearest
    neighbours in common.
    """
    from begriff.linalg.neighbours import neighbours

    placed = unit(placed - placed.mean(0))
    k = min(_NEAREST, len(original) - 1)
    both = zip(neighbours(original, k), neighbours(placed, k), strict=True)
    shared = np.mean([len(set(a.tolist()) & set(b.tolist())) / k for a, b in both])
    return _rank_correlation(original, placed), float(shared)


def _rank_correlation(A: Floats, B: Floats) -> float:
    from scipy.stats import spearmanr

    i, j = np.random.default_rng(0).integers(0, len(A), (2, 20_000))
    i, j = i[i != j], j[i != j]
    return float(spearmanr((A[i] * A[j]).sum(1), (B[i] * B[j]).sum(1)).statistic)


def _describe(
    atlas: Atlas,
    space: _Space,
    other: Atlas | None,
    given: GivenConcepts,
    chosen: list[int],
    text: str | None,
    item: str | None,
) -> tuple[str, list[GivenConcept], float | None]:
    """What is rewritten, its concepts in order, and for two encoders how far both agree."""
    if text is not None or item is not None:
        vector = (
            atlas.snapshot.encode_query(text)
            if text is not None
            else np.asarray(atlas.item_vectors[atlas.snapshot.row_of(str(item))])
        )
        z = (space.place(vector[None, :])[0] - space.placed.mean(0)) / np.maximum(
            space.placed.std(0), 1e-9
        )
        subject = f"item {item}" if text is None else f"{text[:60]!r}"
        return (
            subject,
            [
                GivenConcept(name=space.names[i], value=float(z[i]))
                for i in np.argsort(-z, kind="stable")
            ],
            None,
        )
    if other is None:
        spread = space.placed.std(0)
        order = np.argsort(-spread, kind="stable")
        rows = [GivenConcept(name=space.names[i], value=float(spread[i])) for i in order]
        return f"{atlas.path.name} (value: how much items differ along the concept)", rows, None
    theirs = _Space.of(other, given).only(chosen)
    subject = f"{atlas.path.name} against {other.path.name}"
    if (atlas.snapshot.encoder_name, atlas.vectors.shape[1]) == (
        other.snapshot.encoder_name,
        other.vectors.shape[1],
    ):
        return subject, _corpora(atlas, other, space, space), None
    a, b = _same_items(atlas, other)
    if len(a) >= max(50, 0.5 * min(atlas.n_items, other.n_items)):
        return _encoders(subject, atlas, other, space, theirs, a, b)
    return subject, _corpora(atlas, other, space, theirs), None


def _same_items(atlas: Atlas, other: Atlas) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the items with equal ids in both; none if their texts are not the same, as with ids
    that are row numbers.
    """
    _, a, b = np.intersect1d(
        *(x.snapshot.items.column("_id") for x in (atlas, other)), return_indices=True
    )
    some = (
        np.unique(np.linspace(0, len(a) - 1, min(20, len(a))).astype(np.int64))
        if len(a)
        else np.empty(0, np.int64)
    )
    texts = [
        [r.text for r in x.snapshot.records(rows[some])] for x, rows in ((atlas, a), (other, b))
    ]
    return (a, b) if texts[0] == texts[1] else (a[:0], b[:0])


def _encoders(
    subject: str,
    atlas: Atlas,
    other: Atlas,
    mine: _Space,
    theirs: _Space,
    a: NDArray[np.int64],
    b: NDArray[np.int64],
) -> tuple[str, list[GivenConcept], float]:
    """The same items under two encoders: correlation of every concept, and of the
    items' cosines.
    """
    step = max(1, len(a) // _SAMPLE)
    x, y = (
        mine.place(np.asarray(atlas.item_vectors[a[::step]])),
        theirs.place(np.asarray(other.item_vectors[b[::step]])),
    )
    xs, ys = ((v - v.mean(0)) / np.maximum(v.std(0), 1e-9) for v in (x, y))
    correlation = (xs * ys).mean(0)
    order = np.argsort(-correlation, kind="stable")
    rows = [
        GivenConcept(
            name=mine.names[i],
            value=float(x[:, i].std()),
            other=float(y[:, i].std()),
            agreement=float(correlation[i]),
        )
        for i in order
    ]
    return (
        f"{subject}, {len(x):,} items under both encoders",
        rows,
        _rank_correlation(unit(xs), unit(ys)),
    )


def _corpora(atlas: Atlas, other: Atlas, mine: _Space, theirs: _Space) -> list[GivenConcept]:
    """Two corpora: difference of means in standard deviations, tested and corrected; with two
    encoders, of the items' profiles.
    """
    from scipy.stats import ttest_ind

    a, b = (np.asarray(a.item_vectors[:: max(1, a.n_items // _SAMPLE)]) for a in (atlas, other))
    x, y = (
        (mine.place(a), mine.place(b)) if mine is theirs else (mine.profile(a), theirs.profile(b))
    )
    pooled = np.sqrt((x.var(0) + y.var(0)) / 2)
    d = (y.mean(0) - x.mean(0)) / np.maximum(pooled, 1e-9)
    q = adjust(ttest_ind(x, y, equal_var=False).pvalue)
    return [
        GivenConcept(
            name=mine.names[i],
            value=float(x[:, i].mean()),
            other=float(y[:, i].mean()),
            difference=float(d[i]),
            q=float(q[i]),
        )
        for i in np.argsort(-np.abs(d), kind="stable")
    ]
