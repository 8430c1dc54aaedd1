"""Which concepts of a new dictionary are those of an old one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["match", "Matching", "overlap"]


@dataclass(frozen=True)
class Matching:
    """One-to-one pairs of concepts whose directions agree.

    Attributes
    ----------
    old : ndarray (n_new,)
        Row of the old concept that each new one continues, or -1.
    cosine : ndarray (n_new,)
        Of both directions; of the best old one where there is no pair.
    """

    old: NDArray[np.int64]
    cosine: Floats


def match(
    old: Floats, new: Floats, agreement: Floats | None = None, *, min_cosine: float = 0.7
) -> Matching:
    """Pair concepts by direction and by the items on which they are active.

    Parameters
    ----------
    old, new : ndarray (n_old, n_dims) and (n_new, n_dims), unit rows
    agreement : ndarray (n_old, n_new), optional
        How far codes agree, from 0 to 1; added to the cosines before pairing.
    min_cosine : float
        Pairs whose directions agree less are no pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.matching import match
    >>> match(np.eye(3), np.eye(3)[[2, 0]]).old.tolist()
    [2, 0]

    Source: Kuhn 1955 (the assignment).
    """
    cosines = old @ new.T
    rows, columns = linear_sum_assignment(-(cosines if agreement is None else cosines + agreement))
    found = np.full(len(new), -1, dtype=np.int64)
    best = cosines.max(0) if len(old) else np.zeros(len(new), dtype=np.float32)
    good = cosines[rows, columns] >= min_cosine
    found[columns[good]] = rows[good]
    best[columns[good]] = cosines[rows[good], columns[good]]
    return Matching(found, best)


def overlap(old: csr_array, new: csr_array) -> tuple[Floats, Floats]:
    """Share of an old concept's items that a new one holds, and of a new one's that an old one
    holds: both (n_old, n_new).

    Parameters
    ----------
    old, new : csr_array (n_items, n_old) and (n_items, n_new)
        Codes of the same items under both dictionaries.
    """
    a, b = (
        csr_array((np.ones(c.nnz, np.float32), c.indices, c.indptr), shape=c.shape)
        for c in (old, new)
    )
    together = (a.T @ b).toarray()
    mine, theirs = (np.maximum(np.asarray(m.sum(0)).ravel(), 1) for m in (a, b))
    return together / mine[:, None], together / theirs[None, :]
