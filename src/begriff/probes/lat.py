"""Linear artificial tomography: the main axis of pair differences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["LAT"]


class LAT(Probe):
    """The first principal axis of the differences between items that are and items that are not.

    All pairs count, in both orders. Their second moment has a closed form, the covariances of both
    sides plus the outer product of the difference of means, so no pairs are drawn and no random
    state is needed. Labels form the pairs and fix the sign, but the axis is the one that varies
    most: where the items vary more along something else than between the labels, that is what is
    found.

    Parameters
    ----------
    differences : bool, default True
        False takes the first principal axis of the items themselves; the labels then give the sign
        alone.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Notes
    -----
    Differences that all point from one label to the other must not be centred: their mean is what
    separates the labels, and it would be gone. Pairs in both orders have the mean 0.

    Examples
    --------
    >>> from begriff.probes import LAT
    >>> probe = LAT().fit([[0.0, 1.0], [0.0, -1.0], [3.0, 1.0], [3.0, -1.0]], [0, 0, 1, 1])
    >>> probe.direction_.round(3).tolist(), probe.threshold_
    ([1.0, 0.0], 1.5)

    Source: Zou et al. 2023, "Representation engineering", arXiv 2310.01405.
    """

    def __init__(self, *, differences: bool = True) -> None:
        self.differences = differences

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        sides = [
            (X[m].astype(np.float64), weight[m] / weight[m].sum()) for m in (~positive, positive)
        ]
        means = [of @ side for side, of in sides]
        apart = means[1] - means[0]
        spread = sum(
            ((side - mean) * of[:, None]).T @ (side - mean)
            for (side, of), mean in zip(sides, means, strict=True)
        )
        # the two sides' means are half as far from the common mean as from each other
        between = 1.0 if self.differences else 0.5
        axis = np.linalg.eigh(spread + between * np.outer(apart, apart))[1][:, -1]
        towards = float(axis @ apart)
        return np.asarray(
            axis if towards > 0 or (towards == 0 and axis[np.abs(axis).argmax()] > 0) else -axis
        )
