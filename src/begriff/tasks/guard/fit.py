"""What a guard learns: prompts, a head for every concept, a threshold."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.tasks.guard.similarity import Head

__all__ = ["conformal_threshold", "fit_head", "medoids"]


def medoids(X: Floats, n: int, random_state: int) -> NDArray[np.int64]:
    """Rows of X (n_items, n_dims) that stand for the others: those nearest to the centres of
    k-means, at most half of the distinct ones.
    """
    from sklearn.cluster import KMeans

    distinct = np.sort(np.unique(X, axis=0, return_index=True)[1])
    k = max(1, min(n, len(distinct) // 2))
    centres = KMeans(k, n_init=1, random_state=random_state).fit(X[distinct]).cluster_centers_
    nearest = (centres @ X[distinct].T - 0.5 * (X[distinct] ** 2).sum(1)).argmax(axis=1)
    return np.asarray(np.unique(distinct[nearest]), dtype=np.int64)


def fit_head(
    features: Floats,
    positive: NDArray[np.bool_],
    *,
    classifier: str,
    C: float,
    hidden: int,
    random_state: int,
) -> Head:
    """A classifier of features (n_items, n_features), both sides weighing the same, as arrays of
    weights.

    Features are standardised for the fit; the scale is then folded into the first layer.
    """
    # guards a feature that never varies
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-6)
    Z = (features - mean) / spread
    weight = np.where(positive, 0.5 / positive.mean(), 0.5 / (~positive).mean())
    made = (
        _logistic(Z, positive, weight, C)
        if classifier == "logistic"
        else _mlp(Z, positive, weight, hidden, random_state)
    )
    weights, biases = ([np.asarray(a, dtype=np.float64) for a in part] for part in made)
    weights[0] = weights[0] / spread[:, None]
    biases[0] = biases[0] - mean @ weights[0]
    return Head(
        tuple(w.astype(np.float32) for w in weights), tuple(b.astype(np.float32) for b in biases)
    )


def _logistic(
    Z: Floats, positive: NDArray[np.bool_], weight: Floats, C: float
) -> tuple[list[Any], list[Any]]:
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=C, max_iter=1000).fit(Z, positive, sample_weight=weight)
    return [fitted.coef_.T], [fitted.intercept_]


def _mlp(
    Z: Floats, positive: NDArray[np.bool_], weight: Floats, hidden: int, random_state: int
) -> tuple[list[Any], list[Any]]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    rng = np.random.default_rng(random_state)
    # drawn by weight: MLPClassifier knows weights only since scikit-learn 1.7
    rows = rng.choice(len(Z), len(Z), p=weight / weight.sum())
    fitted = MLPClassifier(
        (hidden,), alpha=1e-2, learning_rate_init=3e-3, max_iter=40, random_state=random_state
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 40 rounds are meant to be the end
        fitted.fit(Z[rows], positive[rows])
    return fitted.coefs_, fitted.intercepts_


def conformal_threshold(scores: Any, fpr: float) -> float:
    """The lowest threshold that a further harmless item exceeds with probability ``fpr`` at most.

    It is the ceil((n + 1) (1 - fpr))-th smallest of n scores; the plain quantile lets through too
    many where n is small. The promise holds on average over the draws of the n items, for items
    drawn as they were, whatever their distribution.

    Parameters
    ----------
    scores : array_like (n,)
        Of harmless items that nothing was learnt from.
    fpr : float

    Raises
    ------
    InputError
        For a rate outside (0, 1), or one that n items cannot promise: at least (1 - fpr) / fpr are
        needed.

    Examples
    --------
    >>> from begriff.tasks.guard.fit import conformal_threshold
    >>> conformal_threshold(range(99), 0.05)
    94.0

    Source: Vovk et al. 2005; Angelopoulos and Bates 2021, arXiv 2107.07511.
    """
    ordered = np.sort(np.asarray(scores, dtype=np.float64))
    if not 0 < fpr < 1:
        raise InputError(f"fpr={fpr}: must lie between 0 and 1, as .02 for one in fifty")
    rank = math.ceil((len(ordered) + 1) * (1 - fpr) - 1e-9)  # guards 94.99999999999999, which is 95
    if rank > len(ordered):
        least = math.ceil((1 - fpr) / fpr - 1e-9)
        raise InputError(
            f"{len(ordered)} harmless items held back cannot promise fpr={fpr}, that takes {least}:"
            " give more, or a higher rate"
        )
    return float(ordered[rank - 1])
