"""Non-negative matrix factorisation, of signed vectors too."""

from __future__ import annotations

import numpy as np

from begriff.dictionaries._factorisation import SplitBySign, StreamingFactorisation
from begriff.kinds.checks import Floats
from begriff.linalg.hals import hals_updates

__all__ = ["NMF"]


class NMF(SplitBySign, StreamingFactorisation):
    """Vectors as sums of non-negative parts, by accelerated hierarchical alternating least squares.

    Vectors with negative entries are split first: [x]+ and [-x]+ stand side by side, both without
    negative entries, and the parts of this pair are found. A concept is the difference of the two
    halves of its part, so ``inverse_transform`` gives signed vectors again. Activations are those
    that explain the pair, which is why they are sparser than signed directions would make them.

    Parameters
    ----------
    n_concepts : int, default 64
    batch_size : int, default None
        Rows of a step where memory is to be bounded; None holds X and its codes.
    max_epochs : int, default 200
        Passes over the data.
    tol : float, default 1e-4
        Stop when a pass improves the error by less than this share of the first error; with
        ``batch_size``, when parts change by less.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
        Zeros.
    parts_ : ndarray (n_concepts, n_dims) or (n_concepts, 2 * n_dims), float32, >= 0
        What is factorised into; twice as wide for signed vectors.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import NMF
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> nmf = NMF(8).fit(X)
    >>> bool(nmf.transform(X).data.min() >= 0), nmf.parts_.shape
    (True, (8, 32))

    Source: Gillis and Glineur 2012, "Accelerated multiplicative updates and hierarchical ALS
    algorithms for nonnegative matrix factorization"; Boutsidis and Gallopoulos 2008, "SVD based
    initialization: a head start for nonnegative matrix factorization".
    """

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        batch_size: int | None = None,
        max_epochs: int = 200,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """NNDSVDa, and items beyond its rank: of each singular pair the stronger of both signs, and
        means where that leaves zeros.
        """
        from sklearn.utils.extmath import randomized_svd

        rng = np.random.default_rng(self.random_state)
        rank = min(self.n_concepts, *Y.shape)
        U, S, V = randomized_svd(Y, rank, random_state=self.random_state)
        Z, parts = (
            np.zeros((self.n_concepts, len(Y)), np.float32),
            np.zeros((self.n_concepts, Y.shape[1]), np.float32),
        )
        for j in range(rank):
            sides = [(np.maximum(s * U[:, j], 0), np.maximum(s * V[j], 0)) for s in (1, -1)]
            lengths = [(np.linalg.norm(u), np.linalg.norm(v)) for u, v in sides]
            (u, v), (a, b) = max(
                zip(sides, lengths, strict=True), key=lambda pair: pair[1][0] * pair[1][1]
            )
            scale = np.sqrt(S[j] * a * b)
            # guards a matrix of zeros
            Z[j], parts[j] = scale * u / max(a, 1e-12), scale * v / max(b, 1e-12)
        mean = float(Y.mean())
        for start in (Z[:rank], parts[:rank]):
            start[start < 1e-6 * start.max()] = mean
        there = np.flatnonzero(Y.any(axis=1))
        if self.n_concepts > rank and len(there):
            parts[rank:] = Y[
                rng.choice(
                    there, self.n_concepts - rank, replace=len(there) < self.n_concepts - rank
                )
            ]
        return Z, parts

    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        hals_updates(parts, gram, linear, max(1, int(1 + 0.5 * parts.shape[1] / len(parts))))
        return parts
