"""Items that repeat each other: near-duplicates by vectors, templates by words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from begriff.kinds.checks import Floats

__all__ = ["groups_of_duplicates", "near_pairs", "template"]

_EXACT = 50_000
_BLOCK = 1024
_TABLES = 16
_CROWDED = 512
_WAITING = 2**20


def groups_of_duplicates(X: Floats, *, min_cosine: float = 0.95) -> NDArray[np.int64]:
    """Group (n,) of every row of X (n, n_dims), unit rows: rows within ``min_cosine``, directly or
    through others, share one.

    Takes n x n products: give it a sample.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.near_duplicates import groups_of_duplicates
    >>> groups_of_duplicates(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).tolist()
    [0, 1, 0]
    """
    return np.asarray(
        connected_components(csr_array(min_cosine <= X @ X.T), directed=False)[1], dtype=np.int64
    )


def near_pairs(
    X: Floats, *, min_cosine: float = 0.97, random_state: int = 0, exact: int = _EXACT
) -> tuple[NDArray[np.int64], Floats]:
    """Pairs (n_pairs, 2) of rows of X (n, n_dims), unit rows, of cosines of at least
    ``min_cosine``, that hold their groups together.

    A group is what near pairs link, directly or through others; its pairs are a tree of the
    nearest, lower row first, so there are fewer of them than rows. All near pairs are looked at for
    up to ``exact`` rows, block by block; of more rows those that fall into one of 16 sets of cells
    of random hyperplanes together: about 95 % at a cosine of .97, and more above. Memory is some
    bytes a row and a block.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.analysis.near_duplicates import near_pairs
    >>> near_pairs(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))[0].tolist()
    [[0, 2]]

    Source: Charikar 2002, "Similarity estimation techniques from rounding algorithms" (random
    hyperplanes).
    """
    blocks = (
        _all_pairs(X, min_cosine)
        if len(X) <= exact
        else _pairs_in_cells(X, min_cosine, random_state)
    )
    pairs, cosines = np.empty((0, 2), dtype=np.int64), np.empty(0, dtype=np.float32)
    waiting: list[tuple[NDArray[np.int64], Floats]] = []
    held = 0
    for block in blocks:
        waiting.append(block)
        held += len(block[0])
        if held > _WAITING + len(pairs):
            pairs, cosines = _forest([(pairs, cosines), *waiting], len(X))
            waiting, held = [], 0
    return _forest([(pairs, cosines), *waiting], len(X))


def _forest(
    found: list[tuple[NDArray[np.int64], Floats]], n: int
) -> tuple[NDArray[np.int64], Floats]:
    """The pairs of the nearest that link the same rows, in order."""
    pairs, cosines = np.concatenate([p for p, _ in found]), np.concatenate([c for _, c in found])
    pairs, first = np.unique(pairs, axis=0, return_index=True)
    lengths = 2.0 - cosines[first].astype(np.float64)  # above 0, for a zero would be no link
    tree = minimum_spanning_tree(
        csr_array((lengths, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    ).tocoo()
    kept = np.lexsort((tree.col, tree.row))
    made = np.stack([tree.row[kept], tree.col[kept]], axis=1).astype(np.int64)
    return made, (2.0 - tree.data[kept]).astype(np.float32)


def _all_pairs(X: Floats, min_cosine: float) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    for start in range(0, len(X), _BLOCK):
        part = np.asarray(X[start : start + _BLOCK])
        for other in range(start, len(X), 8 * _BLOCK):
            yield _above(part, np.asarray(X[other : other + 8 * _BLOCK]), start, other, min_cosine)


def _above(
    A: Floats, B: Floats, first: int, second: int, least: float
) -> tuple[NDArray[np.int64], Floats]:
    cosines = A @ B.T
    a, b = np.nonzero(cosines >= least)
    kept = first + a < second + b
    a, b = a[kept], b[kept]
    return np.stack([first + a, second + b], axis=1), cosines[a, b].astype(np.float32)


def _pairs_in_cells(
    X: Floats, min_cosine: float, random_state: int
) -> Iterator[tuple[NDArray[np.int64], Floats]]:
    rng = np.random.default_rng(random_state)
    mean = np.asarray(X[:: max(1, len(X) // 10_000)]).mean(0)
    bits = int(np.clip(round(np.log2(len(X))), 8, 24))
    for _ in range(_TABLES):
        planes = rng.standard_normal((X.shape[1], bits)).astype(np.float32)
        cells = np.empty(len(X), dtype=np.int64)
        for start in range(0, len(X), 65_536):
            cells[start : start + 65_536] = (
                (np.asarray(X[start : start + 65_536]) - mean) @ planes > 0
            ) @ (1 << np.arange(bits))
        order = np.argsort(cells, kind="stable")
        edges = np.flatnonzero(np.diff(cells[order])) + 1
        for rows in np.split(order, edges):
            rows = rng.permutation(rows) if len(rows) > _CROWDED else rows
            # a crowded cell is cut otherwise every time, in parts that share a row
            for start in range(0, len(rows) - 1, _CROWDED - 1):
                part = rows[start : start + _CROWDED]
                V = np.asarray(X[part])
                pairs, cosines = _above(V, V, 0, 0, min_cosine)
                if len(pairs):
                    yield np.sort(part[pairs], axis=1), cosines


def template(
    texts: Sequence[str],
    others: Sequence[str],
    *,
    length: int = 8,
    least: int = 5,
    min_share: float = 0.1,
) -> str | None:
    """The words that unusually many texts share and others do not, or None.

    Parameters
    ----------
    texts, others : sequence of str
    length : int
        Words in a row, numbers counted as equal.
    least, min_share : int, float
        Texts, and share of texts, that must hold them; and the share must be three times that among
        the others.
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
