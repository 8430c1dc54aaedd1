"""Difference of means, averaged over a second factor."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats

__all__ = ["IdealWords"]


class IdealWords(Probe):
    """From the ideal word of the items that are not to that of those that are: means in which every
    other circumstance weighs the same.

    An ideal word is the mean of one value of a factor over all values of a second one: "red" over
    all objects, "hateful" over all topics. Where the second factor goes with the labels, the
    difference of means points partly to that factor; this one does not. ``fit`` takes the second
    factor as ``groups``; without it the direction is that of :class:`DiffMean`.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
    threshold_ : float
    classes_ : ndarray (2,)
    n_features_in_ : int

    Examples
    --------
    >>> from begriff.probes import IdealWords
    >>> X = [[0.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
    >>> IdealWords().fit(X, [0, 0, 0, 1, 1, 1], groups=[0, 1, 1, 0, 0, 1]).direction_.tolist()
    [1.0, 0.0]

    Source: Trager et al. 2023, "Linear spaces of meanings", arXiv 2302.14383.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Learn from X (n_items, n_dims), two labels y (n_items,), weights (n_items,) and the
        second factor groups (n_items,).

        Groups that hold one label alone say nothing of the difference and are left out.

        Raises
        ------
        InputError
            As every probe does; for another number of groups than items, or when no group holds
            both labels.
        """
        if groups is None or y is None:
            return super().fit(X, y, sample_weight)
        return super().fit(X, y, _balanced(np.asarray(y), np.asarray(groups), sample_weight))

    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        return np.asarray(np.where(positive, weight, -weight) @ X)


def _balanced(y: NDArray[Any], groups: NDArray[Any], weight: Any) -> Floats:
    """Weights (n_items,) that sum to 1 in every label of every group that holds all labels, to 0
    elsewhere.
    """
    if groups.shape != y.shape or groups.ndim != 1:
        raise InputError(
            f"{groups.size} groups for {y.size} labels: give the second factor of every item"
        )
    given = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    if given.shape != y.shape:
        raise InputError(
            f"sample_weight of shape {given.shape} for {len(y)} items: give one weight for every"
            " item"
        )
    labels, of_label = np.unique(y, return_inverse=True)
    names, of_group = np.unique(groups, return_inverse=True)
    totals = np.zeros((len(names), len(labels)))
    np.add.at(totals, (of_group, of_label), given)
    both: NDArray[np.bool_] = np.all(totals > 0, axis=1)
    if not both.any():
        raise InputError(
            f"none of {len(names)} groups holds items of both labels, so that they cannot be told"
            " apart: give other groups"
        )
    cell = totals[of_group, of_label]
    return np.where(both[of_group] & (cell > 0), given / np.where(cell > 0, cell, 1.0), 0.0)
