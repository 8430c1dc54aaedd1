"""Whether an item is the sum of the concepts of its labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment, nnls

from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit

__all__ = ["compositionality"]


def compositionality(
    components: Floats, X: Floats, labels: NDArray[np.bool_], *, additive: bool = True
) -> float:
    """What the concepts of an item's own labels leave of it, averaged over items that have two
    labels or more.

    Every label gets the concept that points most to the mean of its items, none the same as
    another; an item is then rewritten as the best sum of the concepts of its labels.

    Parameters
    ----------
    components : ndarray (n_concepts, n_dims)
    X : ndarray (n_items, n_dims)
        The items less the dictionary's bias.
    labels : ndarray (n_items, n_labels), bool
        Who has which label.
    additive : bool
        Whether activations are never negative; without it a concept may also point away from its
        label.

    Returns
    -------
    float
        Mean length that is left, as a share of an item's distance from the mean of X: 0 is perfect,
        1 says no more than the mean; methods with and without a bias can be compared. NaN where no
        item has two labels. Read it beside the same figure for random directions, and for the means
        of the labels themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import compositionality
    >>> labels = np.array([[True, True, False], [True, False, True]])
    >>> compositionality(np.eye(3), np.array([[1.0, 2.0, 0.0], [3.0, 0.0, 4.0]]), labels)
    0.0

    Source: Stein et al. 2024, "Towards compositionality in concept learning", arXiv 2406.18534
    (there the length itself, of all items); Andreas 2019, "Measuring compositionality in
    representation learning", arXiv 1902.07181.
    """
    own = _of_labels(components, X, labels, additive)
    distances = np.linalg.norm(X - X.mean(axis=0), axis=1)
    items = np.flatnonzero((labels.sum(axis=1) >= 2) & (distances > 0))
    left = [_left(own[labels[i]], X[i], additive) / distances[i] for i in items]
    return float(np.mean(left)) if left else float("nan")


def _of_labels(
    components: Floats, X: Floats, labels: NDArray[np.bool_], additive: bool
) -> NDArray[np.float64]:
    """The concept (n_labels, n_dims) of each label; zeros where there are fewer concepts than
    labels.
    """
    cosines = unit(labels.T.astype(np.float32) @ X) @ unit(components).T
    rows, columns = linear_sum_assignment(-(cosines if additive else np.abs(cosines)))
    out = np.zeros((labels.shape[1], X.shape[1]))
    out[rows] = components[columns]
    return out


def _left(concepts: NDArray[np.float64], x: Floats, additive: bool) -> float:
    """Length of what the concepts leave of an item."""
    strengths = (
        nnls(concepts.T, x, maxiter=100 * len(concepts))[0]
        if additive
        else np.linalg.lstsq(concepts.T, x)[0]
    )
    return float(np.linalg.norm(x - strengths @ concepts))
