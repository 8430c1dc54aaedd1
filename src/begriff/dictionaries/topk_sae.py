"""TopK sparse autoencoder."""

from __future__ import annotations

from begriff.dictionaries._autoencoder import Autoencoder

__all__ = ["TopKSAE"]


class TopKSAE(Autoencoder):
    """Sparse autoencoder that keeps the k strongest concepts of every vector.

    ``fit`` minimises the unexplained variance of x ~ b + sum of the k largest relu(W_e (x - b) +
    b_e) times unit directions, with an auxiliary loss that lets dead concepts explain what live
    ones miss. ``transform`` chooses concepts by the encoder and their activations by non-negative
    least squares on the chosen directions, which is exact where an encoder is approximate.

    Parameters
    ----------
    n_concepts : int, default 1024
        Rows of ``components_``.
    k : int, default 32
        Active concepts of an item.
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
    n_core_ : int
        n_concepts: a flat dictionary is all core.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import TopKSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = TopKSAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, int(codes.count_nonzero(axis=1).max()) <= 4
    ((200, 32), True)

    Source: Gao et al. 2024, "Scaling and evaluating sparse autoencoders", arXiv 2406.04093.
    """
