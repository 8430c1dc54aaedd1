"""Semi-non-negative matrix factorisation: activations without a sign, concepts with one."""

from __future__ import annotations

import numpy as np
from scipy.linalg import pinvh

from begriff.dictionaries._clusters import memberships, quick_clusters
from begriff.dictionaries._factorisation import StreamingFactorisation
from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["SemiNMF"]


class SemiNMF(StreamingFactorisation):
    """Vectors as non-negative sums of signed concepts: k-means whose items may belong to several
    clusters, more or less.

    Activations are updated by coordinate descent, which for given concepts reaches the minimum that
    multiplicative updates creep towards; concepts by least squares. With ``winners`` below 1 every
    concept keeps only its largest entries (winner takes all), which makes concepts of a layer's
    neurons legible.

    Parameters
    ----------
    n_concepts : int, default 64
    winners : float, default 1.0
        Share of the dimensions that a concept keeps, the largest in absolute value; at least one.
    batch_size : int, default None
        Rows of a step where memory is to be bounded; None holds X and its codes.
    max_epochs : int, default 200
        Passes over the data.
    tol : float, default 1e-4
        Stop when a pass improves the error by less than this share of the first error; with
        ``batch_size``, when concepts change by less.
    random_state : int, default 0

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
        Zeros.
    parts_ : ndarray (n_concepts, n_dims), float32
        The directions with the lengths that the factorisation gave them.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import SemiNMF
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> semi = SemiNMF(8, winners=0.25).fit(X)
    >>> int((semi.components_ != 0).sum(axis=1).max())
    4

    Source: Ding, Li and Jordan 2010, "Convex and semi-nonnegative matrix factorizations"; Shafran
    et al. 2025, "Decomposing MLP activations into interpretable features via semi-nonnegative
    matrix factorization", arXiv 2506.10920 (winner takes all).
    """

    def __init__(
        self,
        n_concepts: int = 64,
        *,
        winners: float = 1.0,
        batch_size: int | None = None,
        max_epochs: int = 200,
        tol: float = 1e-4,
        random_state: int = 0,
    ) -> None:
        self.n_concepts = n_concepts
        self.winners = winners
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.random_state = random_state

    def _prepare(self, X: Floats) -> None:
        super()._prepare(X)
        if not 0 < self.winners <= 1:
            raise InputError(
                f"winners={self.winners}: a share of the dimensions, above 0 and at most 1"
            )

    def _start(self, Y: Floats) -> tuple[Floats, Floats]:
        """Clusters, of which every item also belongs to the others: by .5, which needs half the
        passes of the source's .2.
        """
        means, labels = quick_clusters(Y, self.n_concepts, self.random_state)
        Z = memberships(labels, self.n_concepts, 0.5)
        return Z, self._improve(means, Z @ Z.T, Z @ Y)

    def _improve(self, parts: Floats, gram: Floats, linear: Floats) -> Floats:
        # float32 products of activations that are alike may be no Gram matrix
        made = pinvh(gram.astype(np.float64), rtol=1e-6) @ linear
        if self.winners < 1:
            kept = max(1, round(self.winners * made.shape[1]))
            least = np.partition(np.abs(made), -kept, axis=1)[:, -kept, None]
            made[np.abs(made) < least] = 0
        return made.astype(np.float32)
