"""What a fitted dictionary is worth on data that it did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit
from begriff.metrics import (
    absorption,
    agreement,
    coherence,
    compositionality,
    fvu,
    k_sparse_probe,
    ndcg_kept,
    telling_concepts,
    usage,
)

__all__ = ["measure", "Task"]

_LABELS = 20
_FEWEST = 10
_PROBED = (1, 5, 20)
_QUERIES = 500


@dataclass(frozen=True)
class Side:
    """A label: rows of the seen items that have any of its attribute, which of them have it, the
    same of held-out ones, and its probe.
    """

    seen: NDArray[np.int64]
    positive: NDArray[np.bool_]
    held: NDArray[np.int64]
    wanted: NDArray[np.bool_]
    probe: Floats


@dataclass(frozen=True)
class Task:
    """Items to measure on.

    Attributes
    ----------
    seen, held : ndarray (n_seen, n_dims) and (n_held, n_dims)
        Some items that dictionaries were fitted on, and items that they were not.
    labels : mapping of str to tuple (ndarray (n_seen,), ndarray (n_held,))
        Attributes of both; an empty string is no label.
    """

    seen: Floats
    held: Floats
    labels: Mapping[str, tuple[NDArray[Any], NDArray[Any]]]

    @cached_property
    def sides(self) -> list[Side]:
        """Every label that enough items have."""
        out = []
        for y_seen, y_held in self.labels.values():
            seen, held = np.flatnonzero(y_seen != ""), np.flatnonzero(y_held != "")
            for label in _frequent(y_seen):
                positive, wanted = y_seen[seen] == label, y_held[held] == label
                if min(positive.sum(), (~positive).sum(), wanted.sum(), (~wanted).sum()) >= _FEWEST:
                    out.append(
                        Side(seen, positive, held, wanted, _direction(self.seen[seen], positive))
                    )
        return out

    @cached_property
    def classifiers(self) -> list[tuple[Callable[[Floats], NDArray[Any]], NDArray[np.bool_]]]:
        """Of every attribute the ``predict`` of a classifier of whole vectors, and which held-out
        items (n_held,) it may be asked about.
        """
        out = []
        for seen, held in self.labels.values():
            frequent = _frequent(seen)
            known, asked = np.isin(seen, frequent), np.isin(held, frequent)
            if len(frequent) > 1 and asked.sum() >= _FEWEST:
                out.append((_classifier(self.seen[known], seen[known]), asked))
        return out

    @cached_property
    def has(self) -> NDArray[np.bool_]:
        """Which held-out item has which frequent label (n_held, n_labels), over all attributes."""
        columns = [
            held == label for seen, held in self.labels.values() for label in _frequent(seen)
        ]
        return np.stack(columns, axis=1) if columns else np.zeros((len(self.held), 0), dtype=bool)

    @cached_property
    def from_vectors(self) -> float:
        """AUROC of probes that see whole vectors, averaged over attributes."""
        return self.probe(self.seen, self.held, None)

    @cached_property
    def coherence_of_any(self) -> float:
        """Mean cosine of pairs of items drawn at random."""
        n = len(self.seen)
        return float(((unit(self.seen).sum(0, dtype=np.float64) ** 2).sum() - n) / (n * (n - 1)))

    def probe(self, seen: Any, held: Any, k: int | None) -> float:
        """AUROC of probes that see k columns, averaged over attributes; NaN without any."""
        scores = []
        for y_seen, y_held in self.labels.values():
            frequent = _frequent(y_seen)
            a, b = np.isin(y_seen, frequent), np.isin(y_held, frequent)
            scores.append(k_sparse_probe(seen[a], y_seen[a], held[b], y_held[b], k))
        return _mean(scores)


def measure(dictionary: Dictionary, task: Task) -> dict[str, float]:
    """Figures of a fitted dictionary.

    Returns
    -------
    dict of str to float
        ``fvu``, ``l0`` (active concepts of an item), ``bytes`` (of an item's codes: 2 for a
        concept's number, 2 for its activation; of dense codes 2 for every concept) and ``ndcg``
        (kept of a search) on held-out items; ``dead`` (share of concepts that no seen item has),
        ``coherence``; ``agreement`` (of classifiers, once vectors are rewritten), ``probe_1``,
        ``probe_5``, ``probe_20`` and ``absorption`` where there are attributes,
        ``compositionality`` where items have labels of several. NaN where there is nothing to
        measure.
    """
    seen, held = dictionary.transform(task.seen), dictionary.transform(task.held)
    rewritten = dictionary.inverse_transform(held)
    l0 = held.nnz / held.shape[0]
    n = min(_QUERIES, len(task.held) // 4)
    queries, found = task.held[:n], slice(n, None)
    return {
        "fvu": fvu(task.held, rewritten),
        "l0": l0,
        "bytes": min(4 * l0, 2.0 * held.shape[1]),
        "ndcg": (
            ndcg_kept(task.held[found], rewritten[found], queries) if n >= _FEWEST else float("nan")
        ),
        "dead": float((usage(seen) == 0).mean()),
        "coherence": _mean(coherence(seen, task.seen).tolist()),
        "agreement": _mean(
            [
                agreement(predict, task.held[rows], rewritten[rows])
                for predict, rows in task.classifiers
            ]
        ),
        **{f"probe_{k}": task.probe(seen, held, k) for k in _PROBED},
        "absorption": _absorbed(dictionary, seen, held, task),
        "compositionality": compositionality(
            dictionary.components_,
            task.held - dictionary.bias_,
            task.has,
            additive=dictionary.additive,
        ),
    }


def _mean(values: list[float]) -> float:
    """The mean of those that are known; NaN of none."""
    known = [v for v in values if not np.isnan(v)]
    return float(np.mean(known)) if known else float("nan")


def _absorbed(dictionary: Dictionary, seen: csr_array, held: csr_array, task: Task) -> float:
    """Mean over labels of the mean absorption of held-out items that have them."""
    out = []
    for side in task.sides:
        main, rows = _main_concepts(seen[side.seen], side.positive), side.held[side.wanted]
        fractions = absorption(
            held[rows], dictionary.components_, task.held[rows] - dictionary.bias_, side.probe, main
        )
        out.append(_mean(fractions.tolist()))
    return _mean(out)


def _main_concepts(codes: csr_array, positive: NDArray[np.bool_]) -> NDArray[np.int64]:
    """What tells a label by being there: one concept more for as long as it adds .03 to the AUROC
    of a probe on every other item.
    """
    ranked, score = telling_concepts(codes, positive, 10, present=True), 0.0
    for k in range(1, len(ranked) + 1):
        some = codes[:, ranked[:k]]
        better = k_sparse_probe(some[::2], positive[::2], some[1::2], positive[1::2], None)
        if better - score < 0.03 and k > 1:
            return ranked[: k - 1]
        score = better
    return ranked


def _frequent(y: NDArray[Any]) -> NDArray[Any]:
    """The 20 most frequent labels."""
    values, counts = np.unique(y[y != ""], return_counts=True)
    return values[np.argsort(-counts, kind="stable")[:_LABELS]]


def _direction(X: Floats, positive: NDArray[np.bool_]) -> Floats:
    """A logistic probe of whole vectors."""
    from sklearn.linear_model import LogisticRegression

    return np.asarray(
        LogisticRegression(class_weight="balanced", max_iter=300, tol=1e-3)
        .fit(X, positive)
        .coef_[0]
    )


def _classifier(X: Floats, y: NDArray[Any]) -> Callable[[Floats], NDArray[Any]]:
    """What a logistic classifier of whole vectors predicts.

    One scale for all: no nearly constant dimension outweighs others.
    """
    from sklearn.linear_model import LogisticRegression

    scale = 1 / max(float(X.std()), 1e-12)  # guards vectors of zeros
    model = LogisticRegression(max_iter=300, tol=1e-3).fit(X * scale, y)
    return lambda V: np.asarray(model.predict(V * scale))
