"""Activations for given active concepts that explain a vector, and its neighbourhood, best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from begriff.kinds.checks import Floats, row_batches
from begriff.linalg.nnls import nnls

__all__ = ["refit"]

_ENTRIES = 2**24


def refit(
    codes: csr_array,
    X: Floats,
    components: Floats,
    bias: Floats,
    *,
    n_core: int,
    reference: Floats | None = None,
    n_neighbours: int = 50,
    weight: float = 1.0,
) -> csr_array:
    """Least-squares activations on the support of codes, core first, then the fine layer on what
    the core leaves.

    With a ``reference`` sample the core minimises |r|^2 + weight * sum_y (y . r)^2, where r = x -
    bias - a C is the rest and y are the nearest ``n_neighbours`` of x in the sample. A query that
    finds x lies near x, so what such a query sees of the rest is made small: the score is explained
    by concepts instead of the rest.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
        Its non-zeros say which concepts may be active.
    X : ndarray (n_items, n_dims)
    components : ndarray (n_concepts, n_dims)
    bias : ndarray (n_dims,)
    n_core : int
        Concepts of the first layer.
    reference : ndarray (n_reference, n_dims), optional
        Unit vectors to take neighbours from.

    Returns
    -------
    csr_array (n_items, n_concepts), float32, >= 0
    """
    if not codes.nnz:
        return codes
    # one query uses a few concepts of thousands
    shape, used = codes.shape, np.unique(codes.indices)
    codes, components, n_core = codes[:, used], components[used], int(np.searchsorted(used, n_core))
    gram = components @ components.T
    near = (
        None
        if reference is None
        else _Neighbours(reference, components[:n_core], bias, n_neighbours, weight)
    )
    widest = int(np.diff(codes.indptr).max())
    batches = []
    for start, x in row_batches(X, min(1024, max(1, _ENTRIES // widest**2))):
        indices, values = _padded(codes[start : start + len(x)], len(components))
        linear = (x - bias) @ components.T
        core = indices < n_core
        done = csr_array((len(x), len(components)), dtype=np.float32)
        for layer, around in ((core, near), (~core & (indices < len(components)), None)):
            if layer.any():
                picked, kept = _narrow(indices, values, layer, len(components))
                g, h = _normal_equations(picked, gram, linear)
                if around is not None:
                    g, h = around.add(g, h, picked, x)
                part = _to_csr(picked, nnls(g, h, np.zeros_like(kept)), len(components))
                linear -= part @ gram
                done = done + part
        batches.append(done)
    whole = csr_array(vstack(batches, format="csr", dtype=np.float32))
    whole.sort_indices()
    return csr_array((whole.data, used[whole.indices], whole.indptr), shape=shape)


def _padded(codes: csr_array, n_concepts: int) -> tuple[NDArray[np.int64], Floats]:
    """Indices and values (n, k) of the rows; unused places hold n_concepts and 0."""
    counts = np.diff(codes.indptr)
    place = np.arange(codes.nnz) - np.repeat(codes.indptr[:-1], counts)
    row = np.repeat(np.arange(codes.shape[0]), counts)
    indices = np.full((codes.shape[0], int(counts.max(initial=0))), n_concepts, dtype=np.int64)
    values = np.zeros(indices.shape, dtype=np.float32)
    indices[row, place], values[row, place] = codes.indices, codes.data
    return indices, values


def _narrow(
    indices: NDArray[np.int64], values: Floats, keep: NDArray[np.bool_], n_concepts: int
) -> tuple[NDArray[np.int64], Floats]:
    """Only the kept places, moved to the left."""
    order = np.argsort(~keep, axis=1, kind="stable")[:, : int(keep.sum(1).max())]
    kept = np.take_along_axis(keep, order, 1)
    return (
        np.where(kept, np.take_along_axis(indices, order, 1), n_concepts),
        np.where(kept, np.take_along_axis(values, order, 1), np.float32(0)),
    )


def _normal_equations(
    picked: NDArray[np.int64], gram: Floats, linear: Floats
) -> tuple[Floats, Floats]:
    used = picked < len(gram)
    safe = np.where(used, picked, 0)
    g = gram[safe[:, :, None], safe[:, None, :]] * (used[:, :, None] & used[:, None, :])
    return g, np.take_along_axis(linear, safe, 1) * used


class _Neighbours:
    """What the nearest items of a reference sample see of a rest."""

    def __init__(
        self, reference: Floats, core: Floats, bias: Floats, n: int, weight: float
    ) -> None:
        self.reference, self.n, self.weight = reference, min(n, len(reference)), weight
        self.along, self.offset = reference @ core.T, reference @ bias

    def add(
        self, g: Floats, h: Floats, picked: NDArray[np.int64], x: Floats
    ) -> tuple[Floats, Floats]:
        """Add weight * sum over neighbours y of (y . r)^2 to the normal equations."""
        likeness = x @ self.reference.T
        rows = np.argpartition(likeness, -self.n, axis=1)[:, -self.n :]
        used = picked < self.along.shape[1]
        seen = (
            self.along[rows[:, :, None], np.where(used, picked, 0)[:, None, :]] * used[:, None, :]
        )
        found = np.take_along_axis(likeness, rows, 1)
        # an item is not its own neighbour, whether the sample holds it or not
        seen = seen * (found < 0.9999)[:, :, None]
        wanted = found - self.offset[rows]
        turned = self.weight * seen.transpose(0, 2, 1)
        return g + turned @ seen, h + (turned @ wanted[:, :, None])[:, :, 0]


def _to_csr(picked: NDArray[np.int64], values: Floats, n_concepts: int) -> csr_array:
    keep = (picked < n_concepts) & (values > 0)
    pointers = np.concatenate([[0], np.cumsum(keep.sum(1))])
    return csr_array((values[keep], picked[keep], pointers), shape=(len(picked), n_concepts))
