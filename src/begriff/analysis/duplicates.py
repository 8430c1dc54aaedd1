"""Items that repeat each other: near-duplicates by vectors, templates by words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from begriff.base import Floats

__all__ = ["groups_of_duplicates", "template"]


def groups_of_duplicates(X: Floats, *, min_cosine: float = 0.95) -> NDArray[np.int64]:
    """Group (n,) of every row of X (n, n_dims), unit rows: rows within ``min_cosine``, directly or through others, share one.

    Takes n x n products: give it a sample.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.duplicates import groups_of_duplicates
    >>> groups_of_duplicates(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).tolist()
    [0, 1, 0]
    """
    return np.asarray(connected_components(csr_array(min_cosine <= X @ X.T), directed=False)[1], dtype=np.int64)


def template(texts: Sequence[str], others: Sequence[str], *, length: int = 8, least: int = 5, min_share: float = 0.1) -> str | None:
    """The words that unusually many texts share and others do not, or None.

    Parameters
    ----------
    texts, others : sequence of str
    length : int
        Words in a row, numbers counted as equal.
    least, min_share : int, float
        Texts, and share of texts, that must hold them; and the share must be three times that among the others.
    """
    held = Counter(s for t in texts for s in _shingles(t, length))
    if not held:
        return None
    words, count = max(held.items(), key=lambda pair: (pair[1], pair[0]))
    elsewhere = sum(words in _shingles(t, length) for t in others) / max(len(others), 1)
    share = count / len(texts)
    return words if count >= least and share >= max(min_share, 3 * elsewhere) else None


def _shingles(text: str, length: int) -> set[str]:
    words = re.sub(r"\d+", "0", text.lower()).split()
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}
