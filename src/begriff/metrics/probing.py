"""How few concepts tell a label."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats
from begriff.metrics.ranking import auroc

__all__ = ["k_sparse_probe", "telling_concepts"]


def telling_concepts(
    codes: Any, positive: NDArray[np.bool_], k: int, *, present: bool = False
) -> NDArray[np.int64]:
    """The k concepts whose mean activation differs most between items that are positive and those
    that are not, best first.

    Parameters
    ----------
    codes : csr_array or ndarray (n_items, n_concepts)
        Differences are divided by each concept's standard deviation.
    positive : ndarray (n_items,), bool
    k : int
    present : bool, default False
        Only concepts that are stronger on positive items: those that tell by being there, not by
        being absent.

    Returns
    -------
    ndarray (at most k,), int64

    Source: Gurnee et al. 2023, "Finding neurons in a haystack: case studies with sparse probing",
    arXiv 2305.01610.
    """
    codes = csr_array(codes, dtype=np.float64)
    means = [np.asarray(codes[side].mean(axis=0)).ravel() for side in (positive, ~positive)]
    mean = np.asarray(codes.mean(axis=0)).ravel()
    spread = np.sqrt(np.maximum(np.asarray((codes**2).mean(axis=0)).ravel() - mean**2, 0))
    more = means[0] - means[1]
    apart = np.divide(
        np.abs(more),
        spread,
        out=np.zeros_like(spread),
        where=spread > 1e-9 * max(spread.max(), 1e-12),
    )
    ranked = np.argsort(-apart, kind="stable")
    return ranked[more[ranked] > 0][:k] if present else ranked[:k]


def k_sparse_probe(
    train: Any, y_train: NDArray[Any], test: Any, y_test: NDArray[Any], k: int | None
) -> float:
    """AUROC on test items of logistic probes that see k concepts, one probe for every label against
    the rest, averaged over labels.

    Parameters
    ----------
    train, test : csr_array or ndarray (n_items, n_concepts)
        Codes, or vectors.
    y_train, y_test : ndarray (n_items,)
        Labels; those with fewer than 10 items in either part are left out.
    k : int or None
        Concepts that each probe sees, chosen on the training items by :func:`telling_concepts`;
        None lets it see all.

    Returns
    -------
    float
        .5 is chance, 1 is perfect; NaN when no label is left.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import k_sparse_probe
    >>> y = np.arange(80) % 2
    >>> C = np.column_stack([np.ones(80), y, np.zeros(80)])
    >>> k_sparse_probe(C[:40], y[:40], C[40:], y[40:], 1)
    1.0

    Source: Gurnee et al. 2023, arXiv 2305.01610; Karvonen et al. 2025, "SAEBench", arXiv
    2503.09532.
    """
    scores = []
    labels = np.unique(y_train)
    # of two labels one is the other's mirror
    for label in labels[1:] if len(labels) == 2 else labels:
        positive, wanted = y_train == label, y_test == label
        if min(positive.sum(), (~positive).sum(), wanted.sum(), (~wanted).sum()) < 10:
            continue
        columns = np.arange(train.shape[1]) if k is None else telling_concepts(train, positive, k)
        decision = _probe(_dense(train, columns), positive, _dense(test, columns))
        scores.append(auroc(decision[wanted], decision[~wanted]))
    return float(np.mean(scores)) if scores else float("nan")


def _dense(codes: Any, columns: NDArray[np.int64]) -> Floats:
    part = codes[:, columns]
    return np.asarray(part.toarray() if hasattr(part, "toarray") else part, dtype=np.float64)


def _probe(train: Floats, positive: NDArray[np.bool_], test: Floats) -> Floats:
    """Decisions (n_test,) of a logistic regression on standardised columns, both sides weighing the
    same.
    """
    from sklearn.linear_model import LogisticRegression

    # guards a concept that is never active
    mean, spread = train.mean(0), np.maximum(train.std(0), 1e-12)
    model = LogisticRegression(class_weight="balanced", max_iter=300, tol=1e-3).fit(
        (train - mean) / spread, positive
    )
    return np.asarray(model.decision_function((test - mean) / spread))
