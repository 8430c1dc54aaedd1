"""Regularised logistic regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["Logistic"]


class Logistic(Probe):
    """The direction that separates best under an L2 penalty, both sides weighing the same.

    Parameters
    ----------
    C : float, default 1.0
        Inverse strength of the penalty.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.probes import Logistic
    >>> X = np.random.default_rng(0).normal(size=(200, 8))
    >>> bool(Logistic().fit(X, X[:, 0] > 0).direction_[0] > 0.9)
    True

    Source: Alain and Bengio 2016, arXiv 1610.01644.
    """

    def __init__(self, *, C: float = 1.0) -> None:
        self.C = C

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        from sklearn.linear_model import LogisticRegression

        if self.C <= 0:
            raise InputError(f"C={self.C}: must be above 0")
        centred = X - weight @ X / weight.sum()
        # one number for all dimensions
        spread = float(np.sqrt(weight @ (centred**2).mean(1) / weight.sum())) or 1.0
        fitted = LogisticRegression(C=self.C, max_iter=500).fit(
            centred / spread, positive, sample_weight=weight
        )
        return np.asarray(fitted.coef_[0])
