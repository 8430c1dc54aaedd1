"""What every test of importance promises."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from begriff.testing.rules import Rules, documented, equal, must, untouched

__all__ = ["check_importance"]

rules = Rules("importance")


@dataclass
class _Case:
    method: Callable[..., Any]
    call: Callable[[], Any]
    measure: Callable[[Any], Any]


def check_importance(
    method: Callable[..., Any],
    call: Callable[[Any, Any], Any],
    measure: Callable[[Any], Any],
    *,
    skip: Collection[str] = (),
) -> None:
    """Check what a function of :mod:`begriff.importance` promises.

    Parameters
    ----------
    method : callable
        The function itself, for its documentation.
    call : callable
        Codes Z (300, 5) and the output y (300,) that depends on the first column alone -> what the
        function gives.
    measure : callable
        What it gives -> one number a concept (5,), larger for a concept that matters more.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.importance import hsic
    >>> from begriff.testing import check_importance
    >>> check_importance(hsic, lambda Z, y: hsic(y, Z), lambda result: result.value)
    """
    Z = np.random.default_rng(0).normal(size=(300, 5))
    y = np.sin(2 * Z[:, 0]) + Z[:, 0]
    rules.check(_Case(method, lambda: call(Z, y), measure), method.__name__, skip)


@rules
def what_matters_stands_out(c: _Case) -> None:
    """The one concept that the output depends on has the largest measure."""
    values = np.asarray(c.measure(c.call()), dtype=float)
    must(values.shape == (5,) and np.isfinite(values).all(), f"{values}")
    must(values.argmax() == 0, f"{values.round(3).tolist()}")


@rules
def equal_calls_are_equal(c: _Case) -> None:
    """Two calls give the same bits, and numpy's global generator stays as it is."""
    first = c.measure(c.call())
    untouched(c.call)
    equal(c.measure(c.call()), first, "measures of two calls")


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence and names its source."""
    documented(c.method)
