"""Feature families: concepts that occur together, from general to specific."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from begriff.analysis.network import cooccurrence
from begriff.kinds.checks import Floats

__all__ = ["families", "Family", "prefix_parents"]


@dataclass(frozen=True)
class Family:
    """A general concept and the more specific ones below it.

    Attributes
    ----------
    root : int
    children : dict of int to list of int
        Concept -> the concepts right below it, for every member that has some; a tree.
    """

    root: int
    children: dict[int, list[int]]

    @property
    def members(self) -> list[int]:
        """The root and everything below it."""
        out, queue = [self.root], [self.root]
        while queue:
            below = self.children.get(queue.pop(0), [])
            out += below
            queue += below
        return out


def families(
    codes: csr_array,
    *,
    min_share: float = 0.1,
    n_rounds: int = 3,
    min_children: int = 3,
    max_jaccard: float = 0.6,
    min_items: int = 5,
    max_frequency: float = 1.0,
) -> list[Family]:
    """Families by the maximum spanning tree of co-occurrence, larger ones first.

    The weight of a pair is exp of the share of the rarer concept's items that the other holds too,
    without pairs below ``min_share``. Edges of the maximum spanning tree point from the more to the
    less frequent concept; what can be reached from a concept with more than two children is a
    family. Then the tops, into which no edge points, are taken away and all is done again,
    ``n_rounds`` times in all; of two families whose members agree too much the first one stays.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    min_share : float
    n_rounds : int
    min_children : int
        Members below the root are more than this.
    max_jaccard : float
    min_items, max_frequency : int, float
        Concepts on fewer items, or on a larger share of them, take no part.

    Returns
    -------
    list of Family

    Source: O'Neill et al. 2024, "Disentangling dense embeddings with sparse autoencoders", arXiv
    2408.00657.
    """
    together = cooccurrence(codes)
    count = np.diag(together).copy()
    share = together / (count[:, None] + 1.0)
    weight = np.maximum(share, share.T)
    np.fill_diagonal(weight, 0)
    weight = np.where(weight >= min_share, np.exp(weight), 0.0)
    alive = (count >= min_items) & (count <= max_frequency * codes.shape[0])
    found: list[Family] = []
    for _ in range(n_rounds):
        below = _forest(np.where(np.outer(alive, alive), weight, 0.0), count)
        found += _with_children(below, min_children)
        has_parent = np.zeros(len(count), dtype=bool)
        has_parent[[c for children in below.values() for c in children]] = True
        tops = [p for p in below if not has_parent[p]]
        if not tops:
            break
        alive[tops] = False
    return _distinct(found, max_jaccard)


def prefix_parents(
    codes: csr_array, n_core: int, *, min_share: float = 0.3
) -> tuple[NDArray[np.int64], Floats]:
    """The core concept above every fine one, by the nested prefixes of a Matryoshka dictionary.

    Parameters
    ----------
    codes : csr_array (n_items, n_concepts)
    n_core : int
        The first prefix.
    min_share : float
        Share of a fine concept's items on which its parent must be active.

    Returns
    -------
    parent : ndarray (n_concepts - n_core,)
        -1 where no core concept is active often enough.
    share : ndarray (n_concepts - n_core,)

    Source: Bussmann et al. 2025, arXiv 2503.17547.
    """
    binary = csr_array(
        ((codes.data > 0).astype(np.float32), codes.indices, codes.indptr), shape=codes.shape
    )
    together = (csr_array(binary[:, n_core:]).T @ csr_array(binary[:, :n_core])).toarray()
    held = np.maximum(np.asarray(binary[:, n_core:].sum(0)).ravel(), 1)
    # of two parents the more specific one
    lift = together / np.maximum(np.asarray(binary[:, :n_core].sum(0)).ravel(), 1)
    together = together / held[:, None]
    parent = np.where(together >= min_share, lift, -1).argmax(1)
    share = together[np.arange(len(parent)), parent]
    return np.where(share >= min_share, parent, -1), share


def _forest(weight: Floats, count: NDArray[np.int64]) -> dict[int, list[int]]:
    """Concept -> rarer concepts next to it in the maximum spanning tree."""
    tree = minimum_spanning_tree(csr_array(-weight)).tocoo()
    below: dict[int, list[int]] = {}
    for i, j in zip(tree.row.tolist(), tree.col.tolist(), strict=True):
        general, specific = (i, j) if (count[i], -i) >= (count[j], -j) else (j, i)
        below.setdefault(general, []).append(specific)
    return below


def _with_children(below: dict[int, list[int]], min_children: int) -> list[Family]:
    found = []
    for top, children in below.items():
        if len(children) > 2:
            family = Family(top, _reach(top, below))
            if len(family.members) - 1 > min_children:
                found.append(family)
    return sorted(found, key=lambda f: -len(f.members))


def _reach(top: int, below: dict[int, list[int]]) -> dict[int, list[int]]:
    """What lies below a concept; edges of a tree that all point away from it never meet again."""
    out, queue = {}, [top]
    while queue:
        here = queue.pop()
        if here in below:
            out[here] = below[here]
            queue += below[here]
    return out


def _distinct(found: list[Family], most: float) -> list[Family]:
    kept: list[tuple[Family, set[int]]] = []
    for family in sorted(found, key=lambda f: -len(f.members)):
        members = set(family.members)
        if all(len(members & other) / len(members | other) <= most for _, other in kept):
            kept.append((family, members))
    return [family for family, _ in kept]
