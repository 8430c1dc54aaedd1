"""Scores of names on items that the namer never saw, by judges that did not choose them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats
from begriff.metrics.ranking import auroc
from begriff.naming.evidence import Evidence
from begriff.naming.phrases import stem_key

__all__ = ["judge", "Judgement", "lexical_scores", "stem_incidence"]


@dataclass(frozen=True)
class Judgement:
    """AUROC of a name in telling items that hold a concept from their nearest neighbours that do
    not.

    Each field is a pair (strongest decile, all active items); NaN without evidence.

    Attributes
    ----------
    words : tuple of float
        By the share of the name's words (by rarity) that the item's text holds.
    second : tuple of float
        By the cosine of name and item under a second encoder.
    first : tuple of float
        The same under the encoder whose vectors were decomposed: not independent, for comparison.
    ceiling : tuple of float
        By the concept's own direction: what no name can beat by much.
    """

    words: tuple[float, float]
    second: tuple[float, float]
    first: tuple[float, float]
    ceiling: tuple[float, float]

    @property
    def score(self) -> float:
        """Mean of the independent judges on the strongest decile: the name's score."""
        return _mean(self.words[0], self.second[0])

    @property
    def score_all(self) -> float:
        """Mean of the independent judges on all active items."""
        return _mean(self.words[1], self.second[1])


def judge(
    names: Sequence[str | None],
    evidence: Sequence[Evidence],
    stems: tuple[csr_array, dict[str, int]],
    *,
    components: Floats,
    vectors: Floats,
    first: Floats | None = None,
    second: tuple[Floats, Floats] | None = None,
) -> list[Judgement]:
    """One judgement per concept.

    Parameters
    ----------
    names : sequence of str or None (n_concepts,)
    evidence : sequence of Evidence (n_concepts,)
        Over held-out items.
    stems : (csr_array (n_items, n_stems), dict)
        Which stems each held-out item holds, and their columns; see :func:`lexical_scores`.
    components : ndarray (n_concepts, n_dims)
    vectors : ndarray (n_items, n_dims)
        Held-out items under the first encoder.
    first : ndarray (n_concepts, n_dims), optional
        Names under the first encoder.
    second : (ndarray (n_concepts, m), ndarray (n_items, m)), optional
        Names and held-out items under the second encoder.
    """
    incidence, columns = stems
    by_column = incidence.tocsc()
    rarity = np.log((1 + incidence.shape[0]) / (1 + np.diff(by_column.indptr)))
    out = []
    for j, e in enumerate(evidence):
        name = names[j]
        if not name or not e.enough:
            out.append(Judgement(*[(float("nan"), float("nan"))] * 4))
            continue
        held = lexical_scores(name, by_column, columns, rarity)
        out.append(
            Judgement(
                _both(held, e),
                _both(second[1] @ second[0][j], e) if second else (float("nan"),) * 2,
                _both(vectors @ first[j], e) if first is not None else (float("nan"),) * 2,
                _both(vectors @ components[j], e),
            )
        )
    return out


def lexical_scores(
    name: str, by_column: csr_array, columns: dict[str, int], rarity: Floats
) -> Floats:
    """Rarity-weighted share (n_items,) of the name's stems that each item holds."""
    held = np.zeros(by_column.shape[0], dtype=np.float32)
    total = 0.0
    for stem in stem_key(name).split():
        column = columns.get(stem)
        weight = (
            float(rarity[column]) if column is not None else float(np.log(1 + by_column.shape[0]))
        )
        total += weight
        if column is not None:
            held[by_column.indices[by_column.indptr[column] : by_column.indptr[column + 1]]] += (
                weight
            )
    return held / total if total > 0 else held


def stem_incidence(texts: Sequence[str]) -> tuple[csr_array, dict[str, int]]:
    """Which stems each text holds: (n_texts, n_stems) and the columns of stems."""
    columns: dict[str, int] = {}
    cache: dict[str, int] = {}
    rows: list[int] = []
    found: list[int] = []
    for i, text in enumerate(texts):
        here = set()
        for word in set(re.findall(r"[^\W_]+", text.lower())):
            if word not in cache:
                cache[word] = columns.setdefault(stem_key(word) or word, len(columns))
            here.add(cache[word])
        rows.extend([i] * len(here))
        found.extend(here)
    data = np.ones(len(rows), np.float32)
    return csr_array((data, (rows, found)), shape=(len(texts), len(columns))), columns


def _both(scores: Floats, e: Evidence) -> tuple[float, float]:
    return auroc(scores[e.strongest], scores[e.against_strongest]), auroc(
        scores[e.active], scores[e.against_active]
    )


def _mean(a: float, b: float) -> float:
    kept = [v for v in (a, b) if not np.isnan(v)]
    return float(np.mean(kept)) if kept else float("nan")
