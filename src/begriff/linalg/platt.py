"""Scores -> probabilities, many columns at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from begriff.kinds.checks import Floats

__all__ = ["platt"]

_STEPS = 12


def platt(
    scores: Floats, active: NDArray[np.bool_], *, ridge: float = 1e-3
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Slope and offset (n_columns,) of each column, so that expit(slope * score + offset) is the
    probability of being active.

    Parameters
    ----------
    scores : ndarray (n, n_columns)
    active : ndarray (n, n_columns) of bool
    ridge : float
        Penalty on the slope of standardised scores; guards columns that are told apart without an
        error.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.platt import platt
    >>> slope, offset = platt(
    ...     np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[False], [True], [False], [True]])
    ... )
    >>> bool(slope[0] > 0), round(float(-offset[0] / slope[0]), 2)
    (True, 1.5)

    Source: Platt 1999; Newton's method on each column.
    """
    mean, spread = scores.mean(0), np.maximum(scores.std(0), 1e-9)  # guards constant columns
    Z = (scores - mean) / spread
    # guards columns that are active on all items, or on none
    share = active.mean(0).clip(1e-6, 1 - 1e-6)
    a, b = np.zeros(Z.shape[1]), np.log(share / (1 - share))
    for _ in range(_STEPS):
        p = expit(Z * a + b)
        weight = np.maximum(p * (1 - p), 1e-9)  # guards items that are certain
        wrong = p - active
        ga, gb = (wrong * Z).mean(0) + ridge * a, wrong.mean(0)
        haa, hab, hbb = (weight * Z * Z).mean(0) + ridge, (weight * Z).mean(0), weight.mean(0)
        det = np.maximum(haa * hbb - hab**2, 1e-12)  # guards columns without spread
        step_a, step_b = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        # short steps: Newton's may overshoot far from the end
        a, b = a - step_a.clip(-2, 2), b - step_b.clip(-2, 2)
    return a / spread, b - a * mean / spread
