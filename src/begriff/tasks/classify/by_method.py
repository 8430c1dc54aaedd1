"""Importance by any method of the catalogue: what a method asks for by its parameters' names is
handed to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

import numpy as np

from begriff import catalog
from begriff.errors import InputError, NotFoundError, unknown
from begriff.importance import KernelSampler, masked, scores
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats

__all__ = ["find_method", "importance_by", "Inputs", "LinearOutput", "OneOutput", "shuffles"]

_OFFERED = ("codes", "components", "X", "alpha", "fdr", "random_state")
_OF_AN_ITEM = {"f", "z"}


class OneOutput:
    """One of several outputs of a model, with that output's weights where the model is linear."""

    def __init__(self, model: Any, target: int) -> None:
        self.model = model
        self.target = target

    def decision_function(self, X: Floats) -> Floats:
        """The output (n_items,)."""
        return scores(self.model, X, target=self.target)

    def __getattr__(self, name: str) -> Any:
        if name not in ("coef_", "intercept_"):
            raise AttributeError(name)
        return np.asarray(getattr(self.model, name))[self.target]


class LinearOutput:
    """The logit of a class over concepts: X @ coef_ + intercept_."""

    def __init__(self, coef: Floats, intercept: float) -> None:
        self.coef_ = coef
        self.intercept_ = intercept

    def decision_function(self, X: Floats) -> Floats:
        """The logit (n_items,)."""
        return np.asarray(X @ self.coef_ + self.intercept_)


@dataclass(frozen=True)
class Inputs:
    """What methods may ask for.

    Attributes
    ----------
    model : object
        Says one number an item from X.
    X : ndarray (n_items, n_inputs)
        What the model reads: vectors, or activations of the listed concepts.
    codes : ndarray (n_items, n_concepts)
        Activations of the listed concepts.
    components : ndarray (n_concepts, n_inputs)
        What one unit of a concept adds to an item's row of X.
    y : ndarray (n_items,)
        The outputs.
    Z : ndarray (n_items, n_concepts)
        Standardised activations.
    near_x, near_z : ndarray
        The same of other items, for samplers.
    """

    model: Any
    X: Floats
    codes: Floats
    components: Floats
    y: Floats
    Z: Floats
    near_x: Floats
    near_z: Floats

    def of(self, name: str, at: int | None) -> Any:
        """The value for a parameter of this name; ``at`` is the row of the one item that is asked
        about.
        """
        if name == "sampler":
            return KernelSampler(n_near=min(50, len(self.near_z))).fit(self.near_z, self.near_x)
        if name == "n_concepts":
            return len(self.components)
        if name == "f" and at is not None:
            return masked(self.model, self.X[at], self.codes[at], self.components)
        if name == "z" and at is not None:
            return self.Z[at]
        return getattr(self, name)


def find_method(method: str, *, of_an_item: bool) -> Any:
    """The method that is called so.

    Raises
    ------
    InputError
        For a name that is not in the catalogue, a method of one item without one, or an item for a
        method of all.
    """
    try:
        ask = catalog.find("importance", method)
    except NotFoundError:
        known = [m.name for m in catalog.methods("importance")]
        raise unknown(
            "importance method", method, known, hint="`begriff methods importance` lists them"
        ) from None
    required = {p.name for p in signature(ask).parameters.values() if p.default is p.empty}
    if required & _OF_AN_ITEM and not of_an_item:
        raise InputError(
            f"{method!r} explains what the model says of one item: give the item's id (--item ID)"
        )
    if of_an_item and not required & _OF_AN_ITEM:
        able = [
            m.name
            for m in catalog.methods("importance")
            if {p.name for p in m.parameters if p.required} & _OF_AN_ITEM
        ]
        raise InputError(
            f"{method!r} looks at all items: leave the item out, or choose {' or '.join(able)}"
        )
    strange = (
        required
        - _OF_AN_ITEM
        - {"model", "X", "codes", "components", "y", "Z", "sampler", "n_concepts"}
    )
    if strange:
        raise InputError(
            f"{method!r} needs {', '.join(sorted(strange))}, which an atlas and a model do not say:"
            " call it in Python"
        )
    return ask


def shuffles(ask: Any) -> bool:
    """Whether shuffled outputs are a control for a method: it looks at given outputs, and does not
    ask the model again.
    """
    return any(p.name == "y" and p.default is p.empty for p in signature(ask).parameters.values())


def importance_by(
    ask: Any, inputs: Inputs, *, at: int | None, alpha: float, random_state: int
) -> PerConcept:
    """What a method says of every concept (n_concepts,), at a false discovery rate
    where it tests.
    """
    settings = {"alpha": alpha, "fdr": True, "random_state": random_state}
    given = {}
    for p in signature(ask).parameters.values():
        if p.name in settings:
            given[p.name] = settings[p.name]
        elif p.default is Parameter.empty or p.name in _OFFERED:
            given[p.name] = inputs.of(p.name, at)
    result: PerConcept = ask(**given).per_concept()
    return result
