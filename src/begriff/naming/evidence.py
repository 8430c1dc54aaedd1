"""Items that hold a concept, and near misses: what a name must tell apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["Evidence", "gather"]


@dataclass(frozen=True)
class Evidence:
    """Rows that speak for and against one concept.

    Attributes
    ----------
    strongest, active : ndarray of int
        Items of the strongest decile (at least 10), and a sample of all active ones, strongest
        first.
    against_strongest, against_active : ndarray of int
        For each of those its nearest neighbour on which the concept is not active.
    """

    strongest: NDArray[np.int64]
    active: NDArray[np.int64]
    against_strongest: NDArray[np.int64]
    against_active: NDArray[np.int64]

    @property
    def enough(self) -> bool:
        """Whether there are at least 5 items on each side."""
        return (
            min(
                len(self.strongest),
                len(self.against_strongest),
                len(self.active),
                len(self.against_active),
            )
            >= 5
        )


def gather(
    codes: csr_array, near: NDArray[np.int32], *, most: int = 200, seed: int = 0
) -> list[Evidence]:
    """Evidence for every concept.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    near : ndarray (n_items, m)
        Nearest neighbours of every item among the same items, nearest first.
    most : int
        Items kept on a side.
    seed : int
        Draws the sample of active items.

    Returns
    -------
    list of Evidence (n_concepts,)
    """
    columns = codes.tocsc()
    rng = np.random.default_rng(seed)
    out = []
    for j in range(codes.shape[1]):
        part = slice(columns.indptr[j], columns.indptr[j + 1])
        items, strength = columns.indices[part], columns.data[part]
        items = items[np.argsort(-strength, kind="stable")].astype(np.int64)
        strongest = items[: min(most, max(10, len(items) // 10))]
        picked = (
            np.sort(rng.choice(len(items), min(most, len(items)), replace=False))
            if len(items)
            else items
        )
        active = np.zeros(codes.shape[0], dtype=bool)
        active[items] = True
        out.append(
            Evidence(
                strongest,
                items[picked],
                _misses(strongest, near, active),
                _misses(items[picked], near, active),
            )
        )
    return out


def _misses(
    items: NDArray[np.int64], near: NDArray[np.int32], active: NDArray[np.bool_]
) -> NDArray[np.int64]:
    if not len(items) or not near.shape[1]:
        return np.empty(0, dtype=np.int64)
    without = ~active[near[items]]
    found = without.any(1)
    return near[items[found], without[found].argmax(1)].astype(np.int64)
