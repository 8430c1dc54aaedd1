"""What predicted concepts know that the true ones do not."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["ctl", "icl"]


def ctl(
    predicted: Floats, true: Any, y: Any, *, n_neighbors: int = 3, random_state: int = 0
) -> Floats:
    """Leakage from concept to label: how much more a predicted concept tells about the label than
    the true concept does.

    CTL_i = max(0, I(c^_i; y) / H(y) - I(c_i; y) / H(y)): 0 where a prediction says of the label
    only what the concept itself says, towards 1 where it carries the label past the concept's
    meaning.

    Parameters
    ----------
    predicted : array_like (n_items, n_concepts)
        Activations or probabilities of concepts; continuous.
    true : array_like (n_items, n_concepts)
        Labels of the concepts; discrete.
    y : array_like (n_items,)
        Labels of the task.
    n_neighbors : int, default 3
        Of the estimate of mutual information (Ross 2014, after Kraskov, Stögbauer and Grassberger
        2004). Its error is about 1 / sqrt(n_items), so read values beside those of permuted
        predictions.
    random_state : int, default 0
        Of the noise that breaks ties between equal activations.

    Returns
    -------
    ndarray (n_concepts,), float64

    Raises
    ------
    InputError
        For shapes that do not fit each other, a label without variation, or no more items than
        ``n_neighbors``.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import ctl
    >>> rng = np.random.default_rng(0)
    >>> y, concept = rng.integers(0, 2, 400), rng.integers(0, 2, 400)
    >>> honest, leaking = (
    ...     concept + rng.normal(0, 0.2, 400),
    ...     concept + 3 * y + rng.normal(0, 0.2, 400),
    ... )
    >>> ctl(np.stack([honest, leaking], 1), np.stack([concept, concept], 1), y).round(1).tolist()
    [0.0, 1.0]

    Source: Parisini et al. 2025, arXiv 2504.14094.
    """
    predicted, true = _pair(predicted, true, n_neighbors)
    target = _discrete(y)
    if len(target) != len(predicted):
        raise InputError(
            f"{len(predicted)} items have concepts and {len(target)} a label: give one label for"
            " every item"
        )
    whole = _entropy(target)
    if whole == 0:
        raise InputError(
            f"y is {np.asarray(y).tolist()[0]!r} for every item: leakage into a label needs at"
            " least 2 classes"
        )
    said = _continuous(predicted, target, n_neighbors, random_state)
    meant = np.array([_discrete_pair(_discrete(c), target) for c in true.T])
    return np.maximum(0, said / whole - meant / whole)


def icl(predicted: Floats, true: Any, *, n_neighbors: int = 3, random_state: int = 0) -> Floats:
    """Leakage between concepts: how much more two predicted concepts tell of each other than the
    true ones do.

    ICL_ij = max(0, I(c^_i; c^_j) - I(c_i; c_j)) / sqrt(H(c_i) H(c_j)). The source divides the first
    term by entropies of the predictions; here both are divided by those of the true concepts,
    because the entropy of a continuous activation depends on its unit and may be negative. Values
    may exceed 1 where predictions share more than the concepts hold, as a common noise.

    Parameters
    ----------
    predicted : array_like (n_items, n_concepts)
        Activations or probabilities of concepts; continuous.
    true : array_like (n_items, n_concepts)
        Labels of the concepts; discrete.
    n_neighbors : int, default 3
        As in :func:`ctl`.
    random_state : int, default 0
        Of the noise that breaks ties between equal activations.

    Returns
    -------
    ndarray (n_concepts, n_concepts), float64
        Symmetric. NaN on the diagonal, and where a concept is the same in all items.

    Raises
    ------
    InputError
        For shapes that do not fit each other, or no more items than ``n_neighbors``.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import icl
    >>> rng = np.random.default_rng(0)
    >>> true = rng.integers(0, 2, (400, 2))
    >>> predicted = true + rng.normal(0, 0.2, (400, 2))
    >>> predicted[:, 0] += 3 * true[:, 1]
    >>> icl(predicted, true).round(1).tolist()
    [[nan, 0.9], [0.9, nan]]

    Source: Parisini et al. 2025, arXiv 2504.14094.
    """
    predicted, true = _pair(predicted, true, n_neighbors)
    columns = [_discrete(c) for c in true.T]
    entropies = np.array([_entropy(c) for c in columns])
    out = np.full((len(columns), len(columns)), np.nan)
    for j in range(len(columns)):
        for i in range(j):
            scale = np.sqrt(entropies[i] * entropies[j])
            if scale > 0:
                said = _both_continuous(predicted[:, i], predicted[:, j], n_neighbors, random_state)
                out[i, j] = out[j, i] = (
                    max(0.0, said - _discrete_pair(columns[i], columns[j])) / scale
                )
    return out


def _pair(predicted: Any, true: Any, n_neighbors: int) -> tuple[Floats, NDArray[Any]]:
    predicted, true = np.asarray(predicted, dtype=np.float64), np.asarray(true)
    if predicted.ndim != 2 or predicted.shape != true.shape:
        raise InputError(
            f"predicted concepts have shape {predicted.shape}, true ones {true.shape}: both must be"
            " (n_items, n_concepts), in one order"
        )
    if not np.isfinite(predicted).all():
        raise InputError("predicted contains NaN or infinity: remove or impute those items")
    if n_neighbors < 1 or len(predicted) <= n_neighbors:
        raise InputError(
            f"n_neighbors={n_neighbors} with {len(predicted)} items: must be at least 1, and below"
            " the number of items"
        )
    return predicted, true


def _continuous(
    predicted: Floats, target: NDArray[np.int64], n_neighbors: int, seed: int
) -> Floats:
    """Mutual information (n_concepts,) in nats of continuous activations with a discrete target."""
    from sklearn.feature_selection import mutual_info_classif

    return np.asarray(
        mutual_info_classif(
            predicted, target, discrete_features=False, n_neighbors=n_neighbors, random_state=seed
        ),
        dtype=np.float64,
    )


def _both_continuous(a: Floats, b: Floats, n_neighbors: int, seed: int) -> float:
    from sklearn.feature_selection import mutual_info_regression

    return float(
        mutual_info_regression(
            a[:, None], b, discrete_features=False, n_neighbors=n_neighbors, random_state=seed
        )[0]
    )


def _discrete(values: Any) -> NDArray[np.int64]:
    return np.asarray(np.unique(np.asarray(values).ravel(), return_inverse=True)[1], dtype=np.int64)


def _entropy(values: NDArray[np.int64]) -> float:
    from scipy.stats import entropy

    return float(entropy(np.bincount(values)))


def _discrete_pair(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    return max(0.0, _entropy(a) + _entropy(b) - _entropy(a * (int(b.max()) + 1) + b))
