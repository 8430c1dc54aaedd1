"""Principal components as a dictionary: the dense, signed baseline."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array

from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors

__all__ = ["PCA"]


class PCA(Dictionary):
    """Orthogonal directions of greatest variance; codes are signed and every concept is active.

    Parameters
    ----------
    n_concepts : int, default 64
        At most n_dims and the number of items.
    random_state : int, default 0
        Seed of the randomised solver, used for large inputs.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Orthonormal rows, by falling variance.
    bias_ : ndarray (n_dims,), float32
        Mean of the data.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import PCA
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> pca = PCA(16).fit(X)
    >>> bool(np.allclose(pca.inverse_transform(pca.transform(X)), X, atol=1e-4))
    True

    Source: scikit-learn's ``PCA``, wrapped.
    """

    additive: ClassVar[bool] = False
    overcomplete: ClassVar[bool] = False

    def __init__(self, n_concepts: int = 64, *, random_state: int = 0) -> None:
        self.n_concepts = n_concepts
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Learn directions from X (n_items, n_dims).

        Raises
        ------
        InputError
            When n_concepts exceeds n_dims or the number of items, or vectors are not finite.
        """
        from sklearn import decomposition

        X = check_vectors(X, minimum=2)
        self._check_sizes(X)
        solver = decomposition.PCA(self.n_concepts, random_state=self.random_state).fit(X)
        self.components_ = solver.components_.astype(np.float32)
        self.bias_ = solver.mean_.astype(np.float32)
        self.n_core_ = self.n_concepts
        self.n_features_in_ = X.shape[1]
        return self

    def _randomise(self, rng: np.random.Generator) -> None:
        super()._randomise(rng)
        # a basis, as the learnt one is
        self.components_ = np.linalg.qr(self.components_.T)[0].T.astype(np.float32)

    def _encode(self, X: Floats) -> csr_array:
        return csr_array((X - self.bias_) @ self.components_.T)
