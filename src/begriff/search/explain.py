"""Why a hit came up: the exact sum, and the reason against the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.documents.models import Concept, Contribution, Explanation, Gap
from begriff.kinds.checks import Floats

__all__ = ["Explainer", "MOST_NAMED"]

MOST_NAMED = 5
_LISTED = 20
_LEAST_SHARE = 0.6


@dataclass(frozen=True)
class Explainer:
    """Splits dense scores of one query into concepts.

    Attributes
    ----------
    components, bias : ndarray (n_concepts, n_dims) and (n_dims,)
    ids : ndarray (n_concepts,)
        Id of every row.
    concepts : sequence of Concept (n_core,)
    well_named : set of int
        Rows that may be part of a reason.
    query : ndarray (n_dims,)
        The steered query q'.
    shared : set of int
        Rows in the query's own code.
    target : ndarray (n_concepts,)
        The row under which every row counts.
    """

    components: Floats
    bias: Floats
    ids: NDArray[np.int64]
    concepts: Sequence[Concept]
    well_named: frozenset[int]
    query: Floats
    shared: frozenset[int]
    target: NDArray[np.int64]

    def explain(
        self,
        vectors: Floats,
        codes: csr_array,
        penalties: Floats,
        background: tuple[Floats, csr_array, Floats] | None,
    ) -> list[Explanation]:
        """One explanation per hit.

        Parameters
        ----------
        vectors : ndarray (n, n_dims)
            Matched passages.
        codes : csr_array (n, n_concepts)
        penalties : ndarray (n,)
            What ``less`` took off each score.
        background : (vectors, codes, penalties), optional
            Of the hits at ranks 51-100.
        """
        bias = float(self.query @ self.bias)
        parts = [self._sum(codes, i) for i in range(len(vectors))]
        scores = vectors @ self.query
        behind = (
            None if background is None or not len(background[0]) else self._background(*background)
        )
        out = []
        for i, (concepts, values) in enumerate(parts):
            rest = float(scores[i]) - bias - float(values.sum())
            order = np.argsort(-np.abs(values), kind="stable")
            contributions = [self._contribution(int(concepts[j]), float(values[j])) for j in order]
            dense = float(scores[i]) - float(penalties[i])
            gap = (
                None
                if behind is None
                else self._gap(concepts, values, rest, dense, float(penalties[i]), behind)
            )
            out.append(
                Explanation(
                    contributions=contributions,
                    bias=bias,
                    rest=rest,
                    penalty=float(penalties[i]),
                    gap=gap,
                )
            )
        return out

    def _sum(self, codes: csr_array, i: int) -> tuple[NDArray[np.int64], Floats]:
        part = slice(codes.indptr[i], codes.indptr[i + 1])
        concepts = np.asarray(codes.indices[part], dtype=np.int64)
        values = np.asarray(codes.data[part]) * (self.components[concepts] @ self.query)
        counted, place = np.unique(self.target[concepts], return_inverse=True)
        return counted, np.bincount(place, weights=values, minlength=len(counted)).astype(
            np.float64
        )

    def _background(self, vectors: Floats, codes: csr_array, penalties: Floats) -> _Background:
        mean = np.bincount(codes.indices, weights=codes.data, minlength=len(self.components)) / len(
            vectors
        )
        used = np.flatnonzero(mean)
        values = np.zeros(len(mean))
        values[used] = mean[used] * (self.components[used] @ self.query)
        values = np.bincount(self.target, weights=values, minlength=len(mean)).astype(np.float64)
        used = np.flatnonzero(values)
        score = float((vectors @ self.query).mean())
        rest = score - float(self.query @ self.bias) - float(values.sum())
        strongest = [
            int(c) for c in used[np.argsort(-values[used], kind="stable")] if values[c] > 0
        ]
        return _Background(values, strongest, rest, float(penalties.mean()), score)

    def _gap(
        self,
        concepts: NDArray[np.int64],
        values: Floats,
        rest: float,
        score: float,
        penalty: float,
        behind: _Background,
    ) -> Gap:
        gap = score - (behind.score - behind.penalty)
        above = values - behind.values[concepts]
        order = np.argsort(-np.abs(above), kind="stable")
        here = set(concepts.tolist())  # what the background has and the hit lacks counts against it
        lacking = list(islice((c for c in behind.strongest if c not in here), 3))
        missing = float(behind.values.sum() - behind.values[concepts].sum())
        best = [
            j
            for j in np.argsort(-above, kind="stable")
            if above[j] > 0 and int(concepts[j]) in self.well_named
        ][:MOST_NAMED]
        kept = [j for place, j in enumerate(order) if place < _LISTED or j in best]
        listed = [self._contribution(int(concepts[j]), float(above[j])) for j in kept]
        listed += [self._contribution(c, -float(behind.values[c])) for c in lacking]
        others = float(above.sum()) - missing - sum(c.value for c in listed)
        carried, dropped = float(above[best].sum()), float(values[best].sum())
        left = rest - behind.rest
        shown = gap > 0 and dropped >= gap and carried >= _LEAST_SHARE * gap and abs(left) < carried
        return Gap(
            value=gap,
            contributions=listed,
            others=others,
            rest=left,
            penalty=penalty - behind.penalty,
            named=[int(self.ids[concepts[j]]) for j in best],
            carried=carried,
            shown=bool(shown),
        )

    def _contribution(self, row: int, value: float) -> Contribution:
        known = self.concepts[row] if row < len(self.concepts) else None
        return Contribution(
            concept=int(self.ids[row]),
            name=known.name if known else None,
            value=value,
            shared=row in self.shared,
            score=known.score if known else None,
        )


@dataclass(frozen=True)
class _Background:
    """Means over the hits at ranks 51-100: contributions (n_concepts,), rest, penalty, cosine."""

    values: Floats
    strongest: list[int]
    rest: float
    penalty: float
    score: float
