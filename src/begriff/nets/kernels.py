"""Sparse products of an autoencoder, forwards and backwards, without a dense code.

Codes of a batch of n items are three flat arrays, sorted by bag: ``values`` (m,) float32 the
activations, ``indices`` (m,) int64 the concepts, ``bags`` (m,) int64 = group * n + item. Items may
have different numbers of them. Written as a matrix S (n, n_concepts), codes would be 99 % zeros;
every product with S or its transpose below is a bag of rows summed with weights, which is what
``torch.nn.functional.embedding_bag`` does fast on a CPU and on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import embedding_bag

__all__ = ["bag_sums", "decode_prefixes", "encode", "transposed_product"]

Select = Callable[[Tensor], tuple[Tensor, Tensor]]


def bag_sums(values: Tensor, indices: Tensor, bags: Tensor, weight: Tensor, n_bags: int) -> Tensor:
    """Rows of ``weight`` (n_concepts, n_dims) at ``indices`` (m,), times ``values`` (m,), summed by
    bag: (n_bags, n_dims).
    """
    counts = torch.bincount(bags, minlength=n_bags)
    return embedding_bag(
        indices, weight, torch.cumsum(counts, 0) - counts, mode="sum", per_sample_weights=values
    )


def transposed_product(
    values: Tensor, indices: Tensor, rows: tuple[Tensor, Tensor], n_concepts: int
) -> Tensor:
    """S^T R for S given by its non-zeros.

    Parameters
    ----------
    values, indices : Tensor (m,), float32 and int64
        Non-zeros of S: activation, and the concept (column) each belongs to.
    rows : tuple (Tensor (m,), Tensor (n, n_dims))
        For each non-zero the row of R that it multiplies, and R.
    n_concepts : int
        Rows of the result.

    Returns
    -------
    Tensor (n_concepts, n_dims)

    Notes
    -----
    Sorting the non-zeros by concept turns the scatter into one bag per concept, which is read in
    order: 1-2 ms where ``zeros.scatter(...).T @ R`` takes 50 (1,024 x 4,096, 32 active, 2 cores).
    """
    which, matrix = rows
    order = torch.argsort(indices, stable=True)
    return bag_sums(values[order], which[order], indices, matrix, n_concepts)


class _Encode(torch.autograd.Function):
    """relu(x W^T + b) on the entries that ``select`` keeps; gradients flow through those alone."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, select: Select, half: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        if half:
            pre = torch.addmm(bias.bfloat16(), x.bfloat16(), weight.bfloat16().T)
        else:
            pre = torch.addmm(bias, x, weight.T)
        indices, bags = select(pre)
        values = pre.flatten()[bags % len(x) * len(weight) + indices].float().relu_()
        ctx.save_for_backward(x, weight, values, indices, bags)
        ctx.mark_non_differentiable(indices, bags)
        return values, indices, bags

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor | None, ...]:
        x, weight, values, indices, bags = ctx.saved_tensors
        n, grad = len(x), grad * (values > 0)
        grad_weight = transposed_product(grad, indices, (bags % n, x), len(weight))
        grad_bias = torch.zeros(len(weight), device=x.device).index_add_(0, indices, grad)
        grad_x = None
        if ctx.needs_input_grad[0]:
            n_groups = int(bags[-1]) // n + 1 if len(bags) else 1
            grad_x = (
                bag_sums(grad, indices, bags, weight, n_groups * n).view(n_groups, n, -1).sum(0)
            )
        return grad_x, grad_weight, grad_bias, None, None


class _DecodePrefixes(torch.autograd.Function):
    """Reconstructions of every prefix of groups of active entries: (n_groups, n, n_dims)."""

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        indices: Tensor,
        bags: Tensor,
        weight: Tensor,
        shape: tuple[int, int],
    ) -> Tensor:
        ctx.save_for_backward(values, indices, bags, weight)
        return (
            bag_sums(values, indices, bags, weight, shape[0] * shape[1]).view(*shape, -1).cumsum(0)
        )

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        values, indices, bags, weight = ctx.saved_tensors
        # an entry of group j serves every prefix >= j
        grad = grad.flip(0).cumsum(0).flip(0).flatten(0, 1).contiguous()
        grad_weight = (
            transposed_product(values, indices, (bags, grad), len(weight))
            if ctx.needs_input_grad[3]
            else None
        )
        offsets = torch.arange(len(bags), device=grad.device)
        grad_values = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            grad, weight, indices, offsets, bags, 0
        )
        return grad_values, None, None, grad_weight, None


def encode(
    x: Tensor, weight: Tensor, bias: Tensor, select: Select, *, half: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """Active concepts of a batch.

    Parameters
    ----------
    x : Tensor (n, n_dims)
    weight, bias : Tensor (n_concepts, n_dims) and (n_concepts,)
    select : callable
        Pre-activations (n, n_concepts) -> indices and bags (m,) of those that stay, sorted by bag.
    half : bool
        Compute pre-activations in bfloat16.

    Returns
    -------
    values : Tensor (m,), float32, >= 0
    indices, bags : Tensor (m,), int64
    """
    return _Encode.apply(x, weight, bias, select, half)


def decode_prefixes(
    values: Tensor, indices: Tensor, bags: Tensor, weight: Tensor, shape: tuple[int, int]
) -> Tensor:
    """Reconstructions by the first group of concepts, by the first two, and so on.

    Parameters
    ----------
    values, indices, bags : Tensor (m,)
    weight : Tensor (n_concepts, n_dims)
    shape : tuple of int
        Numbers of groups and of items.

    Returns
    -------
    Tensor (n_groups, n, n_dims)
    """
    return _DecodePrefixes.apply(values, indices, bags, weight, shape)
