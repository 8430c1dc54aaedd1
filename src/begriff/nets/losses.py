"""Losses of autoencoders: objects that the training loop calls with a batch.

Errors are shares of the data's variance.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from begriff.nets.autoencoder import (
    DenseAutoencoder,
    GatedAutoencoder,
    JumpReLUAutoencoder,
    SparseAutoencoder,
)

__all__ = ["Gated", "jump", "JumpReLU", "L1", "NestedReconstruction"]


class NestedReconstruction:
    """Mean over prefixes of the share of variance left unexplained, plus 1/32 of the auxiliary loss
    of dead concepts.

    A concept is dead after it has not fired for ``patience`` batches (an epoch: 10 million samples,
    as in the source, never pass in an embedding corpus).

    Source: Gao et al. 2024, arXiv 2406.04093 (TopK and the auxiliary loss); Bussmann et al. 2025,
    arXiv 2503.17547 (Matryoshka prefixes).
    """

    def __init__(self, module: SparseAutoencoder, patience: int) -> None:
        self.module, self.patience = module, patience
        self.silent = torch.zeros(
            len(module.encoder), dtype=torch.int64, device=module.encoder.device
        )

    def __call__(self, x: Tensor) -> Tensor:
        directions = self.module.decoder()
        fired, rests = self.module(x, directions)
        loss: Tensor = rests.square().sum(2).mean()
        self.silent += 1
        self.silent[fired] = 0
        dead = (self.silent > self.patience).nonzero()[:, 0]
        if len(dead):
            rest = rests[-1].detach()
            left = self.module.revive(x, directions, rest, dead)
            # guards a batch already explained in full
            spread = (rest - rest.mean(0)).square().sum().clamp(min=1e-12)
            loss = loss + left.square().sum() / spread / 32
        return loss


class L1:
    """Unexplained variance plus a weight times the sum of activations.

    The weight follows how many concepts are active.

    A fixed weight, as in the source, gives a sparsity that is only known afterwards: here it grows
    while more than ``k`` concepts are active on average, and shrinks while fewer are.

    Source: Bricken et al. 2023, "Towards monosemanticity: decomposing language models with
    dictionary learning".
    """

    def __init__(
        self, module: DenseAutoencoder, k: float, *, weight: float = 0.05, rate: float = 0.02
    ) -> None:
        self.module, self.k, self.weight, self.rate = module, k, weight, rate

    def __call__(self, x: Tensor) -> Tensor:
        centred = self.module.centre(x)
        codes = self.module.pre_activations(centred).float().relu()
        self.adapt(codes)
        error = (centred - self.module.decode(codes, self.module.decoder())).square().sum(1).mean()
        return error + self.weight * codes.sum(1).mean()

    @torch.no_grad()
    def adapt(self, codes: Tensor) -> None:
        """Count who fires, and move the weight towards ``k`` active concepts."""
        fired = (codes > 0).float().mean(0)
        self.module.count(fired)
        excess = math.log(max(float(fired.sum()), 1e-3) / self.k)
        self.weight *= math.exp(self.rate * min(max(excess, -1.0), 1.0))


class Gated(L1):
    """Unexplained variance, a weighted sum of open gates, and what gates alone, as activations,
    would leave unexplained.

    Directions and bias are constants in the last one: it teaches the gates alone.

    Source: Rajamanoharan et al. 2024, "Improving dictionary learning with gated sparse
    autoencoders", arXiv 2404.16014.
    """

    module: GatedAutoencoder

    def __call__(self, x: Tensor) -> Tensor:
        module, centred, directions = self.module, self.module.centre(x), self.module.decoder()
        gate = module.pre_activations(centred).float()
        codes = module.magnitudes(gate)
        self.adapt(codes)
        error = (centred - module.decode(codes, directions)).square().sum(1).mean()
        still = (
            x / module.scale
            - module.bias.detach()
            - module.decode(gate.relu(), directions.detach())
        )
        return error + self.weight * gate.relu().sum(1).mean() + still.square().sum(1).mean()


class JumpReLU:
    """Unexplained variance plus a weight times (active concepts / k - 1)^2, with straight-through
    gradients of the thresholds.

    Source: Rajamanoharan et al. 2024, "Jumping ahead: improving reconstruction fidelity with
    JumpReLU sparse autoencoders", arXiv 2407.14435; the quadratic penalty is from its section on a
    target sparsity.
    """

    def __init__(self, module: JumpReLUAutoencoder, k: float, *, weight: float = 1.0) -> None:
        self.module, self.k, self.weight = module, k, weight

    def __call__(self, x: Tensor) -> Tensor:
        centred = self.module.centre(x)
        pre = self.module.pre_activations(centred).float().relu()
        codes, active = jump(pre, self.module.threshold, self.module.bandwidth)
        self.module.count(active.detach().mean(0))
        error = (centred - self.module.decode(codes, self.module.decoder())).square().sum(1).mean()
        return error + self.weight * (active.sum(1).mean() / self.k - 1) ** 2


def jump(pre: Tensor, threshold: Tensor, bandwidth: float) -> tuple[Tensor, Tensor]:
    """pre * 1[pre > threshold] and 1[pre > threshold], both (n, n_concepts).

    To the threshold both send a straight-through gradient through a rectangular kernel K of width
    ``bandwidth``: -(threshold / bandwidth) K((pre - threshold) / bandwidth) and -K(...) /
    bandwidth; to ``pre`` only the first one sends any.
    """
    return _Jump.apply(pre, threshold, bandwidth)


class _Jump(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, pre: Tensor, threshold: Tensor, bandwidth: float
    ) -> tuple[Tensor, Tensor]:
        active = pre > threshold
        ctx.save_for_backward(pre, threshold, active)
        ctx.bandwidth = bandwidth
        return pre * active, active.to(pre.dtype)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        pre, threshold, active = ctx.saved_tensors
        of_codes, of_active = grads
        near = ((pre - threshold).abs() < ctx.bandwidth / 2) / ctx.bandwidth
        return of_codes * active, -(near * (threshold * of_codes + of_active)).sum(0), None
