"""What a course of shares over periods is called: by its shares, so that the words never contradict
the numbers beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.differences import wilson
from begriff.kinds.checks import Floats
from begriff.reports.periods import FEWEST_ITEMS

__all__ = ["Course", "describe", "ends", "ENOUGH", "peaks", "times"]

ENOUGH = 6
"""Periods with items from which on a trend can be told; with fewer only the first and the last are
compared.
"""

_MOVES = 1.1
_PEAKS = 1.5


@dataclass(frozen=True)
class Course:
    """One concept over periods.

    Attributes
    ----------
    active, totals : ndarray (n_periods,)
        Items that hold it, and all items.
    labels : list of str (n_periods,)
    peak : int
        The period with the highest share.
    moves : int
        1 where its rise from the first to the last periods is significant, -1 where its fall is, 0
        else.
    cycle : float or None
        Length of its cycle in periods.
    stands_out : bool
        Whether the peak's lead over all other periods is significant.
    time : bool
        Whether the periods are of time.
    """

    active: NDArray[np.int64]
    totals: NDArray[np.int64]
    labels: list[str]
    peak: int
    moves: int
    cycle: float | None
    stands_out: bool
    time: bool

    @property
    def ends(self) -> tuple[float, float]:
        """Shares in the first and in the last periods."""
        first, last = (_share(self.active[e], self.totals[e]) for e in ends(self.totals))
        return first, last


def ends(totals: NDArray[np.int64]) -> tuple[slice, slice]:
    """The first and the last third of the periods; the first and the last one where
    they are few.
    """
    n = len(totals)
    third = max(1, n // 3) if (totals > 0).sum() >= ENOUGH else 1
    return slice(0, third), slice(n - third, n)


def peaks(
    active: NDArray[np.int64], totals: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], Floats]:
    """The period with the highest share of every concept, whether its lead is more than chance and
    at least half as much again, and z.

    Parameters
    ----------
    active : ndarray (n_periods, n_concepts)
    totals : ndarray (n_periods,)
        A period of fewer than 10 items is no peak, unless all are.

    Returns
    -------
    peak : ndarray (n_concepts,)
        By the lower end of the share's interval.
    leads : ndarray (n_concepts,) of bool
    z : ndarray (n_concepts,)
        Its lead over all other periods, in standard errors.
    """
    low = wilson(active, totals[:, None])[0]
    enough = totals >= min(FEWEST_ITEMS, totals.max())
    at = np.where(enough[:, None], low, -1.0).argmax(0)
    every, columns = totals.sum(), np.arange(active.shape[1])
    here, n = active[at, columns], totals[at]
    elsewhere, rest = active.sum(0) - here, np.maximum(every - n, 1)
    p = active.sum(0) / max(int(every), 1)
    lead = here / np.maximum(n, 1) - elsewhere / rest
    # 1e-12 guards a concept of all items
    z = lead / np.sqrt(np.maximum(p * (1 - p), 1e-12) * (1 / np.maximum(n, 1) + 1 / rest))
    leads = (here * rest >= _PEAKS * elsewhere * n) & (low[at, columns] > elsewhere / rest)
    return at, leads, z


def describe(course: Course) -> tuple[str | None, str]:
    """The kind of a course, None where it does not change, and the course in words."""
    first, last = course.ends
    up, down = last > _MOVES * first, first > _MOVES * last
    few = (course.totals > 0).sum() < ENOUGH
    if course.stands_out and not few and _towers(course):
        return "peak", f"peak {course.labels[course.peak]}{_since(course)}"
    if course.moves > 0 and up:
        kind = "higher" if few else "emerging" if last >= 2 * first else "rising"
        return (
            kind,
            (
                f"{'higher' if few else 'rising'}"
                f" {_factor(last, first, 'from 0')}{_and_peak(course, -1)}"
            ),
        )
    if course.moves < 0 and down:
        kind = "lower" if few else "fading" if last <= first / 2 else "falling"
        return (
            kind,
            (
                f"{'lower' if few else 'falling'}"
                f" {_factor(first, last, 'to 0', '÷')}{_and_peak(course, 0)}"
            ),
        )
    if course.cycle is not None:
        return "cyclic", f"returns every {course.cycle:.3g} periods"
    if course.stands_out and not few:
        return "peak", f"peak {course.labels[course.peak]}{_since(course)}"
    return None, "no clear change"


def times(high: float, low: float, sign: str = "×") -> str:
    """How many times as much: ×1.4, ×12."""
    ratio = high / low
    return f"{sign}{ratio:,.0f}" if ratio >= 9.95 else f"{sign}{ratio:.1f}"


def _factor(high: float, low: float, without: str, sign: str = "×") -> str:
    return times(high, low, sign) if low > 0 else without


def _towers(course: Course) -> bool:
    """Whether the peak says more than the change from the first to the last periods: it is at least
    twice both, which differ by less.
    """
    low, high = sorted(course.ends)
    outside = all(
        course.peak not in range(*e.indices(len(course.totals))) for e in ends(course.totals)
    )
    peak = course.active[course.peak] / max(int(course.totals[course.peak]), 1)
    return outside and peak >= 2 * high > 0 and high < 2 * low


def _and_peak(course: Course, end: int) -> str:
    """The peak, where it lies outside of the periods that have the higher share anyway, and stands
    above them.
    """
    edge = ends(course.totals)[end]
    inside = range(*edge.indices(len(course.totals)))
    peak = course.active[course.peak] / max(int(course.totals[course.peak]), 1)
    if (
        course.peak in inside
        or not course.stands_out
        or peak <= _MOVES * _share(course.active[edge], course.totals[edge])
    ):
        return ""
    return f", peak {course.labels[course.peak]}{_since(course)}"


def _since(course: Course) -> str:
    """Whether the share is lower after the peak; by its shares."""
    after = slice(course.peak + 1, None)
    if not course.time or not course.totals[after].sum():
        return ""
    peak = course.active[course.peak] / max(int(course.totals[course.peak]), 1)
    return (
        ", lower since"
        if _share(course.active[after], course.totals[after]) * _MOVES < peak
        else ""
    )


def _share(active: NDArray[np.int64], totals: NDArray[np.int64]) -> float:
    return float(active.sum() / max(int(totals.sum()), 1))
