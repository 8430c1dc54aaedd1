"""What the sparse autoencoders share: fitting through the one loop, coding without torch."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.base import Floats, Progress, check_vectors, row_batches
from begriff.dictionaries.refit import refit
from begriff.errors import InputError, MissingExtraError
from begriff.estimators import Dictionary
from begriff.linalg.topk import top_columns

__all__ = ["Autoencoder"]


class Autoencoder(Dictionary):
    """Nested groups of concepts, of which the strongest few of each are active."""

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_", "encoder_", "encoder_bias_")

    encoder_: Floats
    encoder_bias_: Floats
    n_concepts: int
    learning_rate: float
    batch_size: int
    max_epochs: int
    tol: float
    slack: float
    max_frequency: float
    freeze_decoder: bool
    random_state: int
    device: str

    @abstractmethod
    def _groups(self) -> list[tuple[int, int]]:
        """(concepts, active ones) of every group."""

    def fit(
        self, X: Any, y: None = None, *, anchors: Floats | None = None, start: Autoencoder | None = None, progress: Progress | None = None
    ) -> Self:
        """Train on X (n_items, n_dims).

        Parameters
        ----------
        X : array_like, memmap, torch.Tensor or iterable of batches
        y : ignored
        anchors : ndarray (m, n_dims), optional
            Unit directions, at most as many as the core has concepts: concept i starts at anchor i and stays within ``slack`` of it.
        start : Autoencoder, optional
            A fitted one to go on from: its concepts start as they are, group by group, and keep their rows.
        progress : callable, optional
            Called with (step, steps).

        Raises
        ------
        InputError
            For vectors that are not finite, fewer than 2 items, or a parameter out of range.
        MissingExtraError
            Without torch.
        """
        groups = self._check_groups()
        X = check_vectors(X, minimum=2)
        if anchors is not None:
            anchors = check_vectors(anchors, n_dims=X.shape[1], name="anchors")
            if len(anchors) > groups[0][0]:
                raise InputError(f"{len(anchors)} anchors for a core of {groups[0][0]} concepts: give at most as many as the core has")
        if start is not None and start.n_features_in_ != X.shape[1]:
            raise InputError(
                f"start has {start.n_features_in_} dimensions, X has {X.shape[1]}: go on from a dictionary of the same encoder"
            )
        module = self._train(X, groups, anchors, start, progress)
        self.components_ = module.decoder.detach().cpu().numpy()
        self.bias_ = module.bias.detach().cpu().numpy()
        self.encoder_ = module.encoder.detach().cpu().numpy()
        self.encoder_bias_ = module.encoder_bias.detach().cpu().numpy()
        self.n_features_in_ = X.shape[1]
        self.n_core_ = groups[0][0]
        return self

    def _train(
        self, X: Floats, groups: list[tuple[int, int]], anchors: Floats | None, start: Autoencoder | None, progress: Progress | None
    ) -> Any:
        try:
            import torch
        except ImportError as e:
            raise MissingExtraError(type(self).__name__, "text") from e
        from begriff.nets.autoencoder import SparseAutoencoder
        from begriff.nets.losses import NestedReconstruction
        from begriff.nets.training import Schedule, half_precision, pick_device, train

        device = pick_device(self.device)
        generator = torch.Generator().manual_seed(self.random_state)
        sizes, ks = (tuple(g[i] for g in groups) for i in (0, 1))
        variance, bias = _moments(X, self.random_state)
        module = SparseAutoencoder(
            torch.from_numpy(self._start(X, sum(sizes), bias, anchors)),
            sizes,
            ks,
            torch.from_numpy(bias),
            half=half_precision(device),
            n_anchored=0 if anchors is None else len(anchors),
            slack=self.slack,
            max_frequency=self.max_frequency,
        ).to(device)
        if start is not None:
            self._go_on(module, start, groups)
        module.decoder.requires_grad_(not self.freeze_decoder)
        schedule = Schedule(self.learning_rate, self.batch_size, self.max_epochs, self.tol)
        loss = NestedReconstruction(module, variance, patience=max(1, len(X) // self.batch_size))
        train(module, X, loss, schedule, generator=generator, device=device, progress=progress)
        return module

    def _start(self, X: Floats, n: int, bias: Floats, anchors: Floats | None) -> Floats:
        """First directions: anchors, then centred items (fewer die than of random ones); all random when frozen."""
        rng = np.random.default_rng(self.random_state)
        directions = rng.standard_normal((n, X.shape[1])).astype(np.float32)
        if not self.freeze_decoder:
            rows = np.sort(rng.choice(len(X), min(n, len(X)), replace=False))
            directions[: len(rows)] = X[rows] - bias + 1e-3 * directions[: len(rows)]  # no direction for an item at the bias
        if anchors is not None:
            directions[: len(anchors)] = anchors
        return directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-12)  # guards an anchor of zeros

    @staticmethod
    def _go_on(module: Any, start: Autoencoder, groups: list[tuple[int, int]]) -> None:
        """Copy what another dictionary learnt, as many concepts of every group as both have."""
        import torch

        here = there = 0
        with torch.no_grad():
            module.bias.copy_(torch.from_numpy(start.bias_))
            for (size, _), (old, _) in zip(groups, start._groups(), strict=False):
                for name, learnt in (("decoder", "components_"), ("encoder", "encoder_"), ("encoder_bias", "encoder_bias_")):
                    kept = torch.from_numpy(getattr(start, learnt)[there : there + min(size, old)])
                    getattr(module, name)[here : here + len(kept)].copy_(kept)
                here, there = here + size, there + old

    def _encode(self, X: Floats) -> csr_array:
        batches = [self._support(x) for _, x in row_batches(X, 4096)]
        indices = np.concatenate(batches)
        k = indices.shape[1]
        support = csr_array(
            (np.ones(indices.size, np.float32), indices.ravel(), np.arange(0, indices.size + 1, k)),
            shape=(len(X), len(self.components_)),
        )
        return refit(support, X, self.components_, self.bias_, n_core=self.n_core_)

    def _support(self, x: Floats) -> NDArray[np.int64]:
        pre = (x - self.bias_) @ self.encoder_.T + self.encoder_bias_
        parts, start = [], 0
        for size, k in self._groups():
            parts.append(top_columns(pre[:, start : start + size], k) + start)
            start += size
        return np.sort(np.concatenate(parts, axis=1), axis=1)

    def _check_groups(self) -> list[tuple[int, int]]:
        groups = self._groups()
        for size, k in groups:
            if not 1 <= k <= size:
                raise InputError(f"k={k} of a group of {size} concepts: k must be from 1 to the number of concepts")
        self._check_positive("batch_size", "max_epochs", "learning_rate")
        if not 0 < self.max_frequency <= 1:
            raise InputError(f"max_frequency={self.max_frequency}: a share of items, above 0 and at most 1")
        if self.slack < 0:
            raise InputError(f"slack={self.slack}: a distance, at least 0")
        return groups


def _moments(X: Floats, seed: int) -> tuple[float, Floats]:
    """Total variance and per-dimension median of at most 20,000 rows."""
    n = min(len(X), 20_000)
    rows = np.sort(np.random.default_rng(seed).choice(len(X), n, replace=False))
    sample = np.asarray(X[rows])
    variance = float(((sample - sample.mean(0)) ** 2).sum(1).mean())
    return max(variance, 1e-12), np.median(sample, axis=0).astype(np.float32)  # guards a corpus of equal vectors
