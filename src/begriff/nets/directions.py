"""Where an autoencoder's concepts may lie: modules that give unit directions (n_concepts, n_dims)
when they are called.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

__all__ = ["Directions", "Hull"]


class Directions(nn.Module):
    """Anywhere; the first ones near their anchors.

    Parameters
    ----------
    start : Tensor (n_concepts, n_dims)
        Unit directions to start from.
    n_anchored : int
        The first ``n_anchored`` concepts stay within ``slack`` of where they start.
    slack : float
        Largest distance of such a concept from its start.
    """

    anchors: Tensor

    def __init__(self, start: Tensor, *, n_anchored: int = 0, slack: float = 0.6) -> None:
        super().__init__()
        self.slack = slack
        self.register_buffer("anchors", start[:n_anchored].clone())
        self.weight = nn.Parameter(start.clone())

    def forward(self) -> Tensor:
        return self.weight

    @torch.no_grad()
    def before_step(self) -> None:
        """Drop the part of the gradient along each direction: it would only change lengths, which
        are fixed.
        """
        grad = self.weight.grad
        if grad is not None:
            grad.sub_((grad * self.weight).sum(1, keepdim=True) * self.weight)

    @torch.no_grad()
    def after_step(self) -> None:
        """Back to length 1 and near the anchors."""
        # guards a direction of zeros
        self.weight.div_(self.weight.norm(dim=1, keepdim=True).clamp_(min=1e-12))
        if len(self.anchors):
            near = self.weight[: len(self.anchors)]
            off = near - self.anchors
            off *= (self.slack / off.norm(dim=1, keepdim=True).clamp_(min=1e-12)).clamp_(max=1.0)
            near.copy_(normalize(self.anchors + off))


class Hull(nn.Module):
    """Means of points, with weights that are learnt, and at most ``slack`` beside them: W C + L, to
    length 1.

    Concept i starts at point i.

    Parameters
    ----------
    points : Tensor (n_points, n_dims)
        C: centroids of the data.
    n_concepts : int
        At most n_points.
    slack : float
        Largest length of a row of L; 0 keeps concepts in the convex hull of the points.

    Source: Fel et al. 2025, "Archetypal SAE", arXiv 2502.12892.
    """

    points: Tensor

    def __init__(self, points: Tensor, n_concepts: int, slack: float) -> None:
        super().__init__()
        self.slack = slack
        self.register_buffer("points", points)
        self.mixture = nn.Parameter(torch.eye(n_concepts, len(points), device=points.device))
        self.relaxation = nn.Parameter(
            torch.zeros(n_concepts, points.shape[1], device=points.device)
        )

    def forward(self) -> Tensor:
        return normalize(self.mixture @ self.points + self.relaxation)

    def before_step(self) -> None:
        """Nothing: weights and relaxation are free until the step is done."""

    @torch.no_grad()
    def after_step(self) -> None:
        """Weights back to at least 0 with sum 1, relaxation back within ``slack``."""
        self.mixture.relu_()
        # guards a row that lost all its weights
        self.mixture.div_(self.mixture.sum(1, keepdim=True).clamp_(min=1e-12))
        self.relaxation.mul_(
            (self.slack / self.relaxation.norm(dim=1, keepdim=True).clamp_(min=1e-12)).clamp_(
                max=1.0
            )
        )
