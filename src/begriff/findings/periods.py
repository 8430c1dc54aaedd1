"""Cutting a number or a date column into periods."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError, unknown

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["cut", "Periods"]

_UNITS = ("year", "quarter", "month", "week", "day")
_MOST = 400


@dataclass(frozen=True)
class Periods:
    """Periods of a column.

    Attributes
    ----------
    labels : list of str (n_periods,)
        In order; periods without items stand among them.
    of : ndarray (n_items,)
        Period of every item; -1 where the column is empty.
    """

    labels: list[str]
    of: NDArray[np.int64]


def cut(atlas: Atlas, by: str, period: str | None = None, bins: int | None = None) -> Periods:
    """Periods of the items of an atlas.

    Parameters
    ----------
    by : str
        A number or date column.
    period : {"year", "quarter", "month", "week", "day"}, optional
        Length of a period of dates; by default the longest that gives at least 8.
    bins : int, optional
        Number of equally wide periods of numbers; by default one per whole number where these are at most 60, else 20.

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
        raise InputError(f"column {by!r} is a {kinds[by]} column; trends need a number or a date: {', '.join(fit) or 'there is none'}")
    if bins is not None and not 3 <= bins <= _MOST:
        raise InputError(f"bins={bins}: must be from 3 to {_MOST}")
    if period is not None and period not in _UNITS:
        raise InputError(f"period={period!r}: must be one of {', '.join(_UNITS)}")
    if (period is not None and kinds[by] == "number") or (bins is not None and kinds[by] == "date"):
        raise InputError(f"column {by!r} is a {kinds[by]} column: cut numbers with bins, dates with period")
    values = atlas.items.column(by)
    found = _dates(values, period) if kinds[by] == "date" else _numbers(np.asarray(values, dtype=np.float64), bins)
    if len(found.labels) > _MOST:
        raise InputError(f"{by!r} gives {len(found.labels)} periods, more than {_MOST}: take longer ones (period=..., bins=...)")
    return found


def _numbers(values: NDArray[np.float64], bins: int | None) -> Periods:
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 0.0)
    whole = bool((values[known] == np.round(values[known])).all()) and high - low < 60
    if bins is None and whole:
        of = np.where(known, np.nan_to_num(values) - low, -1).astype(np.int64)
        return Periods([str(int(low) + i) for i in range(int(high - low) + 1)], of)
    edges = np.linspace(low, high, (bins or 20) + 1)
    of = np.clip(np.searchsorted(edges, np.nan_to_num(values), "right") - 1, 0, len(edges) - 2)
    return Periods([f"{a:.4g}-{b:.4g}" for a, b in pairwise(edges)], np.where(known, of, -1))


def _dates(values: NDArray[Any], period: str | None) -> Periods:
    moments = np.asarray(values, dtype="datetime64[s]")
    known = ~np.isnat(moments)
    if not known.any():
        return Periods([], np.full(len(moments), -1))
    units = [period] if period else list(_UNITS)
    for unit in units:
        number = np.where(known, _unit(moments, unit), 0)
        first, last = int(number[known].min()), int(number[known].max())
        if last - first + 1 >= 8:
            break
    return Periods([_label(n, unit) for n in range(first, min(last, first + _MOST) + 1)], np.where(known, number - first, -1))


def _unit(moments: NDArray[Any], unit: str) -> NDArray[np.int64]:
    """Number of the period, counted from 1970."""
    if unit == "quarter":
        return moments.astype("datetime64[M]").astype(np.int64) // 3
    if unit == "week":
        return (moments.astype("datetime64[D]").astype(np.int64) + 3) // 7  # weeks begin on Monday
    return moments.astype({"year": "datetime64[Y]", "month": "datetime64[M]", "day": "datetime64[D]"}[unit]).astype(np.int64)


def _label(number: int, unit: str) -> str:
    if unit == "quarter":
        return f"{1970 + number // 4} Q{number % 4 + 1}"
    if unit == "week":
        return str(np.datetime64(number * 7 - 3, "D"))
    return str(np.array(number).astype(f"datetime64[{unit[0].upper()}]"))
