"""Recursive non-negative matrix factorisation: concepts that are split again."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from begriff.dictionaries._factorisation import SplitBySign
from begriff.dictionaries.nmf import NMF
from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["RecursiveNMF"]


class RecursiveNMF(SplitBySign):
    """NMF twice: every concept of a coarse one is split, by a second one of the items that hold it
    most.

    A coarse concept often mixes things that only its own items tell apart. ``parents_`` says which
    coarse concept each row comes from; the activation of a parent is the sum of its children's.

    Parameters
    ----------
    n_concepts : int, default 64
        Rows of ``components_``: a multiple of ``n_children``.
    n_children : int, default 4
        Concepts that each coarse one is split into.
    share : float, default 0.1
        Of the items, those that hold a coarse concept most, are what it is split by; at least twice
        as many as children.
    max_epochs : int, default 200
        Passes over the data.
    tol : float, default 1e-4
        Stop when a pass improves the error by less than this share of the first error.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions, the children of one parent side by side.
    bias_ : ndarray (n_dims,), float32
        Zeros.
    parts_ : ndarray (n_concepts, n_dims) or (n_concepts, 2 * n_dims), float32, >= 0
        What is factorised into; twice as wide for signed vectors.
    parents_ : ndarray (n_concepts,), int64
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import RecursiveNMF
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> RecursiveNMF(8, n_children=2).fit(X).parents_.tolist()
    [0, 0, 1, 1, 2, 2, 3, 3]

    Source: Fel et al. 2023, "CRAFT: concept recursive activation factorization for explainability",
    arXiv 2211.10154, which splits in an earlier layer; here in the same space.
    """

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        n_children: int = 4,
        share: float = 0.1,
        max_epochs: int = 200,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.n_children = n_children
        self.share = share
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set the number of concepts, rounded down to a multiple of ``n_children``."""
        return self.set_params(
            n_concepts=max(self.n_children, n_concepts - n_concepts % self.n_children)
        )

    @property
    def parents_(self) -> NDArray[np.int64]:
        """The coarse concept (n_concepts,) of each row."""
        return np.arange(len(self.components_)) // self.n_children

    def _prepare(self, X: Floats) -> None:
        super()._prepare(X)
        if self.n_children < 1 or self.n_concepts % self.n_children:
            raise InputError(
                f"n_children={self.n_children} for n_concepts={self.n_concepts}: every coarse"
                " concept has as many children"
            )
        if not 0 < self.share <= 1:
            raise InputError(f"share={self.share}: a share of the items, above 0 and at most 1")

    def _learn(self, Y: Floats) -> Self:
        coarse = self._nmf(self.n_concepts // self.n_children).fit(Y)
        held = coarse.transform(Y).tocsc()
        n = min(len(Y), max(2 * self.n_children, round(self.share * len(Y))))
        children = []
        for j in range(held.shape[1]):
            strongest = np.argsort(-held[:, [j]].toarray().ravel(), kind="stable")[:n]
            children.append(self._nmf(self.n_children).fit(Y[np.sort(strongest)]).parts_)
        return self._set(np.concatenate(children))

    def _nmf(self, n: int) -> NMF:
        return NMF(n, max_epochs=self.max_epochs, tol=self.tol, random_state=self.random_state)
