"""What a test of fixed size says about every concept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Importances", "PerConcept", "verdict"]


@dataclass(frozen=True)
class PerConcept:
    """What any method says of every concept, in the same columns; arrays are (n_concepts,), None
    where a method does not say it.

    Attributes
    ----------
    statistic : str
        What ``value`` is.
    value : ndarray, float64
        The larger, the more the concept matters.
    low, high : ndarray, float64, optional
        Interval of the value.
    p : ndarray, float64, optional
    rejected : ndarray of bool, optional
        Whether a test says that the concept matters.
    """

    statistic: str
    value: Floats
    low: Floats | None = None
    high: Floats | None = None
    p: Floats | None = None
    rejected: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Importances:
    """One test for every concept; arrays are (n_concepts,).

    Attributes
    ----------
    statistic : str
        What ``value`` is.
    alpha : float
        Level: of every test by itself, or of the false discovery rate of them all.
    fdr : bool
        Which of the two.
    value, low, high : ndarray, float64
        Importance and an interval, whose meaning the function that made it says.
    p, q : ndarray, float64
        P-value, and the same corrected for the number of concepts (Benjamini-Hochberg).
    rejected : ndarray of bool
        Whether the null hypothesis is rejected: the concept matters.
    """

    statistic: str
    alpha: float
    fdr: bool
    value: Floats
    low: Floats
    high: Floats
    p: Floats
    q: Floats
    rejected: NDArray[np.bool_]

    @property
    def ranking(self) -> NDArray[np.int64]:
        """Concepts (n_concepts,) by value, largest first."""
        return np.argsort(-self.value, kind="stable")

    def per_concept(self) -> PerConcept:
        """Values with intervals, p-values and verdicts."""
        return PerConcept(self.statistic, self.value, self.low, self.high, self.p, self.rejected)


def verdict(
    statistic: str, value: Floats, low: Floats, high: Floats, p: Floats, *, alpha: float, fdr: bool
) -> Importances:
    """Correct p-values (n_concepts,) for their number and compare with the level."""
    from scipy.stats import false_discovery_control

    q = false_discovery_control(p)
    return Importances(
        statistic=statistic,
        alpha=alpha,
        fdr=fdr,
        value=value,
        low=low,
        high=high,
        p=p,
        q=q,
        rejected=(q if fdr else p) <= alpha,
    )
