"""Gated sparse autoencoder."""

from __future__ import annotations

from typing import Any, ClassVar

from begriff.dictionaries._threshold import ThresholdAutoencoder

__all__ = ["GatedSAE"]


class GatedSAE(ThresholdAutoencoder):
    """Sparse autoencoder that decides apart which concepts are active, and how much.

    Gates carry the penalty on sums, so that strengths are not made smaller by it. The penalty's
    weight follows k as that of ``L1SAE`` does. ``transform`` takes open gates as the support, and
    solves for activations by least squares.

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
        Zeros: a gate is open where its pre-activation is positive.
    log_scale_, magnitude_bias_ : ndarray (n_concepts,), float32
        What makes activations of the encoder's products, where activations are not solved for.
    n_core_ : int
        n_concepts: a flat dictionary is all core.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import GatedSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = GatedSAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, bool(codes.data.min() >= 0)
    ((200, 32), True)

    Source: Rajamanoharan et al. 2024, "Improving dictionary learning with gated sparse
    autoencoders", arXiv 2404.16014.
    """

    _learnt: ClassVar[tuple[str, ...]] = (
        *ThresholdAutoencoder._learnt,
        "log_scale_",
        "magnitude_bias_",
    )

    def _network(self, decoder: Any, common: dict[str, Any], patience: int) -> tuple[Any, Any]:
        from begriff.nets.autoencoder import GatedAutoencoder
        from begriff.nets.losses import Gated

        module = GatedAutoencoder(decoder, **common)
        return module, Gated(module, self.k)
