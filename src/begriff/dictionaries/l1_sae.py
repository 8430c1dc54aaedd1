"""Sparse autoencoder with a penalty on the sum of activations."""

from __future__ import annotations

from typing import Any

from begriff.dictionaries._threshold import ThresholdAutoencoder

__all__ = ["L1SAE"]


class L1SAE(ThresholdAutoencoder):
    """Sparse autoencoder whose concepts are active where their pre-activation is positive, kept few
    by a penalty on their sum.

    The penalty's weight grows while items have more than k active concepts on average, and shrinks
    while they have fewer, so that methods can be compared at equal sparsity. Penalised strengths
    are too small; those that ``transform`` gives are solved for by least squares.

    Parameters
    ----------
    n_concepts : int, default 1024
        Rows of ``components_``.
    k : int, default 32
        Active concepts of an item, on average, that the penalty aims at.
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
        Zeros.
    n_core_ : int
        n_concepts: a flat dictionary is all core.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import L1SAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = L1SAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, bool(codes.data.min() >= 0)
    ((200, 32), True)

    Source: Bricken et al. 2023, "Towards monosemanticity: decomposing language models with
    dictionary learning", transformer-circuits.pub.
    """

    def _network(self, decoder: Any, common: dict[str, Any], patience: int) -> tuple[Any, Any]:
        from begriff.nets.autoencoder import DenseAutoencoder
        from begriff.nets.losses import L1

        module = DenseAutoencoder(decoder, **common)
        return module, L1(module, self.k)
