"""Least-cost maps between distributions of which only mean and covariance count."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.errors import InputError
from begriff.linalg.whitening import roots

__all__ = ["barycentre", "transport"]


def transport(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The symmetric T (n_dims, n_dims) with T source T = target that moves items the least.

    Parameters
    ----------
    source, target : ndarray (n_dims, n_dims), float64
        Covariances; where ``source`` is singular, T reaches the target only within its range.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.transport import transport
    >>> transport(np.diag([1.0, 4.0]), np.diag([9.0, 1.0])).round(6).tolist()
    [[3.0, 0.0], [0.0, 0.5]]

    Source: Givens and Shortt 1984.
    """
    root, inverse = roots(source)
    middle, _ = roots(root @ target @ root)
    return np.asarray(inverse @ middle @ inverse)


def barycentre(
    covariances: NDArray[np.float64],
    weights: ArrayLike,
    *,
    tol: float = 1e-10,
    max_iterations: int = 200,
) -> NDArray[np.float64]:
    """The covariance (n_dims, n_dims) with the smallest weighted mean of squared Wasserstein
    distances to those given.

    Parameters
    ----------
    covariances : ndarray (n_classes, n_dims, n_dims), float64
    weights : array_like (n_classes,)
        At least 0, not all 0.
    tol : float, default 1e-10
        Iteration ends when the covariance changes by less than this share of its norm.
    max_iterations : int, default 200

    Raises
    ------
    InputError
        For weights that are negative, all 0, or not one a covariance.

    Warns
    -----
    ConvergenceWarning
        When ``max_iterations`` were not enough.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.transport import barycentre
    >>> barycentre(np.array([[[1.0]], [[9.0]]]), [1, 1]).round(6).tolist()
    [[4.0]]

    Source: Alvarez-Esteban, del Barrio, Cuesta-Albertos and Matran 2016, arXiv 1511.05355.
    """
    shares = np.asarray(weights, dtype=np.float64)
    if shares.shape != (len(covariances),) or (shares < 0).any() or shares.sum() <= 0:
        raise InputError(
            f"weights={shares.tolist()}: give {len(covariances)} of at least 0, not all 0"
        )
    shares = shares / shares.sum()
    found = np.einsum("c,cij->ij", shares, covariances)
    for _ in range(max_iterations):
        root, inverse = roots(found)
        mean = sum(w * roots(root @ c @ root)[0] for w, c in zip(shares, covariances, strict=True))
        step = inverse @ mean @ mean @ inverse
        moved, found = float(np.linalg.norm(step - found)), (step + step.T) / 2
        if moved <= tol * float(np.linalg.norm(found)):
            return np.asarray(found)
    from sklearn.exceptions import ConvergenceWarning

    warnings.warn(
        f"the barycentre still moved by {moved:.1e} after {max_iterations} iterations: raise tol",
        ConvergenceWarning,
        stacklevel=2,
    )
    return np.asarray(found)
