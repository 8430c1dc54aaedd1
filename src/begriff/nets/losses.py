"""Losses of autoencoders: objects that the training loop calls with a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from begriff.nets.autoencoder import SparseAutoencoder

__all__ = ["NestedReconstruction"]


class NestedReconstruction:
    """Mean over prefixes of the share of variance left unexplained, plus 1/32 of the auxiliary loss of dead concepts.

    A concept is dead after it has not fired for ``patience`` batches (an epoch: 10 million samples, as in
    the source, never pass in an embedding corpus).

    Source: Gao et al. 2024, arXiv 2406.04093 (TopK and the auxiliary loss); Bussmann et al. 2025,
    arXiv 2503.17547 (Matryoshka prefixes).
    """

    def __init__(self, module: SparseAutoencoder, variance: float, patience: int) -> None:
        self.module, self.variance, self.patience = module, variance, patience
        self.silent = torch.zeros(len(module.decoder), dtype=torch.int64, device=module.decoder.device)

    def __call__(self, x: Tensor) -> Tensor:
        values, indices, rests = self.module(x)
        loss: Tensor = rests.square().sum(2).mean() / self.variance
        self.silent += 1
        self.silent[indices[values > 0]] = 0
        dead = (self.silent > self.patience).nonzero()[:, 0]
        if len(dead):
            rest = rests[-1].detach()
            left = self.module.revive(x, rest, dead)
            spread = (rest - rest.mean(0)).square().sum().clamp(min=1e-12)  # guards a batch already explained in full
            loss = loss + left.square().sum() / spread / 32
        return loss
