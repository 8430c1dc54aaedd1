"""Independent components."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, row_batches

__all__ = ["ICA"]


class ICA(Dictionary):
    """Directions along which vectors are as little Gaussian as can be; codes are signed and dense.

    Parameters
    ----------
    n_concepts : int, default 64
    max_epochs : int, default 200
        Passes over the data.
    tol : float, default 1e-4
        Stop when directions turn by less than this.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions in which the components add to a vector.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    unmixing_ : ndarray (n_concepts, n_dims), float32
        Codes are (x - bias_) @ unmixing_.T.
    n_core_ : int
        n_concepts.
    n_features_in_ : int
    n_iter_ : int
        Passes made; ``max_epochs`` where it has not converged.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import ICA
    >>> X = np.random.default_rng(0).laplace(size=(300, 4)).astype("float32")
    >>> ica = ICA(4).fit(X)
    >>> bool(np.allclose(ica.inverse_transform(ica.transform(X)), X, atol=1e-3))
    True

    Source: Hyvarinen and Oja 2000, "Independent component analysis: algorithms and applications";
    scikit-learn's ``FastICA``, wrapped.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "n_iter_")

    additive: ClassVar[bool] = False
    overcomplete: ClassVar[bool] = False
    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "unmixing_")

    unmixing_: Floats

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        max_epochs: int = 200,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn directions from X (n_items, n_dims).

        Raises
        ------
        InputError
            When n_concepts exceeds the number of dimensions in which vectors differ, or of items,
            or vectors are not finite.
        """
        from sklearn.decomposition import FastICA
        from sklearn.exceptions import ConvergenceWarning

        X = check_vectors(X, minimum=2)
        self._check_sizes(X, "max_epochs")
        rank = _rank(X)
        if self.n_concepts > rank:
            raise InputError(
                f"n_concepts={self.n_concepts} for vectors that differ in {rank} dimensions: must"
                f" be at most {rank}; PCA takes more"
            )
        solver = FastICA(
            self.n_concepts,
            whiten="unit-variance",
            max_iter=self.max_epochs,
            tol=self.tol,
            random_state=self.random_state,
        )
        # dimensions without a spread are not used
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            # n_iter_ says whether the passes were enough
            warnings.simplefilter("ignore", ConvergenceWarning)
            solver.fit(X)
        self.n_iter_ = int(solver.n_iter_)
        # guards a component that is nowhere
        length = np.maximum(np.linalg.norm(solver.mixing_, axis=0), 1e-12)
        self.components_ = (solver.mixing_ / length).T.astype(np.float32)
        self.unmixing_ = (solver.components_ * length[:, None]).astype(np.float32)
        self.bias_ = solver.mean_.astype(np.float32)
        self.n_core_ = self.n_concepts
        self.n_features_in_ = X.shape[1]
        return self

    def _randomise(self, rng: np.random.Generator) -> None:
        super()._randomise(rng)
        self.unmixing_ = np.linalg.pinv(self.components_).T.astype(np.float32)

    def _encode(self, X: Floats) -> csr_array:
        return csr_array((X - self.bias_) @ self.unmixing_.T)


def _rank(X: Floats) -> int:
    """Dimensions in which vectors differ."""
    mean = X.mean(0, dtype=np.float64)
    products = sum((b := x - mean).T @ b for _, x in row_batches(X, 8192))
    return int(np.linalg.matrix_rank(products, rtol=1e-10, hermitian=True))
