"""A sparse autoencoder whose concepts come in nested groups."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, normalize

from begriff.nets.kernels import decode_prefixes, encode

__all__ = ["SparseAutoencoder"]


class SparseAutoencoder(nn.Module):
    """x ~ b + sum of the k_g strongest concepts of every group g.

    One group is a TopK autoencoder; several are a Matryoshka one, whose every prefix of groups must reconstruct on its own.

    Parameters
    ----------
    directions : Tensor (n_concepts, n_dims)
        Unit directions to start from; encoder and decoder start equal.
    sizes : tuple of int
        Concepts in each group.
    ks : tuple of int
        Concepts that may be active in each group.
    bias : Tensor (n_dims,)
        Start of the decoder's bias: the median of the data.
    half : bool
        Multiply by the encoder in bfloat16 (twice as fast where the CPU has it; choices of near ties may differ).
    n_anchored : int
        The first ``n_anchored`` concepts stay within ``slack`` of where they start.
    slack : float
        Largest distance of such a concept from its start.
    max_frequency : float
        Share of items on which a concept may be active; the bias of one above it is lowered until it is.
    """

    anchors: Tensor
    frequency: Tensor

    def __init__(
        self,
        directions: Tensor,
        sizes: tuple[int, ...],
        ks: tuple[int, ...],
        bias: Tensor,
        *,
        half: bool,
        n_anchored: int = 0,
        slack: float = 0.6,
        max_frequency: float = 1.0,
    ) -> None:
        super().__init__()
        self.sizes, self.ks, self.low_precision = sizes, ks, half
        self.starts = (0, *accumulate(sizes))
        self.slack, self.max_frequency = slack, max_frequency
        self.register_buffer("anchors", directions[:n_anchored].clone())
        self.register_buffer("frequency", torch.zeros(len(directions)))
        self.decoder = nn.Parameter(directions.clone())
        self.encoder = nn.Parameter(directions.clone())
        self.encoder_bias = nn.Parameter(torch.zeros(len(directions)))
        self.bias = nn.Parameter(bias.clone())

    def select(self, pre: Tensor) -> Tensor:
        """Indices (n, sum of ks) of the strongest pre-activations of every group; pre is (n, n_concepts)."""
        groups = zip(self.starts, self.sizes, self.ks, strict=False)
        return torch.cat([pre[:, s : s + n].topk(k, dim=1, sorted=False).indices + s for s, n, k in groups], dim=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values (n, k), indices (n, k), and what every prefix leaves unexplained (n_groups, n, n_dims)."""
        centred = x - self.bias
        values, indices = encode(centred, self.encoder, self.encoder_bias, self.select, half=self.low_precision)
        fired = torch.bincount(indices[values > 0], minlength=len(self.encoder)) / len(x)
        self.frequency.lerp_(fired, 0.2)
        return values, indices, centred - decode_prefixes(values, indices, self.decoder, self.ks)

    def revive(self, x: Tensor, rest: Tensor, dead: Tensor) -> Tensor:
        """What dead concepts miss when they alone explain the rest (n, n_dims): the auxiliary loss's residual.

        ``dead`` (n_dead,) holds concepts that have not fired for an epoch. Picking among them alone, instead of
        multiplying the live ones by zero, keeps a zero from outranking a dead concept's negative pre-activation.
        """
        pre = torch.addmm(self.encoder_bias[dead], x - self.bias.detach(), self.encoder[dead].T)
        best = pre.topk(min(x.shape[1] // 2 or 1, len(dead)), dim=1)
        guess = embedding_bag(dead[best.indices], self.decoder, mode="sum", per_sample_weights=best.values.relu())
        return rest.detach() - guess

    @torch.no_grad()
    def before_step(self) -> None:
        """Drop the part of the gradient along each direction: it would only change lengths, which are fixed."""
        grad = self.decoder.grad
        if grad is not None:
            grad.sub_((grad * self.decoder).sum(1, keepdim=True) * self.decoder)

    @torch.no_grad()
    def after_step(self) -> None:
        """Directions back to length 1 and near their anchors; concepts that fire too often made rarer."""
        self.decoder.div_(self.decoder.norm(dim=1, keepdim=True).clamp_(min=1e-12))  # guards a direction of zeros
        if len(self.anchors):
            near = self.decoder[: len(self.anchors)]
            off = near - self.anchors
            off *= (self.slack / off.norm(dim=1, keepdim=True).clamp_(min=1e-12)).clamp_(max=1.0)
            near.copy_(normalize(self.anchors + off))
        if self.max_frequency < 1:
            self.encoder_bias.sub_(0.02 * (self.frequency - 0.8 * self.max_frequency).clamp_(min=0))
