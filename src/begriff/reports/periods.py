"""Cutting a number or a date column into periods: by the calendar where it is a time, else into
parts that hold equally many items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.analysis.calendar import moments, years
from begriff.errors import InputError, unknown

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["cut", "FEWEST_ITEMS", "joined", "Periods"]

FEWEST_ITEMS = 10
"""Items below which a period says nothing: such periods at either end are joined with the next one.
"""

_UNITS = ("year", "quarter", "month", "week", "day")
_SPANS = (1, 2, 5, 10, 20, 50, 100)
_MOST = 400
_WHOLE = 60
_USUAL = 8
_PARTS = 10


@dataclass(frozen=True)
class Periods:
    """Periods of a column.

    Attributes
    ----------
    labels : list of str (n_periods,)
        In order; periods without items stand among them.
    of : ndarray (n_items,), int64
        Period of every item; -1 where the column is empty.
    time : bool
        Whether they are periods of time; else ranges of a number.
    """

    labels: list[str]
    of: NDArray[np.int64]
    time: bool = True

    def inside(self, mask: NDArray[np.bool_]) -> Periods:
        """Of some items (n_items,): without empty periods before the first and after the last, thin
        ones at either end joined.
        """
        of = np.where(mask, self.of, -1)
        totals = np.bincount(of[of >= 0], minlength=len(self.labels))
        there = np.flatnonzero(totals)
        if not len(there):
            return Periods([], np.full(len(of), -1), self.time)
        first, last = int(there[0]), int(there[-1])
        head, tail = (
            first + _thin(totals[first : last + 1]),
            last - _thin(totals[first : last + 1][::-1]),
        )
        if head >= tail:
            head, tail = first, last
        ends = (
            joined(self.labels[first], self.labels[head]),
            joined(self.labels[tail], self.labels[last]),
        )
        labels = [ends[0], *self.labels[head + 1 : tail], ends[1]] if tail > head else [ends[0]]
        return Periods(labels, np.where(of >= 0, np.clip(of, head, tail) - head, -1), self.time)


def cut(atlas: Atlas, by: str, period: str | None = None, bins: int | None = None) -> Periods:
    """Periods of the items of an atlas.

    Parameters
    ----------
    by : str
        A number or date column. Numbers that are years, or moments (201605, 20160531, seconds since
        1970), are cut like dates.
    period : {"year", "quarter", "month", "week", "day"}, optional
        Length of a period of time; by default the longest that gives at least 8, or the longest of
        all where those would hold fewer than 10 items on average.
    bins : int, optional
        Number of parts of a number that is no time, each with about as many items; by default one
        for every whole number where these are at most 60 and hold enough items, else 10. Of years,
        number of spans of equal length.

    Raises
    ------
    InputError
        For a column that is missing or of another kind, or a parameter out of range.
    """
    kinds = atlas.columns
    if by not in kinds:
        raise unknown("column", by, kinds)
    if kinds[by] not in ("number", "date"):
        fit = [n for n, k in kinds.items() if k in ("number", "date")]
        raise InputError(
            f"column {by!r} is a {kinds[by]} column; trends need a number or a date:"
            f" {', '.join(fit) or 'there is none'}"
        )
    if bins is not None and not 3 <= bins <= _MOST:
        raise InputError(f"bins={bins}: must be from 3 to {_MOST}")
    if period is not None and period not in _UNITS:
        raise InputError(f"period={period!r}: must be one of {', '.join(_UNITS)}")
    values = atlas.snapshot.items.column(by)
    numbers = None if kinds[by] == "date" else np.asarray(values, dtype=np.float64)
    when = np.asarray(values, dtype="datetime64[s]") if numbers is None else moments(numbers)
    if (period is not None and when is None) or (bins is not None and when is not None):
        raise InputError(
            f"column {by!r} holds {'dates' if when is not None else 'numbers'}: cut numbers with"
            " bins, dates with period"
        )
    if when is not None:
        found = _dates(when, period)
    else:
        assert numbers is not None
        found = _years(numbers, bins) if years(numbers) else _numbers(numbers, bins)
    if len(found.labels) > _MOST:
        raise InputError(
            f"{by!r} gives {len(found.labels)} periods, more than {_MOST}: take longer ones"
            " (period=..., bins=...)"
        )
    return found


def _years(values: NDArray[np.float64], bins: int | None) -> Periods:
    """One period a year, or spans of 2, 5, 10, ... years that begin with a multiple of their length
    where the years are many.
    """
    known = np.isfinite(values)
    low, high = int(values[known].min()), int(values[known].max())
    n_years = high - low + 1
    length = (
        -(-n_years // bins)
        if bins
        else next((s for s in _SPANS if n_years <= s * _WHOLE), _SPANS[-1])
    )
    start = low if bins else low // length * length
    firsts = range(start, high + 1, length)
    labels = [
        joined(str(y), str(min(y + length - 1, high) if bins else y + length - 1)) for y in firsts
    ]
    return Periods(
        labels, np.where(known, (np.nan_to_num(values).astype(np.int64) - start) // length, -1)
    )


def _numbers(values: NDArray[np.float64], bins: int | None) -> Periods:
    known = np.isfinite(values)
    if not known.any():
        return Periods([], np.full(len(values), -1), False)
    distinct, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    of = np.full(len(values), -1)
    if bins is None and _each_its_own(distinct, counts):
        of[known] = (values[known] - distinct[0]).astype(np.int64)
        return Periods(
            [_number(distinct[0] + i) for i in range(int(distinct[-1] - distinct[0]) + 1)],
            of,
            False,
        )
    middle = np.cumsum(counts) - counts / 2  # a value that many items share stays in one part
    part = np.minimum(
        (middle / counts.sum() * (bins or _PARTS)).astype(np.int64), (bins or _PARTS) - 1
    )
    _, part = np.unique(part, return_inverse=True)
    of[known] = part[place]
    ends = [
        (distinct[part == p].min(), distinct[part == p].max()) for p in range(int(part.max()) + 1)
    ]
    return Periods(_ranges(ends), of, False)


def _each_its_own(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> bool:
    """Whether every whole number is a part of its own: they are few, and four in five of them hold
    enough items.
    """
    n_parts = distinct[-1] - distinct[0] + 1
    whole = bool((distinct == np.round(distinct)).all()) and n_parts <= _WHOLE
    return whole and (counts >= FEWEST_ITEMS).sum() >= 0.8 * n_parts


def _dates(values: NDArray[Any], period: str | None) -> Periods:
    known = ~np.isnat(values)
    if not known.any():
        return Periods([], np.full(len(values), -1))
    unit = period or _usual_unit(values[known])
    number = np.where(known, _unit(values, unit), 0)
    first, last = int(number[known].min()), int(number[known].max())
    return Periods(
        [_label(n, unit) for n in range(first, min(last, first + _MOST) + 1)],
        np.where(known, number - first, -1),
    )


def _usual_unit(moments: NDArray[Any]) -> str:
    """The longest unit that gives at least 8 periods; the one before it where periods would hold
    too few items.
    """
    before = _UNITS[0]
    for unit in _UNITS:
        number = _unit(moments, unit)
        n_periods = int(number.max() - number.min()) + 1
        if n_periods >= 3 and unit != before and len(moments) < FEWEST_ITEMS * n_periods:
            return before
        if n_periods >= _USUAL:
            return unit
        before = unit if n_periods >= 3 else before
    return _UNITS[-1]


def _unit(moments: NDArray[Any], unit: str) -> NDArray[np.int64]:
    """Number of the period, counted from 1970."""
    if unit == "quarter":
        return moments.astype("datetime64[M]").astype(np.int64) // 3
    if unit == "week":
        return (moments.astype("datetime64[D]").astype(np.int64) + 3) // 7  # weeks begin on Monday
    return moments.astype(
        {"year": "datetime64[Y]", "month": "datetime64[M]", "day": "datetime64[D]"}[unit]
    ).astype(np.int64)


def _label(number: int, unit: str) -> str:
    if unit == "quarter":
        return f"{1970 + number // 4} Q{number % 4 + 1}"
    if unit == "week":
        return str(np.datetime64(number * 7 - 3, "D"))
    return str(np.array(number).astype(f"datetime64[{unit[0].upper()}]"))


def _thin(totals: NDArray[np.int64]) -> int:
    """Periods from the start that are joined with the next one: until they hold enough items
    together.
    """
    return int(np.searchsorted(np.cumsum(totals), min(FEWEST_ITEMS, int(totals.sum()))))


def joined(first: str, last: str) -> str:
    """One label for neighbouring periods, from the first label to the last; both may be spans
    themselves.
    """
    if first == last:
        return first
    joint = " to " if any("-" in x or " " in x for x in (first, last)) else "–"
    return f"{first.split(' to ')[0].split('–')[0]}{joint}{last.split(' to ')[-1].split('–')[-1]}"


def _ranges(ends: list[tuple[float, float]]) -> list[str]:
    """Ranges as people write them, with as many digits as tell them apart."""
    for digits in range(3, 18):
        labels = [_range(a, b, digits) for a, b in ends]
        if len(set(labels)) == len(labels):
            break
    return labels


def _range(low: float, high: float, digits: int) -> str:
    a, b = _number(low, digits), _number(high, digits)
    return a if a == b else f"{a} to {b}" if low < 0 else f"{a}–{b}"


def _number(value: float, digits: int = 3) -> str:
    """A number as people write it: 14,810, 12.5, 0.0042; not 1.481e+04."""
    if value == np.round(value):
        return f"{value:,.0f}"
    if abs(value) < 1e-6:
        return f"{value:.{digits}g}"
    text = f"{value:,.{max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
