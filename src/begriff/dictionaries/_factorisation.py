"""What factorisations share: strengths and concepts in turns, each by least squares with the other fixed; whole, or batch by batch."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array, vstack

from begriff.base import Floats, check_vectors, row_batches
from begriff.errors import InputError
from begriff.estimators import Dictionary
from begriff.linalg.hals import hals_updates, nnls_shared

__all__ = ["Factorisation", "StreamedFactorisation"]

_FORGET = 0.7
_ENCODED = 8192


class Factorisation(Dictionary):
    """x ~ codes @ components_ with codes >= 0, of the smallest squared error."""

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "parts_")

    parts_: Floats
    n_concepts: int
    max_epochs: int
    tol: float
    random_state: int

    @abstractmethod
    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """First strengths (n_concepts, n_items) and concepts (n_concepts, n_dims) for Y (n_items, n_dims)."""

    @abstractmethod
    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        """Concepts for strengths Z of which gram is Z Z' (n_concepts, n_concepts), and linear is Z Y (n_concepts, n_dims)."""

    def _given(self, X: Floats) -> Floats:
        """Vectors as they are factorised."""
        return X

    def _directions(self, parts: Floats) -> Floats:
        """Factorised concepts in the space of the vectors."""
        return parts

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Learn concepts from X (n_items, n_dims) with weights (n_items,) of the items' errors.

        Raises
        ------
        InputError
            When there are fewer items than concepts, for vectors that are not finite, or a parameter out of range.
        """
        X = check_vectors(X, minimum=2)
        self._check(X)
        return self._set(self._in_turns(_weighted(self._given(X), _roots(sample_weight, len(X)))), X.shape[1])

    def _in_turns(self, Y: Floats) -> Floats:
        """Concepts, after turns that improve the error by less than ``tol`` of the first."""
        Z, parts = self._start(Y)
        whole, most = float(np.vdot(Y, Y)), int(1.5 + Y.shape[1] / (2 * self.n_concepts))
        first = last = np.inf
        for _ in range(self.max_epochs):
            hals_updates(Z, parts @ parts.T, parts @ Y.T, most)
            gram, linear = Z @ Z.T, Z @ Y
            parts = self._improve(parts, gram, linear)
            error = whole - 2 * float(np.vdot(parts, linear)) + float(np.vdot(gram, parts @ parts.T))
            first = min(first, error) if np.isinf(first) else first
            if last - error <= self.tol * first:
                break
            last = error
        return parts

    def _set(self, parts: Floats, n_dims: int) -> Self:
        self.parts_ = np.asarray(parts, dtype=np.float32)
        self.components_ = (self._directions(self.parts_) / self._lengths()).astype(np.float32)
        self.bias_ = np.zeros(n_dims, dtype=np.float32)
        self.n_core_ = self.n_concepts
        self.n_features_in_ = n_dims
        return self

    def randomise(self, random_state: int = 0) -> Self:
        """Put random parts, without a sign where the parts have none, in the place of those that were learnt.

        Returns
        -------
        Dictionary
            This one.
        """
        random = np.random.default_rng(random_state).standard_normal(self.parts_.shape).astype(np.float32)
        return self._set(np.abs(random) if self.parts_.min() >= 0 else random, self.n_features_in_)

    def _lengths(self) -> Floats:
        """Of the concepts (n_concepts, 1), in the space of the vectors."""
        return np.maximum(np.linalg.norm(self._directions(self.parts_), axis=1, keepdims=True), 1e-12)  # guards one that nothing needs

    def _encode(self, X: Floats) -> csr_array:
        gram, lengths = self.parts_ @ self.parts_.T, self._lengths()
        batches = [nnls_shared(gram, self.parts_ @ self._given(x).T) * lengths for _, x in row_batches(X, _ENCODED)]
        return csr_array(vstack([csr_array(b.T) for b in batches], format="csr", dtype=np.float32))

    def _check(self, X: Floats) -> None:
        if not 1 <= self.n_concepts <= len(X):
            raise InputError(f"n_concepts={self.n_concepts} for {len(X)} items: must be from 1 to the number of items")
        for name in ("max_epochs", "batch_size"):
            value = getattr(self, name, None)
            if value is not None and value <= 0:
                raise InputError(f"{name}={value}: must be above 0")


class StreamedFactorisation(Factorisation):
    """One that can hold a batch, and what the batches add up to, instead of all."""

    batch_size: int | None

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Learn concepts from X (n_items, n_dims) with weights (n_items,) of the items' errors.

        Raises
        ------
        InputError
            When there are fewer items than concepts, for vectors that are not finite, or a parameter out of range.
        """
        if self.batch_size is None:
            return super().fit(X, y, sample_weight)
        X = check_vectors(X, minimum=2)
        self._check(X)
        root = _roots(sample_weight, len(X))
        self.__dict__.pop("gram_", None)
        for _ in range(self.max_epochs):
            before = self.parts_ if hasattr(self, "gram_") else None
            for start, x in row_batches(X, self.batch_size):
                self._take(x, None if root is None else root[start : start + len(x)], len(x) / len(X))
            if before is not None and np.linalg.norm(self.parts_ - before) < self.tol * np.linalg.norm(before):
                break
        return self

    def partial_fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Go on from a batch X (n_items, n_dims) with weights (n_items,); the first must hold at least ``n_concepts`` items.

        Raises
        ------
        InputError
            As ``fit``.
        """
        X = check_vectors(X, n_dims=getattr(self, "n_features_in_", None), owner=type(self).__name__)
        if not hasattr(self, "gram_"):
            self._check(X)
        return self._take(X, _roots(sample_weight, len(X)), 0.0)

    def _take(self, X: Floats, root: Floats | None, share: float) -> Self:
        """One step: strengths of a batch, what it adds up to, concepts; over an epoch what came before fades to .7."""
        Y = _weighted(self._given(X), root)
        if not hasattr(self, "gram_"):
            parts = self._start(Y)[1]
            self.gram_: Floats = np.zeros((len(parts), len(parts)), np.float32)
            self.linear_: Floats = np.zeros(parts.shape, np.float32)
        else:
            parts = self.parts_
        Z = nnls_shared(parts @ parts.T, parts @ Y.T, sweeps=20, tol=1e-2)
        fade = np.float32(_FORGET**share)
        self.gram_, self.linear_ = fade * self.gram_ + Z @ Z.T, fade * self.linear_ + Z @ Y
        return self._set(self._improve(parts.copy(), self.gram_, self.linear_), X.shape[1])


def _roots(weights: Any, n: int) -> Floats | None:
    """Square roots (n, 1) of the weights of items: a factorisation of rows times them weighs their errors."""
    if weights is None:
        return None
    given = np.asarray(weights, dtype=np.float32)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any() or not given.any():
        raise InputError(f"sample_weight of shape {given.shape}: give {n} weights of at least zero, not all of them zero")
    return np.sqrt(given)[:, None]


def _weighted(Y: Floats, root: Floats | None) -> Floats:
    return Y if root is None else Y * root
