"""Difference of means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["DiffMean"]


class DiffMean(Probe):
    """From the mean of the items that are not to the mean of those that are: the probe that needs
    the fewest examples.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Examples
    --------
    >>> from begriff.probes import DiffMean
    >>> probe = DiffMean().fit([[0.0, 1.0], [0.0, -1.0], [2.0, 1.0], [2.0, -1.0]], [0, 0, 1, 1])
    >>> probe.direction_.tolist(), probe.threshold_
    ([1.0, 0.0], 1.0)

    Source: Marks and Tegmark 2023, arXiv 2310.06824; Wu et al. 2025 (AxBench), arXiv 2501.17148.
    """

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        return np.asarray(np.where(positive, weight, -weight) @ X)
