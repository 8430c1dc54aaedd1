"""Subspaces in which items fall into clusters."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, normalize

__all__ = ["ClusteredSubspace", "Separation", "silhouette"]


class ClusteredSubspace(nn.Module):
    """An orthonormal basis (n_dims_of_it, n_dims)."""

    def __init__(self, basis: Tensor) -> None:
        super().__init__()
        self.basis = nn.Parameter(torch.linalg.qr(basis.T).Q.T.contiguous())

    def before_step(self) -> None:
        """Nothing: the basis is free until the step is done."""

    @torch.no_grad()
    def after_step(self) -> None:
        """Back to an orthonormal basis."""
        self.basis.copy_(torch.linalg.qr(self.basis.T).Q.T)


class Separation:
    """How badly clusters of a projected batch are apart, less a tenth of how well the subspace
    keeps their means.

    Clusters are those of spherical k-means in the subspace.

    Source: Stein et al. 2024, "Towards compositionality in concept learning", arXiv 2406.18534.
    """

    def __init__(
        self,
        module: ClusteredSubspace,
        n_clusters: int,
        generator: torch.Generator,
        *,
        kept: float = 10.0,
    ) -> None:
        self.module, self.n, self.generator, self.kept = module, n_clusters, generator, kept
        self.centres: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        projected = x @ self.module.basis.T
        labels = self.assign(projected.detach())
        back = projected @ self.module.basis
        loss = -silhouette(normalize(projected), labels, self.n)
        there = torch.bincount(labels, minlength=self.n) > 0
        here, kept = (
            x.new_zeros(self.n, x.shape[1]).index_add_(0, labels, v)[there] for v in (x, back)
        )
        return loss - self.kept / self.n * cosine_similarity(here, kept).sum()

    @torch.no_grad()
    def assign(self, projected: Tensor, turns: int = 10) -> Tensor:
        """Clusters (n,) of a projected batch by spherical k-means, which starts anew, so that a bad
        start is left behind.
        """
        unit = normalize(projected)
        self.centres = self._spread(unit)
        for _ in range(turns):
            labels = (unit @ self.centres.T).argmax(1)
            sums = torch.zeros_like(self.centres).index_add_(0, labels, unit)
            empty = sums.norm(dim=1) < 1e-6
            self.centres = torch.where(empty[:, None], self.centres, normalize(sums))
        return (unit @ self.centres.T).argmax(1)

    def _spread(self, unit: Tensor) -> Tensor:
        """First centres by k-means++: items drawn with chances that grow with their distance from
        those there are.
        """
        picked = [int(torch.randint(len(unit), (1,), generator=self.generator))]
        far = torch.full((len(unit),), 2.0, device=unit.device)
        for _ in range(self.n - 1):
            far = torch.minimum(far, (1 - unit @ unit[picked[-1]]).clamp(min=1e-9))
            picked.append(int(torch.multinomial(far.cpu(), 1, generator=self.generator)))
        return unit[picked]


def silhouette(unit: Tensor, labels: Tensor, n_clusters: int) -> Tensor:
    """Mean silhouette of unit vectors (n, n_dims) under cosine distance; items alone in their
    cluster count 0.

    The mean distance to a cluster is 1 less the product with its mean, so it costs n * n_clusters
    products, and not n^2.

    Source: Rousseeuw 1987.
    """
    counts = torch.bincount(labels, minlength=n_clusters)
    sums = unit.new_zeros(n_clusters, unit.shape[1]).index_add_(0, labels, unit)
    along = unit @ sums.T
    own = along.gather(1, labels[:, None])[:, 0]
    inside = 1 - (own - 1) / (counts[labels] - 1).clamp(min=1)
    apart = 1 - along / counts.clamp(min=1)
    mine = torch.zeros_like(apart, dtype=torch.bool).scatter_(1, labels[:, None], True)
    outside = apart.masked_fill(mine | (counts == 0)[None, :], torch.inf).min(1).values
    # guards equal items
    score = (outside - inside) / torch.maximum(outside, inside).clamp(min=1e-12)
    return torch.where((counts[labels] > 1) & outside.isfinite(), score, 0.0).mean()
