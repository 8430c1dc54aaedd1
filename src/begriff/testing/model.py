"""What every model with readable layers promises."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from begriff.errors import BegriffError
from begriff.kinds import Intervention, Model
from begriff.kinds.checks import Floats
from begriff.testing.rules import Rules, close, equal, must, refused

__all__ = ["check_model"]

rules = Rules("models")

_TEXTS = ("a protein folds", "the court heard a long case about a folded paper", "hello")


class _Halved(Intervention):
    def transform(self, X: Any) -> Floats:
        return np.asarray(X, dtype=np.float32) / 2


@dataclass
class _Case:
    model: Model
    inputs: Sequence[Any]

    @cached_property
    def plain(self) -> Floats:
        return self.model.outputs(self.inputs)

    @property
    def middle(self) -> str:
        return self.model.layers[len(self.model.layers) // 2]


def check_model(
    model: Model, *, inputs: Sequence[Any] = _TEXTS, skip: Collection[str] = ()
) -> None:
    """Check what :class:`begriff.kinds.Model` promises.

    Parameters
    ----------
    model : Model
    inputs : sequence
        Texts by default.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.models import TextTransformer
    >>> from begriff.testing import check_model
    >>> check_model(TextTransformer())
    """
    rules.check(_Case(model, inputs), type(model).__name__, skip)


@rules
def activations_have_owners_and_regions(c: _Case) -> None:
    """Every layer gives a row a region, with rising owners, of all inputs."""
    must(len(set(c.model.layers)) == len(c.model.layers) > 0, f"layers {c.model.layers}")
    for layer in c.model.layers:
        states = c.model.activations(c.inputs, layer)
        must(states.values.dtype == np.float32, f"{layer} is {states.values.dtype}")
        must(len(states.values) == len(states.owner) == len(states.regions), f"rows of {layer}")
        must((np.diff(states.owner) >= 0).all(), f"owners of {layer} fall")
        must(set(states.owner) == set(range(len(c.inputs))), f"an input has no row in {layer}")


@rules
def going_on_from_the_same_activations_changes_nothing(c: _Case) -> None:
    """forward_from with the activations of a layer gives the plain outputs, to the bit; with others
    it does not.
    """
    for layer in c.model.layers:
        values = c.model.activations(c.inputs, layer).values
        equal(c.model.forward_from(c.inputs, layer, values), c.plain, f"outputs from {layer}")
    values = c.model.activations(c.inputs, c.middle).values
    changed = c.model.forward_from(c.inputs, c.middle, 0 * values)
    must(not np.allclose(changed, c.plain, atol=1e-3), "other activations change nothing")


@rules
def the_vjp_is_the_slope(c: _Case) -> None:
    """A small step along any direction changes (outputs * cotangent).sum() by the product of step
    and vjp, within 5 %.
    """
    rng, layer = np.random.default_rng(0), c.middle
    cotangent = rng.normal(size=c.plain.shape).astype(np.float32)
    values = c.model.activations(c.inputs, layer).values
    gradient = c.model.vjp(c.inputs, layer, cotangent)
    must(gradient.shape == values.shape, f"shape {gradient.shape}")
    step = (0.01 * rng.normal(size=values.shape)).astype(np.float32)
    ahead, behind = (
        c.model.forward_from(c.inputs, layer, values + s * step).astype(np.float64) for s in (1, -1)
    )
    slope = float(((ahead - behind) * cotangent).sum() / 2)
    expected = float((gradient * step).sum())
    must(abs(slope - expected) <= 0.05 * abs(expected) + 1e-4, f"{slope:.4g}, vjp {expected:.4g}")


@rules
def an_intervention_holds_inside_its_context(c: _Case) -> None:
    """intervene changes what the model computes, as forward_from does, and nothing afterwards."""
    layer = c.middle
    values = c.model.activations(c.inputs, layer).values
    with c.model.intervene(layer, _Halved()):
        inside = c.model.outputs(c.inputs)
    close(inside, c.model.forward_from(c.inputs, layer, values / 2), "outputs")
    equal(c.model.outputs(c.inputs), c.plain, "outputs before and after")


@rules
def mistakes_are_refused(c: _Case) -> None:
    """A layer that does not exist is refused."""
    refused(lambda: c.model.activations(c.inputs, "nowhere"), "no such layer", BegriffError)
