"""Measures of an order."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from begriff.kinds.checks import Floats, row_batches

__all__ = ["auroc", "ndcg", "ndcg_kept"]


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Chance that a positive's score exceeds a negative's; ties count half; NaN when either side is
    empty.

    Parameters
    ----------
    positive, negative : array_like (n,) and (m,)

    Examples
    --------
    >>> from begriff.metrics import auroc
    >>> auroc([2, 3], [0, 1]), auroc([1], [1])
    (1.0, 0.5)

    Source: Mann and Whitney 1947; Hanley and McNeil 1982.
    """
    p, n = np.asarray(positive, dtype=np.float64), np.sort(np.asarray(negative, dtype=np.float64))
    if not len(p) or not len(n):
        return float("nan")
    below, upto = np.searchsorted(n, p, "left"), np.searchsorted(n, p, "right")
    return float((below + upto).mean() / (2 * len(n)))


def ndcg(ranked: ArrayLike, ideal: ArrayLike, k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first k results.

    Parameters
    ----------
    ranked : array_like (n,)
        Gain of every result, in the order returned.
    ideal : array_like (m,)
        Gains of all judged items.

    Examples
    --------
    >>> from begriff.metrics import ndcg
    >>> ndcg([1, 0], [1, 0]), round(ndcg([0, 1], [1, 0]), 2)
    (1.0, 0.63)

    Source: Järvelin and Kekäläinen 2002.
    """
    best = _dcg(np.sort(np.asarray(ideal, dtype=np.float64))[::-1], k)
    return _dcg(np.asarray(ranked, dtype=np.float64), k) / best if best > 0 else float("nan")


def ndcg_kept(X: Floats, X_hat: Floats, queries: Floats, k: int = 10) -> float:
    """nDCG@k of a search of rewritten vectors, where the k best of a search of the vectors
    themselves are what is relevant.

    Parameters
    ----------
    X, X_hat : ndarray (n_items, n_dims)
        Vectors, and what a dictionary makes of them.
    queries : ndarray (n_queries, n_dims)
        Not rewritten; none of them among the items.

    Returns
    -------
    float
        1 where every search gives the same; without relevance judgements, a lower bound of what is
        kept of a search's worth.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import ndcg_kept
    >>> X = np.eye(4)
    >>> ndcg_kept(X, X, X[:1], k=1), ndcg_kept(X, X[::-1], X[:1], k=1)
    (1.0, 0.0)
    """
    found: list[float] = []
    for _, q in row_batches(queries, 512):
        best, rewritten = (np.argsort(-(q @ Y.T), axis=1, kind="stable")[:, :k] for Y in (X, X_hat))
        found.extend(
            ndcg(np.isin(r, b), np.ones(k), k) for r, b in zip(rewritten, best, strict=True)
        )
    return float(np.mean(found))


def _dcg(gains: ArrayLike, k: int) -> float:
    g = np.asarray(gains, dtype=np.float64)[:k]
    return float((g / np.log2(np.arange(2, len(g) + 2))).sum())
