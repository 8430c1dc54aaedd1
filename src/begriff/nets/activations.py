"""Which pre-activations stay: objects that a sparse autoencoder calls with a batch of them."""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor

__all__ = ["BatchTopK", "strongest", "TopK"]


class TopK:
    """The k strongest concepts of every item, in every group.

    Parameters
    ----------
    groups : list of tuple (int, int)
        Concepts of each group, and how many may be active.

    Source: Gao et al. 2024, arXiv 2406.04093.
    """

    def __init__(self, groups: list[tuple[int, int]]) -> None:
        self.sizes, self.ks = (tuple(g[i] for g in groups) for i in (0, 1))
        self.starts = (0, *accumulate(self.sizes))

    @property
    def n_groups(self) -> int:
        return len(self.sizes)

    def __call__(self, pre: Tensor) -> tuple[Tensor, Tensor]:
        """Indices and bags (m,) of what stays of pre (n, n_concepts)."""
        indices, bags = [], []
        for g, (start, size, k) in enumerate(zip(self.starts, self.sizes, self.ks, strict=False)):
            rows, columns = self._keep(pre[:, start : start + size], k, g)
            indices.append(columns + start)
            bags.append(rows + g * len(pre))
        return torch.cat(indices), torch.cat(bags)

    def _keep(self, pre: Tensor, k: int, group: int) -> tuple[Tensor, Tensor]:
        """Rows, rising, and columns of what stays of one group."""
        columns = strongest(pre, k).flatten()
        return torch.arange(len(pre), device=pre.device).repeat_interleave(k), columns


class BatchTopK(TopK):
    """The k * n strongest of a batch of n items: an item that needs more concepts takes them from
    one that needs fewer.

    They are looked for among the entries above nine tenths of the weakest that stayed last time,
    which finds the same ones several times faster than a search of all; where those are too few,
    all are searched.

    Source: Bussmann, Leask and Nanda 2024, "BatchTopK sparse autoencoders", arXiv 2412.06410.
    """

    def __init__(self, groups: list[tuple[int, int]]) -> None:
        super().__init__(groups)
        self.near = [float("-inf")] * self.n_groups

    def _keep(self, pre: Tensor, k: int, group: int) -> tuple[Tensor, Tensor]:
        flat, most = pre.flatten(), k * len(pre)
        likely = (flat > self.near[group]).nonzero()[:, 0]
        if len(likely) < most:
            likely = torch.arange(len(flat), device=pre.device)
        best = flat[likely].topk(most, sorted=False)
        weakest = float(best.values.min())
        self.near[group] = weakest - 0.1 * abs(weakest)
        kept = likely[best.indices].sort().values
        return kept // pre.shape[1], kept % pre.shape[1]


def strongest(pre: Tensor, k: int) -> Tensor:
    """Columns (n, k) of the k largest entries of every row of pre (n, m), in any order.

    They lie in the k blocks of columns with the largest maxima: where there are many more blocks
    than k, looking there alone takes half the time. Every block is each (m / 8)-th column, so that
    maxima are those of eight stretches of memory.
    """
    m = pre.shape[1]
    step = m // 8
    if m % 8 or step < 4 * k:
        return pre.topk(k, dim=1, sorted=False).indices
    blocks = pre.unflatten(1, (8, step))
    likely = blocks.amax(1).topk(k, dim=1, sorted=False).indices
    entries = blocks.gather(2, likely[:, None].expand(-1, 8, -1)).flatten(1)
    best = entries.topk(k, dim=1, sorted=False).indices
    return likely.gather(1, best % k) + best // k * step
