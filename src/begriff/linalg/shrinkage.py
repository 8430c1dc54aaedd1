"""Covariances estimated from few items."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError

__all__ = ["optimal_linear_shrinkage"]


def optimal_linear_shrinkage(covariance: NDArray[np.float64], n_items: int) -> NDArray[np.float64]:
    """The mixture of a sample covariance and a multiple of the identity with the same trace that is
    nearest to the truth.

    Asymptotically nearest in the Frobenius norm, whatever the distribution, as dimensions and items
    grow together. The share of the sample is kept within 0 and 1: in a small sample the formula may
    leave that range, and then the mixture would have negative eigenvalues.

    Parameters
    ----------
    covariance : ndarray (n_dims, n_dims), float64
        Sample covariance, divided by the number of items.
    n_items : int
        How many items it was taken from.

    Returns
    -------
    ndarray (n_dims, n_dims), float64

    Raises
    ------
    InputError
        When the covariance is not square or there is no item.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.shrinkage import optimal_linear_shrinkage
    >>> optimal_linear_shrinkage(np.diag([4.0, 0.0]), 4).tolist()
    [[3.0, 0.0], [0.0, 1.0]]

    Source: Bodnar, Gupta and Parolya 2014, arXiv 1308.2608.
    """
    if covariance.ndim != 2 or covariance.shape[0] != covariance.shape[1]:
        raise InputError(f"covariance has shape {covariance.shape}: must be (n_dims, n_dims)")
    if n_items < 1:
        raise InputError(f"n_items={n_items}: must be at least 1")
    n_dims = len(covariance)
    trace = float(np.trace(covariance))
    # squared distance from the multiple of the identity
    spread = float((covariance**2).sum()) - trace**2 / n_dims
    noise = trace**2 / n_items  # how much of it is expected from sampling alone
    lost = 1.0 if spread <= noise else noise / spread
    mixed = (1 - lost) * covariance
    mixed[np.diag_indices(n_dims)] += lost * trace / n_dims
    return np.asarray(mixed)
