"""Arrays of one version made of rows of another and of fresh ones, in memory that is bounded by a
piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.store.stages import new_array

__all__ = ["gather_codes", "gather_vectors", "passages_of", "Pick", "runs"]

_PIECE = 65_536

Pick = NDArray[np.int64]
"""For every row of the result: a row of the old version from 0, or -1 - r for row r of the fresh
ones.
"""


def runs(pick: Pick) -> Iterator[tuple[slice, bool, slice]]:
    """Pieces of at most 65,536 rows that lie together: their place in the result, whether they are
    old, and their place there.
    """
    if not len(pick):
        return
    step = np.where(pick >= 0, 1, -1)
    breaks = np.flatnonzero((np.diff(pick) != step[:-1]) | (step[1:] != step[:-1])) + 1
    bounds = np.concatenate([[0], breaks, [len(pick)]])
    for start, stop in pairwise(bounds.tolist()):
        for a in range(start, stop, _PIECE):
            b = min(a + _PIECE, stop)
            old = bool(pick[a] >= 0)
            first = int(pick[a]) if old else int(-1 - pick[a])
            yield slice(a, b), old, slice(first, first + b - a)


def gather_vectors(path: Path, pick: Pick, old: NDArray[Any], fresh: NDArray[Any]) -> NDArray[Any]:
    """Write an .npy file of picked rows; returns its memory map."""
    out = new_array(path, (len(pick), *old.shape[1:]), old.dtype)
    for place, is_old, rows in runs(pick):
        out[place] = (old if is_old else fresh)[rows]
    out.flush()
    return out


def gather_codes(folder: Path, name: str, pick: Pick, old: csr_array, fresh: csr_array) -> None:
    """Write a code matrix of picked rows as three .npy files."""
    counts = np.empty(len(pick), dtype=np.int64)
    lengths = (np.diff(fresh.indptr), np.diff(old.indptr))
    for place, is_old, rows in runs(pick):
        counts[place] = lengths[is_old][rows]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    np.save(folder / f"{name}-indptr.npy", indptr)
    parts = {
        p: new_array(folder / f"{name}-{p}.npy", (int(indptr[-1]),), k)
        for p, k in (("indices", np.int32), ("data", np.float32))
    }
    for place, is_old, rows in runs(pick):
        source = old if is_old else fresh
        there = slice(int(source.indptr[rows.start]), int(source.indptr[rows.stop]))
        for part, out in parts.items():
            out[indptr[place.start] : indptr[place.stop]] = getattr(source, part)[there]
    for out in parts.values():
        out.flush()


def passages_of(
    pick: Pick, old: NDArray[np.int64], fresh: NDArray[np.int64]
) -> tuple[Pick, NDArray[np.int64]]:
    """The passages of picked items, as a pick of their own, and their spans (n, 3: item, start,
    end).

    Parameters
    ----------
    pick : ndarray (n_items,)
    old, fresh : ndarray (n_passages, 3)
        Spans, items rising.
    """
    starts, stops = np.empty(len(pick), dtype=np.int64), np.empty(len(pick), dtype=np.int64)
    for place, is_old, rows in runs(pick):
        spans = old if is_old else fresh
        at = np.arange(rows.start, rows.stop)
        starts[place], stops[place] = (
            np.searchsorted(spans[:, 0], at),
            np.searchsorted(spans[:, 0], at, side="right"),
        )
    counts = stops - starts
    item = np.repeat(np.arange(len(pick)), counts)
    within = np.arange(len(item)) - np.repeat(np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    passage = np.repeat(starts, counts) + within
    of_old = pick[item] >= 0
    spans = np.empty((len(item), 3), dtype=np.int64)
    spans[:, 0] = item
    spans[of_old, 1:], spans[~of_old, 1:] = old[passage[of_old], 1:], fresh[passage[~of_old], 1:]
    return np.where(of_old, passage, -1 - passage), spans
