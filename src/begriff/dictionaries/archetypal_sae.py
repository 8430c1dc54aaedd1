"""Archetypal sparse autoencoder, relaxed or not."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from begriff.dictionaries._autoencoder import Autoencoder
from begriff.dictionaries._clusters import quick_clusters
from begriff.errors import InputError
from begriff.kinds.checks import Floats

__all__ = ["ArchetypalSAE"]


class ArchetypalSAE(Autoencoder):
    """TopK autoencoder whose concepts are means of points of the data, and may lie at most
    ``slack`` beside them.

    Points are centroids of k-means, min(4 * n_concepts, n_items / 10) of them and at least as many
    as there are concepts. With ``slack=0`` concepts point into their convex hull (archetypal);
    above that it is the relaxed kind. Directions have length 1, where the source has one common
    factor for all: lengths are part of the codes.

    Concepts start at centroids. Two fits that start at the same centroids end near each other for
    that reason alone: compare seeds, and the distance before training, before calling them stable.

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
    slack : float, default 0.1
        Largest distance of a concept from the hull, as a share of the data's typical distance from
        the mean.
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
    >>> from begriff.dictionaries import ArchetypalSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> codes = ArchetypalSAE(32, k=4, max_epochs=5).fit_transform(X)
    >>> codes.shape, bool(codes.data.min() >= 0)
    ((200, 32), True)

    Source: Fel et al. 2025, "Archetypal SAE: adaptive and stable dictionary learning for concept
    extraction in large vision models", arXiv 2502.12892.
    """

    anchors: ClassVar[bool] = False

    def __init__(
        self,
        n_concepts: int = 1024,
        *,
        k: int = 32,
        learning_rate: float | None = None,
        batch_size: int = 1024,
        max_epochs: int = 30,
        tol: float = 0.0,
        slack: float = 0.1,
        max_frequency: float = 0.1,
        freeze_decoder: bool = False,
        random_state: int = 0,
        device: str = "auto",
    ) -> None:
        super().__init__(
            n_concepts,
            k=k,
            learning_rate=learning_rate,
            batch_size=batch_size,
            max_epochs=max_epochs,
            tol=tol,
            slack=slack,
            max_frequency=max_frequency,
            freeze_decoder=freeze_decoder,
            random_state=random_state,
            device=device,
        )

    def _decoder(self, X: Floats, bias: Floats, scale: float, anchors: Floats | None) -> Any:
        import torch

        from begriff.nets.directions import Hull

        if anchors is not None:
            raise InputError(
                "archetypal concepts are tied to centroids: fit without anchors, or choose TopKSAE"
                " or MatryoshkaSAE"
            )
        if self.freeze_decoder:
            points = self._start(X, bias, scale, None)
        else:
            points = self._centroids(X, bias) / np.float32(scale)
        return Hull(torch.from_numpy(points), self.n_concepts, self.slack)

    def _centroids(self, X: Floats, bias: Floats) -> Floats:
        n = max(self.n_concepts, min(4 * self.n_concepts, len(X) // 10))
        if n > len(X):
            raise InputError(
                f"n_concepts={self.n_concepts} for {len(X)} items: an archetypal dictionary needs"
                " at least as many items"
            )
        return quick_clusters(X, n, self._seed)[0] - bias

    def _directions(self, decoder: Any, start: Autoencoder) -> tuple[Any, Floats]:
        """Concepts of another dictionary take the places of the first points, at their lengths:
        means of the points that it learnt from.
        """
        lengths = decoder.points[: len(start.components_)].norm(dim=1, keepdim=True).cpu().numpy()
        return decoder.points, start.components_[: len(lengths)] * lengths
