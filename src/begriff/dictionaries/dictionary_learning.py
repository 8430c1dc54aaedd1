"""Sparse dictionary learning."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array, vstack

from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, row_batches
from begriff.linalg.unit_rows import unit

__all__ = ["DictionaryLearning"]

_ENCODED = 2048


class DictionaryLearning(Dictionary):
    """Directions of which non-negative activations, penalised by their sum, rebuild vectors: sparse
    coding in its first form.

    An item's activations are the minimum of |x - bias_ - a C|^2 / 2 + alpha sum a over a >= 0,
    found anew for every item, where a sparse autoencoder guesses them.

    Parameters
    ----------
    n_concepts : int, default 64
    alpha : float, default 0.1
        Weight of the penalty, in units of the vectors: a larger one leaves fewer concepts active.
    batch_size : int, default 256
        Items of a step.
    max_epochs : int, default 20
        Most passes over the data; ten steps in a row that bring nothing end them.
    tol : float, default 1e-3
        Stop when directions change by less than this share in a step.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    n_core_ : int
        n_concepts.
    n_features_in_ : int
    n_iter_ : int
        Passes made; ``max_epochs`` where it has not converged.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import DictionaryLearning
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = DictionaryLearning(24, alpha=1.0).fit_transform(X)
    >>> bool(codes.data.min() >= 0), bool(codes.nnz < codes.shape[0] * codes.shape[1] / 2)
    (True, True)

    Source: Mairal et al. 2009, "Online dictionary learning for sparse coding"; scikit-learn's
    ``MiniBatchDictionaryLearning``, wrapped.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "n_iter_")

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        alpha: float = 0.1,
        batch_size: int = 256,
        max_epochs: int = 20,
        tol: float = 1e-3,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn directions from X (n_items, n_dims).

        Raises
        ------
        InputError
            When there are fewer items than concepts, for vectors that are not finite, or a
            parameter out of range.
        """
        from sklearn.decomposition import MiniBatchDictionaryLearning

        X = check_vectors(X, minimum=2)
        self._check_sizes(X, "alpha", "batch_size", "max_epochs")
        self.bias_ = np.asarray(X.mean(0, dtype=np.float64), dtype=np.float32)
        solver = MiniBatchDictionaryLearning(
            self.n_concepts,
            alpha=self.alpha,
            max_iter=self.max_epochs,
            fit_algorithm="cd",
            batch_size=min(self.batch_size, len(X)),
            dict_init=self.starts(X),
            positive_code=True,
            tol=self.tol,
            random_state=self.random_state,
        )
        with _quietly():
            solver.fit(X - self.bias_)
        self.n_iter_ = int(solver.n_iter_)
        self.components_ = unit(solver.components_).astype(np.float32)
        self.n_core_ = self.n_concepts
        self.n_features_in_ = X.shape[1]
        return self

    def starts(self, X: Any) -> Floats:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from: items, less the mean."""
        X = check_vectors(X, minimum=2)
        self._check_sizes(X)
        rng = np.random.default_rng(self.random_state)
        first = X[np.sort(rng.choice(len(X), self.n_concepts, replace=False))] - X.mean(
            0, dtype=np.float64
        )
        # noise: no direction for an item at the mean
        return unit(first + 1e-3 * rng.standard_normal(first.shape)).astype(np.float32)

    def _encode(self, X: Floats) -> csr_array:
        from sklearn.linear_model import Lasso

        gram = self.components_ @ self.components_.T
        codes = []
        # as scikit-learn's sparse_encode, whose solver draws from numpy's global generator
        solver = Lasso(
            alpha=self.alpha / X.shape[1],
            fit_intercept=False,
            precompute=gram,
            tol=1e-8,
            positive=True,
            random_state=0,
        )
        for _, x in row_batches(X - self.bias_, _ENCODED):
            with _without_warnings():
                solver.fit(self.components_.T, x.T, check_input=False)
            codes.append(csr_array(np.atleast_2d(solver.coef_)))
        return csr_array(vstack(codes, format="csr", dtype=np.float32))


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """Without warnings of steps that end early: ``n_iter_`` says whether the fit converged."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The same, and numpy's global generator stays as it was: the online solver draws a seed from
    it, and takes no other.
    """
    state = np.random.get_state()  # noqa: NPY002
    try:
        with _without_warnings():
            yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
