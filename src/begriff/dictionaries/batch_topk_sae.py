"""BatchTopK sparse autoencoder."""

from __future__ import annotations

from typing import Any

import numpy as np

from begriff.dictionaries._threshold import ThresholdAutoencoder
from begriff.kinds.checks import Floats

__all__ = ["BatchTopKSAE"]

_CALIBRATED = 4096
_ENTRIES = 2**25


class BatchTopKSAE(ThresholdAutoencoder):
    """Sparse autoencoder that keeps the k * n strongest concepts of a batch of n vectors: some need
    more than k, some fewer.

    ``fit`` minimises what ``TopKSAE`` does. Codes must not depend on which items are coded
    together: ``transform`` keeps what exceeds one threshold, set after training so that the items
    that were trained on have k active concepts on average.

    Parameters
    ----------
    n_concepts : int, default 1024
        Rows of ``components_``.
    k : int, default 32
        Active concepts of an item, on average.
    learning_rate : float, default None
        Peak of Adam's schedule; None is .128 / sqrt(n_concepts), at most .008.
    batch_size : int, default 1024
    max_epochs : int, default 30
    tol : float, default 0.0
        Stop when an epoch improves the loss by less than this share.
    slack : float, default 0.6
        Largest distance of a concept from its anchor, where ``fit`` is given anchors.
    max_frequency : float, default 0.1
        Share of items on which a concept may be active; a concept above it would say nothing about
        an item.
    freeze_decoder : bool, default False
        Keep the random first directions and train the encoder alone: the control beside which
        figures stand.
    random_state : int, default 0
        Seed of directions and batches; equal seeds and thread counts give equal dictionaries.
    device : str, default "auto"
        ``"auto"`` (the GPU when there is one), ``"cpu"``, ``"cuda"``.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
    encoder_ : ndarray (n_concepts, n_dims), float32
    encoder_bias_ : ndarray (n_concepts,), float32
    threshold_ : ndarray (n_concepts,), float32
        Pre-activation above which a concept is active; the same for all.
    n_core_ : int
        n_concepts: a flat dictionary is all core.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import BatchTopKSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = BatchTopKSAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, bool(codes.data.min() >= 0)
    ((200, 32), True)

    Source: Bussmann, Leask and Nanda 2024, "BatchTopK sparse autoencoders", arXiv 2412.06410.
    """

    def _network(self, decoder: Any, common: dict[str, Any], patience: int) -> tuple[Any, Any]:
        from begriff.nets.activations import BatchTopK
        from begriff.nets.autoencoder import SparseAutoencoder
        from begriff.nets.losses import NestedReconstruction

        module = SparseAutoencoder(decoder, BatchTopK(self._groups()), **common)
        return module, NestedReconstruction(module, patience)

    def _thresholds(self, X: Floats) -> Floats:
        """What k of a sampled item's concepts exceed on average, midway to the next, so that
        rounding moves none across; at least 0.
        """
        n = min(len(X), _CALIBRATED, max(1, _ENTRIES // self.n_concepts))
        rows = np.sort(np.random.default_rng(self._seed).choice(len(X), n, replace=False))
        pre = self._pre_activations(np.asarray(X[rows])).ravel()
        first = len(pre) - min(self.k * len(rows), len(pre) - 1)
        between = float(np.partition(pre, [first - 1, first])[first - 1 : first + 1].mean())
        return np.full(self.n_concepts, max(between, 0.0), dtype=np.float32)
