"""What factorisations share: activations and concepts in turns, each by least squares with the
other fixed; whole, or batch by batch.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array, vstack
from sklearn.base import clone

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, check_weights, row_batches
from begriff.linalg.hals import hals_updates, nnls_shared
from begriff.linalg.unit_rows import unit

__all__ = ["Factorisation", "Parts", "SplitBySign", "StreamingFactorisation"]

_FORGET = 0.7
_ENCODED = 8192


class Parts(Dictionary):
    """x ~ codes @ components_ with codes >= 0: a vector's activations are those of the smallest
    squared error for the parts.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "parts_")

    parts_: Floats
    n_concepts: int
    max_epochs: int
    tol: float
    random_state: int

    @abstractmethod
    def _learn(self, Y: Floats) -> Self:
        """Learn parts of Y (n_items, n_dims), and ``_set`` them."""

    def _given(self, X: Floats) -> Floats:
        """Vectors as they are factorised."""
        return X

    def _directions(self, parts: Floats) -> Floats:
        """Parts in the space of the vectors."""
        return parts

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Learn concepts from X (n_items, n_dims) with weights (n_items,) of the items' errors.

        Raises
        ------
        InputError
            When there are fewer items than concepts, for vectors that are not finite, or a
            parameter out of range.
        """
        X = check_vectors(X, minimum=2)
        self._prepare(X)
        root = _roots(sample_weight, len(X))
        if root is not None:
            self._check_sizes(X[: np.count_nonzero(root)])  # as many as count
        return self._learn(_weighted(self._given(X), root))

    def _prepare(self, X: Floats) -> None:
        """Check parameters, and forget what was learnt."""
        self._check_sizes(X, "max_epochs")

    def _set(self, parts: Floats) -> Self:
        self.parts_ = np.asarray(parts, dtype=np.float32)
        self.components_ = (self._directions(self.parts_) / self._lengths()).astype(np.float32)
        self.n_core_, self.n_features_in_ = self.components_.shape
        self.bias_ = np.zeros(self.n_features_in_, dtype=np.float32)
        return self

    def _randomise(self, rng: np.random.Generator) -> None:
        random = rng.standard_normal(self.parts_.shape).astype(np.float32)
        # parts without a sign stay so
        self._set(np.abs(random) if self.parts_.min() >= 0 else random)

    def _lengths(self) -> Floats:
        """Of the concepts (n_concepts, 1), in the space of the vectors."""
        # guards one that nothing needs
        return np.maximum(
            np.linalg.norm(self._directions(self.parts_), axis=1, keepdims=True), 1e-12
        )

    def _encode(self, X: Floats) -> csr_array:
        gram, lengths = self.parts_ @ self.parts_.T, self._lengths()
        batches = [
            nnls_shared(gram, self.parts_ @ self._given(x).T) * lengths
            for _, x in row_batches(X, _ENCODED)
        ]
        return csr_array(vstack([csr_array(b.T) for b in batches], format="csr", dtype=np.float32))


class SplitBySign(Parts):
    """Of vectors with negative entries [x]+ and [-x]+ are factorised side by side, and concepts are
    the difference of both halves.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "signed_")

    signed_: int

    def _prepare(self, X: Floats) -> None:
        super()._prepare(X)
        self.signed_ = int(X.min() < 0)

    def _given(self, X: Floats) -> Floats:
        if self.signed_:
            return np.concatenate([np.maximum(X, 0), np.maximum(-X, 0)], axis=1)
        low = X.min(initial=0.0)
        if low < 0:
            raise InputError(
                f"X holds {low:.3g}, and this {type(self).__name__} was fitted on vectors without"
                " negative entries: fit it on vectors that have some, which are split into their"
                " positive and negative parts"
            )
        return X

    def _directions(self, parts: Floats) -> Floats:
        return (
            parts[:, : parts.shape[1] // 2] - parts[:, parts.shape[1] // 2 :]
            if self.signed_
            else parts
        )


class Factorisation(Parts):
    """Activations and parts in turns, until a turn improves the error by less than ``tol`` of the
    first.
    """

    gram_: Floats
    linear_: Floats

    @abstractmethod
    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """First activations (n_concepts, n_items) and parts (n_concepts, n_dims) for Y (n_items,
        n_dims).
        """

    @abstractmethod
    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        """Parts for activations Z of which gram is Z Z' (n_concepts, n_concepts), and linear is Z Y
        (n_concepts, n_dims).
        """

    def starts(self, X: Any) -> Floats:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from."""
        X = check_vectors(X, minimum=2)
        fresh = clone(self)  # what is learnt already stays
        fresh._prepare(X)
        return unit(fresh._directions(fresh._start(fresh._given(X))[1])).astype(np.float32)

    def _learn(self, Y: Floats) -> Self:
        Z, parts = self._start(Y)
        whole, most = float(np.vdot(Y, Y)), int(1.5 + Y.shape[1] / (2 * self.n_concepts))
        errors: list[float] = []
        for _ in range(self.max_epochs):
            hals_updates(Z, parts @ parts.T, parts @ Y.T, most)
            self.gram_, self.linear_ = Z @ Z.T, Z @ Y
            parts = self._improve(parts, self.gram_, self.linear_)
            errors.append(
                whole
                - 2 * float(np.vdot(parts, self.linear_))
                + float(np.vdot(self.gram_, parts @ parts.T))
            )
            if len(errors) > 1 and errors[-2] - errors[-1] <= self.tol * errors[0]:
                break
        return self._set(parts)


class StreamingFactorisation(Factorisation):
    """One that can hold, with a ``batch_size``, a batch and what the batches add up to.

    That are products of activations (``gram_``) and of activations with vectors (``linear_``), from
    which ``partial_fit`` goes on.
    """

    _learnt: ClassVar[tuple[str, ...]] = (*Parts._learnt, "gram_", "linear_")

    batch_size: int | None

    def fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Learn concepts from X (n_items, n_dims) with weights (n_items,) of the items' errors.

        Raises
        ------
        InputError
            When there are fewer items, or items in a batch, than concepts, for vectors that are not
            finite, or a parameter out of range.
        """
        if self.batch_size is None:
            return super().fit(X, y, sample_weight)
        X = check_vectors(X, minimum=2)
        self._prepare(X)
        if self.batch_size < self.n_concepts:
            raise InputError(
                f"batch_size={self.batch_size} for {self.n_concepts} concepts: a batch must hold as"
                " many items as there are concepts"
            )
        root = _roots(sample_weight, len(X))
        for epoch in range(self.max_epochs):
            before = getattr(self, "parts_", None) if epoch else None
            for start, x in row_batches(X, self.batch_size):
                self._take(
                    x, None if root is None else root[start : start + len(x)], len(x) / len(X)
                )
            if not hasattr(self, "gram_"):
                raise InputError(
                    "X holds nothing but zeros, or weights of 0: give vectors of which some are not"
                )
            if before is not None and np.linalg.norm(
                self.parts_ - before
            ) < self.tol * np.linalg.norm(before):
                break
        return self

    def partial_fit(self, X: Any, y: None = None, sample_weight: Any = None) -> Self:
        """Go on from ``fit`` or the batch before with X (n_items, n_dims) and weights (n_items,).

        Where nothing was fitted, the batch must hold at least ``n_concepts`` items.

        Raises
        ------
        InputError
            As ``fit``.
        """
        X = check_vectors(
            X, n_dims=getattr(self, "n_features_in_", None), owner=type(self).__name__
        )
        if not hasattr(self, "gram_"):
            self._prepare(X)
        return self._take(X, _roots(sample_weight, len(X)), 0.0)

    def starts(self, X: Any) -> Floats:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from."""
        return super().starts(check_vectors(X, minimum=2)[: self.batch_size])

    def _prepare(self, X: Floats) -> None:
        super()._prepare(X)
        self._check_positive("batch_size")
        for learnt in ("gram_", "linear_"):
            self.__dict__.pop(learnt, None)

    def _take(self, X: Floats, root: Floats | None, share: float) -> Self:
        """One step: activations of a batch, what it adds up to, concepts; over an epoch what came
        before fades to .7.
        """
        Y = _weighted(self._given(X), root)
        if not Y.any():  # nothing to start from, or to learn
            return self
        parts = self.parts_ if hasattr(self, "gram_") else self._start(Y)[1]
        Z = nnls_shared(parts @ parts.T, parts @ Y.T, sweeps=20, tol=1e-2)
        fade = np.float32(_FORGET**share)
        self.gram_ = fade * getattr(self, "gram_", np.float32(0)) + Z @ Z.T
        self.linear_ = fade * getattr(self, "linear_", np.float32(0)) + Z @ Y
        return self._set(self._improve(parts.copy(), self.gram_, self.linear_))


def _roots(weights: Any, n: int) -> Floats | None:
    """Square roots (n, 1) of the weights of items: a factorisation of rows times them weighs their
    errors.
    """
    given = check_weights(weights, n)
    return None if given is None else np.sqrt(given)[:, None].astype(np.float32)


def _weighted(Y: Floats, root: Floats | None) -> Floats:
    return Y if root is None else Y * root
