"""Orthogonal projection off given directions or off the differences of class means."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from begriff.erasers._targets import (
    are_labels,
    as_numbers,
    checked,
    found_classes,
    one_hot,
    spreads,
)
from begriff.errors import InputError
from begriff.kinds import Eraser

__all__ = ["Projection"]


class Projection(Eraser):
    """Vectors without their component along some directions.

    With labels the directions are those from the mean of all items to the class means (with
    numbers, the covariances with them), and then no linear probe tells the concept on the items
    fitted, as after LEACE, at a larger change. With directions, such as the vectors of words,
    nothing is promised but that no vector has a component along them.

    Parameters
    ----------
    directions : array_like (n_directions, n_dims), optional
        What to project off; of any length and at any angle to each other. None: from y.
    strength : float, default 1.0
        Share of the component that is removed.
    affine : bool, default True
        Whether the mean of the items fitted stays where it is; else components are counted from the
        origin, as for single words.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
        Symmetric.
    mean_ : ndarray (n_dims,), float64
        Mean of the items, or zeros.
    n_features_in_ : int
        n_dims.

    Examples
    --------
    >>> from begriff.erasers import Projection
    >>> Projection([[0.0, 2.0]], affine=False).fit([[0.0, 0.0], [1.0, 1.0]]).transform(
    ...     [[3.0, 4.0]]
    ... ).tolist()
    [[3.0, 0.0]]

    Source: Jang et al. 2024 (DECOR), arXiv 2412.09169; from labels, Belrose et al. 2023, arXiv
    2306.03819 (the orthogonal variant).
    """

    def __init__(
        self, directions: ArrayLike | None = None, *, strength: float = 1.0, affine: bool = True
    ) -> None:
        self.directions = directions
        self.strength = strength
        self.affine = affine

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the mean from X (n_items, n_dims), and the directions from y unless they were
        given: labels (n_items,) or numbers.

        Raises
        ------
        InputError
            For vectors that are not finite, directions of another width or of length 0, or, without
            directions, targets as LEACE refuses.
        """
        if not np.isfinite(self.strength):
            raise InputError(
                f"strength={self.strength}: must be a finite number; 1 removes the component"
            )
        given = self.directions is not None
        X, targets = checked(
            self, X, np.zeros(np.shape(X)[0]) if given else y, minimum=1 if given else 2
        )
        mean = X.mean(axis=0, dtype=np.float64)
        basis = (
            _given(self.directions, X.shape[1])
            if self.directions is not None
            else _covarying(X - mean, targets)
        )
        self.mean_ = mean if self.affine else np.zeros(X.shape[1])
        self.matrix_ = np.eye(X.shape[1]) - self.strength * basis @ basis.T
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = self.directions is None
        return tags


def _given(directions: ArrayLike, n_dims: int) -> NDArray[np.float64]:
    """Orthonormal columns (n_dims, rank) that span the directions."""
    rows = np.atleast_2d(np.asarray(directions, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] != n_dims:
        raise InputError(
            f"directions have shape {rows.shape}, the items have {n_dims} dimensions: use vectors"
            " of the same encoder"
        )
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise InputError(
            "directions hold NaN, infinity or a zero vector (lengths"
            f" {length.ravel().tolist()[:8]}): leave those rows out"
        )
    _, size, spanning = np.linalg.svd(rows / length, full_matrices=False)
    # the rest is rounding of directions that repeat others
    return np.asarray(spanning[size > size[0] * 1e-10].T)


def _covarying(centred: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
    """Orthonormal columns (n_dims, rank) that span the covariances of items (n_items, n_dims) with
    what is to go.
    """
    Z = (
        one_hot(targets, found_classes(targets, "Projection"))
        if are_labels(targets)
        else as_numbers(targets)
    )
    mean = Z.mean(axis=0)
    Z = (Z - mean) / spreads(((Z - mean) ** 2).sum(axis=0), mean, len(Z))
    # of all dimensions together; 1 for items that are all the same
    spread = np.sqrt((centred**2).sum() / len(Z)) or 1.0
    U, correlation, _ = np.linalg.svd(centred.T @ Z / len(Z) / spread, full_matrices=False)
    return np.asarray(U[:, correlation > 1e-8])  # the rest is rounding
