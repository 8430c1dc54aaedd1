"""What factorisations share: strengths and concepts in turns, each by least squares with the other fixed; whole, or batch by batch."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array, vstack
from sklearn.base import clone

from begriff.base import Floats, check_vectors, row_batches
from begriff.errors import InputError
from begriff.estimators import Dictionary
from begriff.linalg.hals import hals_updates, nnls_shared

__all__ = ["Factorisation"]

_FORGET = 0.7
_ENCODED = 8192


class Factorisation(Dictionary):
    """x ~ codes @ components_ with codes >= 0, of the smallest squared error.

    ``fit`` holds X and its codes, or with a ``batch_size`` a batch and what the batches add up to: products of strengths (``gram_``) and of
    strengths with vectors (``linear_``), from which ``partial_fit`` goes on.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "parts_", "gram_", "linear_")

    parts_: Floats
    gram_: Floats
    linear_: Floats
    n_concepts: int
    batch_size: int | None
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
            When there are fewer items, or items in a batch, than concepts, for vectors that are not finite, or a parameter out of range.
        """
        X = check_vectors(X, minimum=2)
        self._prepare(X)
        root = _roots(sample_weight, len(X))
        if self.batch_size is None:
            return self._in_turns(_weighted(self._given(X), root))
        if self.batch_size < self.n_concepts:
            raise InputError(
                f"batch_size={self.batch_size} for {self.n_concepts} concepts: a batch must hold as many items as there are concepts"
            )
        for epoch in range(self.max_epochs):
            before = self.parts_ if epoch else None
            for start, x in row_batches(X, self.batch_size):
                self._take(x, None if root is None else root[start : start + len(x)], len(x) / len(X))
            if before is not None and np.linalg.norm(self.parts_ - before) < self.tol * np.linalg.norm(before):
                break
        return self

    def starts(self, X: Any) -> Floats:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from."""
        X = check_vectors(X, minimum=2)[: self.batch_size]
        fresh = clone(self)  # what is learnt already stays
        fresh._prepare(X)
        found = fresh._directions(fresh._start(fresh._given(X))[1])
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12), dtype=np.float32)  # guards zeros

    def partial_fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Go on from ``fit`` or the batch before with X (n_items, n_dims) and weights (n_items,).

        Where nothing was fitted, the batch must hold at least ``n_concepts`` items.

        Raises
        ------
        InputError
            As ``fit``.
        """
        X = check_vectors(X, n_dims=getattr(self, "n_features_in_", None), owner=type(self).__name__)
        if not hasattr(self, "gram_"):
            self._prepare(X)
        return self._take(X, _roots(sample_weight, len(X)), 0.0)

    def _prepare(self, X: Floats) -> None:
        """Check parameters, and forget what was learnt."""
        self._check_sizes(X, "max_epochs", "batch_size")
        for learnt in ("gram_", "linear_"):
            self.__dict__.pop(learnt, None)

    def _in_turns(self, Y: Floats) -> Self:
        """Turns that improve the error by less than ``tol`` of the first end it."""
        Z, parts = self._start(Y)
        whole, most = float(np.vdot(Y, Y)), int(1.5 + Y.shape[1] / (2 * self.n_concepts))
        errors: list[float] = []
        for _ in range(self.max_epochs):
            hals_updates(Z, parts @ parts.T, parts @ Y.T, most)
            self.gram_, self.linear_ = Z @ Z.T, Z @ Y
            parts = self._improve(parts, self.gram_, self.linear_)
            errors.append(whole - 2 * float(np.vdot(parts, self.linear_)) + float(np.vdot(self.gram_, parts @ parts.T)))
            if len(errors) > 1 and errors[-2] - errors[-1] <= self.tol * errors[0]:
                break
        return self._set(parts)

    def _take(self, X: Floats, root: Floats | None, share: float) -> Self:
        """One step: strengths of a batch, what it adds up to, concepts; over an epoch what came before fades to .7."""
        Y = _weighted(self._given(X), root)
        parts = self.parts_ if hasattr(self, "gram_") else self._start(Y)[1]
        Z = nnls_shared(parts @ parts.T, parts @ Y.T, sweeps=20, tol=1e-2)
        fade = np.float32(_FORGET**share)
        self.gram_ = fade * getattr(self, "gram_", np.float32(0)) + Z @ Z.T
        self.linear_ = fade * getattr(self, "linear_", np.float32(0)) + Z @ Y
        return self._set(self._improve(parts.copy(), self.gram_, self.linear_))

    def _set(self, parts: Floats) -> Self:
        self.parts_ = np.asarray(parts, dtype=np.float32)
        self.components_ = (self._directions(self.parts_) / self._lengths()).astype(np.float32)
        self.n_core_, self.n_features_in_ = self.components_.shape
        self.bias_ = np.zeros(self.n_features_in_, dtype=np.float32)
        return self

    def randomise(self, random_state: int = 0) -> Self:
        """Put random parts, without a sign where the parts have none, in the place of those that were learnt.

        Returns
        -------
        Dictionary
            This one.
        """
        random = np.random.default_rng(random_state).standard_normal(self.parts_.shape).astype(np.float32)
        return self._set(np.abs(random) if self.parts_.min() >= 0 else random)

    def _lengths(self) -> Floats:
        """Of the concepts (n_concepts, 1), in the space of the vectors."""
        return np.maximum(np.linalg.norm(self._directions(self.parts_), axis=1, keepdims=True), 1e-12)  # guards one that nothing needs

    def _encode(self, X: Floats) -> csr_array:
        gram, lengths = self.parts_ @ self.parts_.T, self._lengths()
        batches = [nnls_shared(gram, self.parts_ @ self._given(x).T) * lengths for _, x in row_batches(X, _ENCODED)]
        return csr_array(vstack([csr_array(b.T) for b in batches], format="csr", dtype=np.float32))


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
