"""How much of a model's variance over masked concepts involves each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.importance.outputs import scores
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats

__all__ = ["masked", "sobol_indices", "SobolIndices"]


@dataclass(frozen=True)
class SobolIndices:
    """Shares of variance; arrays are (n_concepts,).

    Attributes
    ----------
    first, total : ndarray, float64
        Share of the variance that a concept explains alone, and that it has a part in with any
        others. Estimates: they may leave [0, 1]. All 0 for an output that never moves.
    low, high : ndarray, float64
        Bootstrap interval of ``total`` over designs: it covers 95 % for independent designs and
        more for quasi-random ones.
    variance : float
        Of the output over masks.
    n_forwards : int
        Items the model was asked about.
    """

    first: Floats
    total: Floats
    low: Floats
    high: Floats
    variance: float
    n_forwards: int

    def per_concept(self) -> PerConcept:
        """Total indices with their intervals."""
        return PerConcept("share of variance, total Sobol index", self.total, self.low, self.high)


def sobol_indices(
    f: Callable[[Floats], Any],
    n_concepts: int,
    *,
    n_designs: int = 32,
    n_bootstrap: int = 200,
    random_state: int = 0,
) -> SobolIndices:
    """Sobol indices of a function of masks in [0, 1].

    Designs A and B are halves of a scrambled quasi-random sequence; C^i is A with column i from B.
    Total: mean (f(A) - f(C^i))^2 / (2 Var f). First: mean f(B) (f(C^i) - f(A)) / Var f. Var f is
    that over A and B.

    Parameters
    ----------
    f : callable
        Masks (n, n_concepts) -> (n,), as :func:`begriff.importance.masked` makes it.
    n_concepts : int
    n_designs : int, default 32
        Rows of A; the function is asked about n_designs (n_concepts + 2) masks. A power of 2 takes
        a Sobol sequence, other numbers a Halton sequence; both scrambled, as the plain ones start
        at the mask that removes everything.
    n_bootstrap : int, default 200
        Samples of the interval.
    random_state : int, default 0
        Of the scrambling and the bootstrap.

    Returns
    -------
    SobolIndices

    Raises
    ------
    InputError
        For fewer than two designs or one concept, or a function that says something else than one
        finite number a mask.

    Examples
    --------
    >>> from begriff.importance import sobol_indices
    >>> found = sobol_indices(lambda m: 2 * m[:, 0] + m[:, 1], 3, n_designs=256)
    >>> found.total.round(1).tolist()
    [0.8, 0.2, 0.0]

    Source: Fel et al. 2023 (CRAFT), arXiv 2211.10154; Jansen 1999 (total); Saltelli et al. 2010
    (first).
    """
    from scipy.stats import qmc

    if n_designs < 2 or n_concepts < 1:
        raise InputError(
            f"n_designs={n_designs}, n_concepts={n_concepts}: at least 2 designs and 1 concept are"
            " needed"
        )
    power = n_designs & (n_designs - 1) == 0 and 2 * n_concepts <= qmc.Sobol.MAXDIM
    rng = np.random.default_rng(random_state)
    drawn = (qmc.Sobol if power else qmc.Halton)(2 * n_concepts, scramble=True, seed=rng).random(
        n_designs
    )
    A, B = drawn[:, :n_concepts], drawn[:, n_concepts:]
    at_a, at_b = scores(f, A), scores(f, B)
    at_c = np.empty((n_concepts, n_designs))
    for i in range(n_concepts):
        C = A.copy()
        C[:, i] = B[:, i]
        at_c[i] = scores(f, C)
    samples = (
        rng.integers(n_designs, size=(n_bootstrap, n_designs))
        if n_bootstrap
        else np.arange(n_designs)[None]
    )
    first, total = _indices(at_a, at_b, at_c)
    boot = np.stack([_indices(at_a[s], at_b[s], at_c[:, s])[1] for s in samples])
    low, high = np.quantile(boot, [0.025, 0.975], axis=0)
    n_forwards = n_designs * (n_concepts + 2)
    return SobolIndices(
        first=first,
        total=total,
        low=low,
        high=high,
        variance=float(np.concatenate([at_a, at_b]).var()),
        n_forwards=n_forwards,
    )


def _indices(at_a: Floats, at_b: Floats, at_c: Floats) -> tuple[Floats, Floats]:
    """First and total indices (n_concepts,) from outputs at A (n,), B (n,) and every C (n_concepts,
    n).
    """
    both = np.concatenate([at_a, at_b])
    variance = both.var()
    # guards an output that moves by rounding only
    if variance <= 1e-24 * max(1.0, float(np.abs(both).max()) ** 2):
        return np.zeros(len(at_c)), np.zeros(len(at_c))
    change = at_c - at_a
    centre = at_b - both.mean()  # lowers the variance of the estimate, not its mean
    return (change @ centre) / len(at_a) / variance, (change**2).mean(1) / (2 * variance)


def masked(
    model: Any, x: Any, code: Any, components: Any, *, target: int | None = None
) -> Callable[[Floats], Floats]:
    """A function of masks: what the model says about x with concept i scaled by mask i, the rest of
    x as it is.

    Parameters
    ----------
    model : estimator or callable
        What :func:`begriff.importance.scores` takes.
    x : array_like (n_dims,)
        The item.
    code : array_like (n_concepts,)
        Its activations; give the active concepts alone to save forwards.
    components : array_like (n_concepts, n_dims)
        Their directions.
    target : int, optional
        Column of the model's output.

    Returns
    -------
    callable
        Masks (n, n_concepts) -> (n,).

    Raises
    ------
    InputError
        When shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.importance import masked
    >>> f = masked(lambda X: X[:, 0], [3.0, 1.0], [2.0], [[1.0, 0.0]])
    >>> f(np.array([[1.0], [0.0]])).tolist()
    [3.0, 1.0]
    """
    item, strength = np.asarray(x).ravel(), np.asarray(code).ravel()
    directions = np.asarray(components)
    if directions.shape != (len(strength), len(item)):
        raise InputError(
            f"components have shape {directions.shape}: expected {(len(strength), len(item))}, one"
            " row for each activation"
        )
    parts = strength[:, None] * directions

    def f(masks: Floats) -> Floats:
        return scores(
            model, (item - (1 - masks) @ parts).astype(item.dtype, copy=False), target=target
        )

    return f
