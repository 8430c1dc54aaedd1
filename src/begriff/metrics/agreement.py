"""Whether a classifier still sees the same in vectors that were rewritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["agreement"]


def agreement(predict: Callable[[Floats], NDArray[Any]], X: Floats, X_hat: Floats) -> float:
    """Share of items to which a classifier gives the same label before and after they are
    rewritten.

    Parameters
    ----------
    predict : callable
        Labels (n_items,) of vectors, such as the ``predict`` of a classifier that was fitted on
        others.
    X, X_hat : ndarray (n_items, n_dims)
        Vectors, and what a dictionary makes of them.

    Returns
    -------
    float, from 0 to 1
        Read it beside the share of the most frequent prediction, which a dictionary that says
        nothing may reach.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.metrics import agreement
    >>> X = np.array([[1.0, 0.1], [-1.0, 0.2], [0.5, 0.9], [0.2, 0.9]])
    >>> agreement(lambda V: V.argmax(axis=1), X, X * [1, 0])
    0.5

    Source: Zhang et al. 2021, "Invertible concept-based explanations for CNN models with
    non-negative concept activation vectors", arXiv 2006.15417 (there: fidelity).
    """
    return float(np.mean(predict(X) == predict(X_hat)))
