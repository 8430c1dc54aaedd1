"""Roots of covariances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, lapack, solve_triangular

__all__ = ["roots", "whitener"]


def whitener(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """W and V such that W covariance W' is the identity of the covariance's rank and V W projects
    onto its range.

    The triangular root where the covariance is well conditioned, which costs a fraction of the
    eigenvectors; else from eigenvectors, without those whose eigenvalue is rounding noise.

    Parameters
    ----------
    covariance : ndarray (n_dims, n_dims), float64
        Symmetric, no eigenvalue below 0 but for rounding.

    Returns
    -------
    W : ndarray (rank, n_dims), float64
    V : ndarray (n_dims, rank), float64

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.whitening import whitener
    >>> W, V = whitener(np.diag([4.0, 0.0]))
    >>> abs(W).tolist(), (V @ W).tolist()
    ([[0.5, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
    """
    n_dims = len(covariance)
    # what a pseudo-inverse takes for rounding noise, relative to the largest eigenvalue
    enough = n_dims * np.finfo(np.float64).eps
    try:
        lower = np.tril(cho_factor(covariance, lower=True)[0])
    except np.linalg.LinAlgError:
        lower = np.zeros((n_dims, n_dims))
    condition, _ = (
        lapack.dpocon(lower, np.abs(covariance).sum(axis=0).max(), uplo="L")
        if lower.any()
        else (0.0, 0)
    )
    if condition > 1e3 * enough:  # an estimate: far enough from singular to be sure
        return np.asarray(solve_triangular(lower, np.eye(n_dims), lower=True)), lower
    values, vectors = np.linalg.eigh(covariance)
    kept = values > max(values[-1], 0.0) * enough
    root = np.sqrt(values[kept])
    return (vectors[:, kept] / root).T, vectors[:, kept] * root


def roots(covariance: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The symmetric square root and its pseudo-inverse, both (n_dims, n_dims) float64; eigenvalues
    below 0 count as 0.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.whitening import roots
    >>> root, inverse = roots(np.diag([4.0, 0.0]))
    >>> root.tolist(), inverse.tolist()
    ([[2.0, 0.0], [0.0, 0.0]], [[0.5, 0.0], [0.0, 0.0]])
    """
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, 0.0)
    # the rest is rounding noise
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=kept)
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T
