"""What every concept adds to the logits of a linear model: exact, and additive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from begriff.errors import InputError
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats

__all__ = ["linear_effects", "LinearEffects"]


@dataclass(frozen=True)
class LinearEffects:
    """logits(x) = base + sum_i codes[x, i] slopes[i] + rest[x].

    Attributes
    ----------
    slopes : ndarray (n_concepts, n_outputs), float64
        What one unit of a concept adds to every logit. Removing concept i from an item lowers them
        by codes[x, i] slopes[i].
    base : ndarray (n_outputs,), float64
        Of an item without concepts: the intercept and the dictionary's bias.
    rest : ndarray (n_items, n_outputs), float64
        What the dictionary misses; 0 where no vectors were given.
    mean : ndarray (n_concepts, n_outputs), float64
        Mean over items of what a concept adds.
    spread : ndarray (n_concepts, n_outputs), float64
        Standard deviation over items of what a concept adds: how much it tells items apart. The
        importance to rank by.
    codes : csr_array (n_items, n_concepts)
    """

    slopes: Floats
    base: Floats
    rest: Floats
    mean: Floats
    spread: Floats
    codes: csr_array

    def per_concept(self) -> PerConcept:
        """Spreads of the one output; exact, so that there is nothing to test."""
        if self.spread.shape[1] != 1:
            raise InputError(f"the model has {self.spread.shape[1]} outputs: look at one of them")
        return PerConcept("spread of its part of the logit", self.spread[:, 0])

    def of(self, item: int, *, centred: bool = False) -> Floats:
        """What every concept adds to the logits of one item (n_concepts, n_outputs); above its mean
        when ``centred``.
        """
        found = self.codes[[item]].toarray()[0][:, None] * self.slopes
        return found - self.mean if centred else found

    def logits(self) -> Floats:
        """The sum (n_items, n_outputs), equal to the model's own logits where vectors
        were given.
        """
        return np.asarray(self.base + self.codes @ self.slopes + self.rest)

    def without(self, concepts: Any) -> Floats:
        """Logits (n_items, n_outputs) with these concepts removed from every item."""
        return (
            self.logits() - self.codes[:, np.asarray(concepts)] @ self.slopes[np.asarray(concepts)]
        )


def linear_effects(
    model: Any, codes: Any, components: Any = None, *, bias: Any = None, X: Any = None
) -> LinearEffects:
    """Take the logits of a linear model apart by concepts, with x ~ bias + codes @ components.

    Parameters
    ----------
    model : fitted linear estimator, or (coef, intercept)
        coef (n_outputs, n_dims) or (n_dims,); intercept (n_outputs,) or a number.
    codes : array_like or sparse (n_items, n_concepts)
        Activations of the concepts.
    components : array_like (n_concepts, n_dims), optional
        Directions of the concepts; without them the model is one over the codes.
    bias : array_like (n_dims,), optional
        The dictionary's bias; 0 by default.
    X : array_like (n_items, n_dims), optional
        The vectors themselves, for the rest.

    Returns
    -------
    LinearEffects

    Raises
    ------
    InputError
        For a model that is not linear, or shapes that do not fit.

    Examples
    --------
    >>> from begriff.importance import linear_effects
    >>> effects = linear_effects(([2.0, -1.0], 0.5), [[1.0, 1.0], [3.0, 0.0]])
    >>> (
    ...     effects.slopes[:, 0].tolist(),
    ...     effects.logits()[:, 0].tolist(),
    ...     effects.without([0])[:, 0].tolist(),
    ... )
    ([2.0, -1.0], [1.5, 6.5], [-0.5, 0.5])

    Source: the identity w . (b + sum_i a_i c_i + r) = w . b + sum_i a_i (w . c_i) + w . r.
    """
    coef, intercept = _linear(model)
    strengths = csr_array(codes)
    directions = (
        np.eye(strengths.shape[1])
        if components is None
        else np.asarray(components, dtype=np.float64)
    )
    offset = (
        np.zeros(directions.shape[1])
        if bias is None
        else np.asarray(bias, dtype=np.float64).ravel()
    )
    shapes = directions.shape, offset.shape
    if shapes != ((strengths.shape[1], coef.shape[1]), (coef.shape[1],)):
        raise InputError(
            f"codes {strengths.shape}, components {directions.shape}, bias {offset.shape}, "
            f"coef {coef.shape}: n_concepts and n_dims must agree"
        )
    slopes = directions @ coef.T
    rest = np.zeros((strengths.shape[0], len(coef)))
    if X is not None:
        X = np.asarray(X, dtype=np.float64)
        if X.shape != (strengths.shape[0], coef.shape[1]):
            raise InputError(
                f"X has shape {X.shape}: expected {(strengths.shape[0], coef.shape[1])}"
            )
        rest = (X - offset) @ coef.T - strengths @ slopes
    centre = strengths.mean(0)
    second = strengths.multiply(strengths).mean(0)
    return LinearEffects(
        slopes=slopes,
        base=intercept + coef @ offset,
        rest=rest,
        mean=centre[:, None] * slopes,
        # guards rounding below 0
        spread=np.sqrt(np.maximum(second - centre**2, 0))[:, None] * np.abs(slopes),
        codes=strengths,
    )


def _linear(model: Any) -> tuple[Floats, Floats]:
    """coef (n_outputs, n_dims) and intercept (n_outputs,)."""
    if isinstance(model, tuple) and len(model) == 2:
        coef, intercept = model
    elif hasattr(model, "coef_") and hasattr(model, "intercept_"):
        coef, intercept = model.coef_, model.intercept_
    elif hasattr(model, "direction_") and hasattr(model, "threshold_"):
        coef, intercept = model.direction_, -model.threshold_
    else:
        raise InputError(
            f"model is a {type(model).__name__} without coef_: give a fitted linear model, or"
            " (coef, intercept)"
        )
    coef = np.atleast_2d(np.asarray(coef, dtype=np.float64))
    return coef, np.broadcast_to(np.asarray(intercept, dtype=np.float64).ravel(), len(coef)).copy()
