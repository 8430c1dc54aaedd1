"""Samples that keep what is rare."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["at_most"]


def at_most(labels: NDArray[Any], n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of at most ``n`` of the labels (n_items,), rising: every class gets the same share,
    and what a rare one leaves goes to others.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.sampling import at_most
    >>> labels = np.array([0] * 100 + [1] * 3)
    >>> np.bincount(labels[at_most(labels, 20, np.random.default_rng(0))]).tolist()
    [17, 3]
    """
    if len(labels) <= n:
        return np.arange(len(labels))
    classes, inverse = np.unique(labels, return_inverse=True)
    groups = [np.flatnonzero(inverse == c) for c in range(len(classes))]
    left, out = n, []
    for i, g in enumerate(sorted(groups, key=len)):
        take = min(len(g), left // (len(groups) - i))
        out.append(rng.choice(g, take, replace=False))
        left -= take
    return np.sort(np.concatenate(out))
