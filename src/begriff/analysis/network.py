"""Which concepts occur together, and how varied a concept's company is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["cooccurrence", "npmi", "rarefied"]


def cooccurrence(codes: csr_array) -> NDArray[np.int64]:
    """Items (n_concepts, n_concepts) on which two concepts are both active; the diagonal holds a
    concept's own count.
    """
    binary = csr_array(
        (np.ones(codes.nnz, np.int64), codes.indices, codes.indptr), shape=codes.shape
    )
    binary.data[codes.data <= 0] = 0
    return np.asarray((binary.T @ binary).toarray())


def npmi(together: NDArray[np.int64], n_items: int) -> Floats:
    """Normalised pointwise mutual information of every pair: 1 always together, 0 independent, -1
    never.

    Parameters
    ----------
    together : ndarray (n_concepts, n_concepts)
        See :func:`cooccurrence`.
    n_items : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.network import npmi
    >>> npmi(np.array([[2, 2], [2, 2]]), 4).round(2).tolist()
    [[1.0, 1.0], [1.0, 1.0]]

    Source: Bouma 2009.
    """
    single = np.diag(together).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        joint = together / n_items
        ratio = np.log(joint * n_items**2 / np.outer(single, single))
        value = np.where(together > 0, ratio / -np.log(joint), -1.0)
    value[np.isnan(value)] = 1.0  # a pair that is on every item
    value[single == 0] = value[:, single == 0] = np.nan
    return value


def rarefied(together: NDArray[np.int64], drawn: int) -> Floats:
    """Expected number (n,) of different companions among so many co-occurrences drawn at random;
    NaN where there are fewer.

    Unlike the number of companions seen, it does not grow with the number of items.

    Parameters
    ----------
    together : ndarray (n, n_concepts)
        Co-occurrences of each concept with every other.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.network import rarefied
    >>> rarefied(np.array([[10, 10], [100, 100], [200, 0]]), 2).round(2).tolist()
    [1.53, 1.5, 1.0]

    Source: Hurlbert 1971.
    """
    from scipy.special import gammaln

    def ways(n: Floats) -> Floats:
        return np.where(n >= drawn, gammaln(n + 1) - gammaln(np.maximum(n - drawn, 0) + 1), -np.inf)

    total = together.sum(1, dtype=float)
    with np.errstate(invalid="ignore"):
        missed = np.exp(ways(total[:, None] - together) - ways(total)[:, None])
    return np.where(total >= drawn, (1 - missed).sum(1), np.nan)
