"""How like every prompt a vector is, and small classifiers of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Head", "Similarities"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Similarities:
    """Unit vectors -> how like every prompt they are, and how like every concept at most and on
    average.

    Attributes
    ----------
    prompts : ndarray (n_prompts, n_dims), float32
        Of length 1.
    owner : ndarray (n_prompts,), int64
        Concept of every prompt, from 0; -1 for a harmless one.
    sharpness : float
        Similarity is exp(sharpness * (cosine - 1)); 0 takes the cosine itself.
    """

    prompts: Floats
    owner: NDArray[np.int64]
    sharpness: float

    @property
    def n_concepts(self) -> int:
        """Number of concepts."""
        return int(self.owner.max()) + 1

    @property
    def n_features(self) -> int:
        """One for every prompt and two for every concept."""
        return len(self.prompts) + 2 * self.n_concepts

    def __call__(self, X: Floats) -> Floats:
        """Features (n_items, n_features) of unit vectors (n_items, n_dims): prompts, then maximum
        and mean of every concept.
        """
        like = self._like(X @ self.prompts.T)
        of = [like[:, self.owner == c] for c in range(self.n_concepts)]
        return np.column_stack([like, *(s.max(axis=1) for s in of), *(s.mean(axis=1) for s in of)])

    def pull(self, x: Array, slopes: Array) -> Array:
        """Gradients (m, n_dims) at x (n_dims,) of sums of features with slopes (m, n_features)."""
        like = self._like(self.prompts @ x)
        n, of = len(self.prompts), slopes[:, : len(self.prompts)].copy()
        for c in range(self.n_concepts):
            rows = np.flatnonzero(self.owner == c)
            of[:, rows[like[rows].argmax()]] += slopes[:, n + c]
            of[:, rows] += slopes[:, [n + self.n_concepts + c]] / len(rows)
        return np.asarray((of * (self.sharpness * like if self.sharpness else 1.0)) @ self.prompts)

    def _like(self, cosine: Floats) -> Floats:
        return np.exp(self.sharpness * (cosine - 1)) if self.sharpness else cosine


@dataclass(frozen=True)
class Head:
    """Features -> log-odds of one concept: affine layers with max(0, .) between them.

    Attributes
    ----------
    weights : tuple of ndarray (n_in, n_out), float32
    biases : tuple of ndarray (n_out,), float32
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    def __call__(self, features: Floats) -> Floats:
        """Log-odds (n_items,)."""
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            features = (np.maximum(features, 0) if i else features) @ weight + bias
        return features[:, 0]

    def slope(self, features: Floats) -> Array:
        """Gradient (n_features,) at the features (n_features,) of one item."""
        inside = [features]
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            inside.append(
                (np.maximum(inside[-1], 0) if len(inside) > 1 else inside[-1]) @ weight + bias
            )
        back = np.asarray(self.weights[-1][:, 0], dtype=np.float64)
        for weight, before in zip(self.weights[-2::-1], inside[:0:-1], strict=True):
            back = weight @ (back * (before > 0))
        return back
