"""Numbers that are points in time: years, months and days written as digits, seconds since 1970."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["moments", "named_like_time", "years"]

_YEAR = {"year", "years", "yr", "jahr", "année", "annee", "año", "ano", "anno", "rok", "år"}
_MOMENT = {
    "date",
    "datum",
    "fecha",
    "time",
    "timestamp",
    "ts",
    "epoch",
    "utc",
    "day",
    "month",
    "yearmonth",
    "yyyymm",
    "yyyymmdd",
    "when",
}
_EVENT = {
    "published",
    "created",
    "updated",
    "modified",
    "posted",
    "released",
    "issued",
    "submitted",
    "publication",
    "release",
}


def named_like_time(name: str) -> bool:
    """Whether one of the words of a column's name is a word for time: ``pub_year``, ``createdAt``,
    ``publicationYear``; not ``runtime``.

    Examples
    --------
    >>> from begriff.analysis.calendar import named_like_time
    >>> [named_like_time(n) for n in ("pubYear", "created_at", "length", "lifetime", "num_updates")]
    [True, True, False, False, False]
    """
    words = {w.lower() for w in re.findall(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])", name)}
    return bool(words & (_YEAR | _MOMENT | _EVENT)) or any(
        w.endswith(("year", "jahr")) for w in words
    )


def years(values: ArrayLike) -> bool:
    """Whether numbers (n,) are years: whole, from 1000 to 2100, NaN left out."""
    known = _known(values)
    return (
        bool(len(known))
        and bool((known == np.round(known)).all())
        and bool(known.min() >= 1000 and known.max() <= 2100)
    )


def moments(values: ArrayLike) -> NDArray[np.datetime64] | None:
    """Numbers (n,) as moments (n,) to the second, NaT for NaN, or None where they are none.

    They are moments when all of them are months (201605), days (20160531), or seconds or
    milliseconds since 1970 from 1980 to 2100.

    Examples
    --------
    >>> from begriff.analysis.calendar import moments
    >>> moments([201605, 201612]).astype("datetime64[M]").tolist()
    [datetime.date(2016, 5, 1), datetime.date(2016, 12, 1)]
    >>> moments([201605, 201613]) is None
    True
    """
    known = _known(values)
    if not len(known) or (known < 0).any():
        return None
    if (known == np.round(known)).all() and (
        digits := set(map(len, map(str, known.astype(np.int64).tolist())))
    ) <= {6, 8}:
        return _written(values, digits.pop()) if len(digits) == 1 else None
    for unit, per_second in (("s", 1), ("ms", 1000)):
        first, last = (
            np.datetime64(day, "s").astype(np.int64) * per_second
            for day in ("1980-01-01", "2100-01-01")
        )
        if known.min() >= first and known.max() <= last:
            return _filled(
                values,
                lambda v, unit=unit: (
                    np.round(v)
                    .astype(np.int64)
                    .astype(f"datetime64[{unit}]")
                    .astype("datetime64[s]")
                ),
            )
    return None


def _written(values: ArrayLike, n_digits: int) -> NDArray[np.datetime64] | None:
    """Months or days that are written as digits; None where one of them does not exist."""
    known = _known(values).astype(np.int64)
    year, rest = np.divmod(known, 10 ** (n_digits - 4))
    month, day = (rest, np.ones_like(rest)) if n_digits == 6 else np.divmod(rest, 100)
    if not (
        ((year >= 1000) & (year <= 2100)).all()
        and ((month >= 1) & (month <= 12)).all()
        and ((day >= 1) & (day <= 31)).all()
    ):
        return None
    start = ((year - 1970) * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]")
    exact = start + (day - 1)
    if (exact.astype("datetime64[M]") != start.astype("datetime64[M]")).any():  # as 31 April
        return None
    return _filled(values, lambda _: exact.astype("datetime64[s]"))


def _filled(values: ArrayLike, convert: Any) -> NDArray[np.datetime64]:
    numbers = np.asarray(values, dtype=np.float64)
    out = np.full(numbers.shape, np.datetime64("NaT", "s"))
    known = np.isfinite(numbers)
    out[known] = convert(numbers[known])
    return out


def _known(values: ArrayLike) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    return numbers[np.isfinite(numbers)]
