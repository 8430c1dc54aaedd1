"""Matryoshka sparse autoencoder: a core that stands on its own, and a fine layer."""

from __future__ import annotations

from typing import ClassVar, Self

from begriff.dictionaries._autoencoder import Autoencoder
from begriff.errors import InputError

__all__ = ["MatryoshkaSAE"]


class MatryoshkaSAE(Autoencoder):
    """Nested sparse autoencoder: the core must reconstruct alone, the fine layer adds what it
    misses.

    Anchors (``fit(X, anchors=...)``) tie the core to given directions, as the relaxed archetypal
    autoencoder ties it to points of the data: the directions of phrases make concepts that can be
    named and that another sample finds again.

    The loss is the mean of the unexplained variance of both prefixes (core; core and fine), each
    with its own top-k, and the auxiliary loss of dead concepts. The core is small, so that its
    concepts are found again and can carry names; the fine layer makes codes faithful enough to
    store.

    Parameters
    ----------
    n_concepts : int, default 4096
        Rows of ``components_``: core and fine.
    n_core : int, default 1024
        Concepts of the core, the first rows.
    k : int, default 32
        Active concepts of an item in the core.
    k_fine : int, default 24
        Active concepts of an item in the fine layer.
    learning_rate : float, default 1e-3
        Peak of Adam's schedule.
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
        Unit directions, the core first.
    bias_ : ndarray (n_dims,), float32
    encoder_ : ndarray (n_concepts, n_dims), float32
    encoder_bias_ : ndarray (n_concepts,), float32
    n_core_ : int
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.dictionaries import MatryoshkaSAE
    >>> X = np.random.default_rng(0).normal(size=(200, 16)).astype("float32")
    >>> sae = MatryoshkaSAE(64, n_core=16, k=2, k_fine=4, max_epochs=5).fit(X)
    >>> codes = sae.transform(X)
    >>> int(codes[:, :16].count_nonzero(axis=1).max()) <= 2
    True

    Source: Bussmann et al. 2025, "Learning multi-level features with Matryoshka sparse
    autoencoders", arXiv 2503.17547; Fel et al. 2025, "Archetypal SAE", arXiv 2502.12892 (bounded
    distance from anchors).
    """

    _betas: ClassVar[tuple[float, float]] = (0.9, 0.999)

    def __init__(
        self,
        n_concepts: int = 4096,
        *,
        n_core: int = 1024,
        k: int = 32,
        k_fine: int = 24,
        learning_rate: float = 1e-3,
        batch_size: int = 1024,
        max_epochs: int = 30,
        tol: float = 0.0,
        slack: float = 0.6,
        max_frequency: float = 0.1,
        freeze_decoder: bool = False,
        random_state: int = 0,
        device: str = "auto",
    ) -> None:
        self.n_concepts = n_concepts
        self.n_core = n_core
        self.k = k
        self.k_fine = k_fine
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_epochs = max_epochs
        self.tol = tol
        self.slack = slack
        self.max_frequency = max_frequency
        self.freeze_decoder = freeze_decoder
        self.random_state = random_state
        self.device = device

    def _groups(self) -> list[tuple[int, int]]:
        if not 1 <= self.n_core < self.n_concepts:
            raise InputError(
                f"n_core={self.n_core} of n_concepts={self.n_concepts}: the core must be smaller"
                " than the whole, and not empty"
            )
        return [(self.n_core, self.k), (self.n_concepts - self.n_core, self.k_fine)]

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set the numbers of concepts, a quarter of them in the core, of active ones, half of them
        there, and of items in a batch.
        """
        core = {"n_core": max(1, n_concepts // 4), "k": -(-k // 2), "k_fine": max(1, k // 2)}
        return self.set_params(n_concepts=n_concepts, batch_size=batch_size, **core)
