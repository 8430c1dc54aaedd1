"""Ward's hierarchy of points that may stand for many."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["cut", "ward"]


def ward(X: Floats, weights: Floats | None = None) -> NDArray[np.float64]:
    """Merges that each add least to the squared distances of points from the mean of their cluster.

    Parameters
    ----------
    X : ndarray (n, n_dims)
    weights : ndarray (n,), optional
        How many points each row stands for; 1 by default.

    Returns
    -------
    ndarray (n - 1, 4), float64
        Each row two clusters (below n a point, else n + the row of an earlier merge), the distance
        sqrt(2 * increase), and the weight of the new one, as ``scipy.cluster.hierarchy.linkage``
        gives; lowest first.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.linalg.ward import cut, ward
    >>> cut(ward(np.array([[0.0], [9.0], [1.0]])), 2).tolist()
    [0, 1, 0]

    Notes
    -----
    Chains of nearest neighbours with the update of Lance and Williams: n^2 time and memory (4,096
    points: 270 MB, about a second).

    Source: Ward 1963; Murtagh 1983, "A survey of recent advances in hierarchical clustering
    algorithms" (the chains).
    """
    n = len(X)
    size = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    X = np.asarray(X, dtype=np.float64)
    square = (X * X).sum(1)
    D = X @ X.T
    D *= -2
    D += square[:, None]
    D += square
    np.maximum(D, 0, out=D)
    D *= 2 * size[:, None]
    D *= size
    D /= np.add.outer(size, size)
    np.fill_diagonal(D, np.inf)
    size = size.copy()
    merges: list[tuple[float, float, float, float]] = []
    chain: list[int] = []
    alive = np.ones(n, dtype=bool)
    while len(merges) < n - 1:
        if not chain:
            chain = [int(alive.argmax())]
        while True:
            last = chain[-1]
            near = int(D[last].argmin())
            if len(chain) > 1 and D[last, chain[-2]] <= D[last, near]:
                near = chain[-2]
                break
            chain.append(near)
        a, b = sorted((chain.pop(), chain.pop()))
        merges.append((a, b, np.sqrt(D[a, b]), size[a] + size[b]))
        _merge(D, size, alive, a, b)
    return _ordered(np.array(merges).reshape(-1, 4), n)


def _merge(D: Floats, size: Floats, alive: NDArray[np.bool_], a: int, b: int) -> None:
    """Row a becomes the union of a and b; b is out of reach."""
    with np.errstate(invalid="ignore"):
        new = ((size[a] + size) * D[a] + (size[b] + size) * D[b] - size * D[a, b]) / (
            size[a] + size[b] + size
        )
    new = np.maximum(new, 0)  # guards equal points
    alive[b] = False
    new[~alive] = np.inf
    new[a] = np.inf
    D[a], D[:, a] = new, new
    D[b], D[:, b] = np.inf, np.inf
    size[a] += size[b]


def _ordered(merges: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Merges of rows, lowest first, as merges of clusters."""
    merges = merges[np.argsort(merges[:, 2], kind="stable")]
    name = np.arange(n)
    for i, (a, b) in enumerate(merges[:, :2].astype(int)):
        merges[i, :2] = sorted((name[a], name[b]))
        name[a] = n + i
    return merges


def cut(merges: NDArray[np.float64], n_clusters: int) -> NDArray[np.int64]:
    """Clusters (n,) of the points when all but the last ``n_clusters - 1`` merges are done,
    numbered as they first come; n at most.
    """
    n = len(merges) + 1
    parent = np.arange(2 * n - 1)
    for i, (a, b) in enumerate(merges[: max(0, n - n_clusters), :2].astype(int)):
        parent[a] = parent[b] = n + i
    for i in range(2 * n - 2, -1, -1):
        parent[i] = parent[parent[i]]
    found, first, labels = np.unique(parent[:n], return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    return np.asarray(order[labels] if len(found) else labels, dtype=np.int64)
