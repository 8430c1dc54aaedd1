"""JumpReLU sparse autoencoder."""

from __future__ import annotations

from typing import Any, ClassVar

from begriff.dictionaries._threshold import ThresholdAutoencoder
from begriff.kinds.checks import Floats

__all__ = ["JumpReLUSAE"]


class JumpReLUSAE(ThresholdAutoencoder):
    """Sparse autoencoder whose every concept has a threshold of its own, learnt with
    straight-through gradients.

    A concept is active where its pre-activation exceeds its threshold. The number of active
    concepts is penalised itself, by its squared distance from k, instead of their sum.

    Parameters
    ----------
    n_concepts : int, default 1024
        Rows of ``components_``.
    k : int, default 32
        Active concepts of an item, on average, that the penalty aims at.
    learning_rate : float, default None
        Peak of Adam's schedule; None is .128 / sqrt(n_concepts), at most .004.
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
        Pre-activation above which each concept is active.
    n_core_ : int
        n_concepts: a flat dictionary is all core.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import JumpReLUSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = JumpReLUSAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, bool(codes.data.min() >= 0)
    ((200, 32), True)

    Source: Rajamanoharan et al. 2024, "Jumping ahead: improving reconstruction fidelity with
    JumpReLU sparse autoencoders", arXiv 2407.14435.
    """

    # at twice that, with batches of 256, half of 256 concepts die: no auxiliary loss revives them
    _fastest: ClassVar[float] = 4e-3

    def _network(self, decoder: Any, common: dict[str, Any], patience: int) -> tuple[Any, Any]:
        from begriff.nets.autoencoder import JumpReLUAutoencoder
        from begriff.nets.losses import JumpReLU

        module = JumpReLUAutoencoder(decoder, **common)
        return module, JumpReLU(module, self.k)

    def _thresholds(self, X: Floats) -> Floats:
        return self.threshold_
