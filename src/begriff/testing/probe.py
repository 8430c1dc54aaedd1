"""What every probe promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from begriff.errors import InputError
from begriff.kinds import Probe
from begriff.kinds.checks import Floats
from begriff.metrics.ranking import auroc
from begriff.testing.rules import Rules, close, documented, equal, must, refused, untouched

__all__ = ["check_probe"]

rules = Rules("probes")


@dataclass
class _Case:
    method: Probe

    @cached_property
    def X(self) -> Floats:  # noqa: N802
        rng = np.random.default_rng(0)
        X = rng.normal(size=(200, 6)) + 2 * self.y[:, None] * np.eye(6)[1]
        return np.asarray(X, dtype=np.float32)

    @cached_property
    def y(self) -> NDArray[np.int64]:
        return np.random.default_rng(1).integers(0, 2, 200)

    @cached_property
    def fitted(self) -> Any:
        return clone(self.method).fit(self.X[:150], self.y[:150])


def check_probe(method: Probe, *, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Probe` promises.

    Parameters
    ----------
    method : Probe
        Unfitted.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.probes import DiffMean
    >>> from begriff.testing import check_probe
    >>> check_probe(DiffMean())
    """
    rules.check(_Case(method), type(method).__name__, skip)


@rules
def the_decision_is_a_direction_and_a_threshold(c: _Case) -> None:
    """decision_function(X) = X . direction_ - threshold_, direction_ of length 1 in float32."""
    direction = c.fitted.direction_
    must(direction.dtype == np.float32 and direction.shape == (6,), f"{direction.shape}")
    close(np.linalg.norm(direction), 1.0, "length and 1")
    close(c.fitted.decision_function(c.X), c.X @ direction - c.fitted.threshold_, "decisions")


@rules
def it_finds_what_is_there_and_nothing_in_shuffled_labels(c: _Case) -> None:
    """AUROC above .8 on items held out, and about .5 with shuffled labels."""
    held = slice(150, 200)
    good = auroc(*_sides(c.fitted.decision_function(c.X[held]), c.y[held]))
    rng, chance = np.random.default_rng(2), []
    for _ in range(5):
        other = clone(c.method).fit(c.X[:150], rng.permutation(c.y[:150]))
        chance.append(auroc(*_sides(other.decision_function(c.X[held]), c.y[held])))
    must(good > 0.8, f"AUROC {good:.2f}")
    must(abs(float(np.mean(chance)) - 0.5) < 0.3, f"AUROC {np.mean(chance):.2f} when shuffled")


@rules
def labels_come_back(c: _Case) -> None:
    """predict gives the labels that were fitted; the second one is what the probe stands for."""
    named = clone(c.method).fit(c.X, np.where(c.y == 1, "yes", "no"))
    must(named.classes_.tolist() == ["no", "yes"], f"classes_ {named.classes_}")
    must(set(named.predict(c.X)) <= {"no", "yes"}, "predict gives other labels")
    above = named.decision_function(c.X) > 0
    equal(named.predict(c.X) == "yes", above, "labels and signs of the decision")


@rules
def equal_fits_are_equal(c: _Case) -> None:
    """A second fit gives the same bits; input and numpy's global generator stay as they are."""
    again, before = clone(c.method), c.X.copy()
    untouched(lambda: again.fit(c.X[:150], c.y[:150]))
    equal(again.direction_, c.fitted.direction_, "directions")
    equal(before, c.X, "vectors before and after")


@rules
def mistakes_are_refused(c: _Case) -> None:
    """Before fit, for NaN, one class, three classes or other numbers of labels and weights."""
    bad = c.X.copy()
    bad[3, 1] = np.nan
    unfitted = clone(c.method)
    refused(lambda: unfitted.decision_function(c.X), "a decision before fit", NotFittedError)
    refused(lambda: clone(c.method).fit(bad, c.y), "NaN", InputError)
    refused(lambda: clone(c.method).fit(c.X, np.zeros(200)), "one class", InputError)
    refused(lambda: clone(c.method).fit(c.X, np.arange(200) % 3), "three classes", InputError)
    refused(lambda: clone(c.method).fit(c.X, c.y[:5]), "too few labels", InputError)
    refused(lambda: clone(c.method).fit(c.X, c.y, np.zeros(200)), "weights of zero", InputError)


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence and names its source."""
    documented(type(c.method))


def _sides(values: Floats, y: NDArray[np.int64]) -> tuple[Floats, Floats]:
    return values[y == 1], values[y == 0]
