"""Dates as people and programs write them."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

__all__ = ["Dates", "is_no_date", "moment_of", "spelled"]

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?\s?(Z|UTC|GMT|[+-]\d{2}(:?\d{2})?)?)?$"
    r"|\d{4}-\d{2}$|\d{4}$",
    re.ASCII,
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}$", re.ASCII)
_SHAPE = re.compile(r"[+-]?\d{1,6}[-/.]\d{1,2}[-/.]\d{1,4}([T ].*)?$", re.ASCII)
_ZERO = re.compile(r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}([T ]00:00(:00(\.0+)?)?)?$")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_DAYS = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%Y.%m.%d",
)
_WORDS = (
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%b %d %Y",
    "%B %d %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%A, %B %d, %Y",
)
_MONTHS = ("%b %Y", "%B %Y")
_LOGS = (
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %Z",
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S %z %Y",
    "%a %b %d %H:%M:%S %Z %Y",
    "%d/%b/%Y:%H:%M:%S %z",
)
_FORMATS = (*(d + c for d, c in itertools.product((*_DAYS, *_WORDS), _CLOCKS)), *_MONTHS, *_LOGS)
# values that several formats read differently, kept to tell whether those formats stay
_COMPARED = 100
_LONGEST = 40  # characters of a date
# share of cells that look like dates and are none (2019-02-30), up to which a column is one of
# dates
_IMPOSSIBLE = 0.05


def moment_of(value: Any, form: str = "") -> datetime:
    """A date or moment in UTC, without a zone.

    Parameters
    ----------
    value : datetime, date or str
    form : str
        How text is written: "" or "day" for ISO 8601 (2019-12-31, 2019-12,
        2019-12-31T23:59:59+01:00), else as :meth:`datetime.strptime`.

    Raises
    ------
    ValueError
        When it is none.
    """
    if isinstance(value, datetime):
        # a subclass, as of pandas, becomes plain
        moment = datetime.combine(value.date(), value.time(), value.tzinfo)
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif form in ("", "day"):
        moment = _iso(str(value).strip())
    else:
        moment = datetime.strptime(str(value).strip(), form)
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _iso(text: str) -> datetime:
    if not _ISO.match(text):
        raise ValueError("no date")
    if len(text) <= 7:
        return datetime(int(text[:4]), int(text[5:] or 1), 1)
    text = re.sub(r"\s?(Z|UTC|GMT)$", "+00:00", text)
    return datetime.fromisoformat(re.sub(r"\s(?=[+-]\d{2}(:?\d{2})?$)", "", text))


def spelled(moment: datetime, form: str) -> str:
    """A moment as its column writes it; years have four digits on every system."""
    if form == "day":
        return moment.date().isoformat()
    return moment.isoformat() if not form else moment.strftime(form)


def is_no_date(text: str) -> bool:
    """Whether a text stands for the absence of a date, as ``0000-00-00``."""
    return bool(_ZERO.match(text))


class Dates:
    """Whether the values of a column are dates, and how they are written.

    Examples
    --------
    >>> dates = Dates()
    >>> [dates.add(v) for v in ("31/12/2019", "01/02/2020")]
    [True, True]
    >>> dates.form
    '%d/%m/%Y'
    """

    def __init__(self) -> None:
        self._forms: list[str] | None = None
        self._n = self._impossible = 0
        self._only_days, self._only_years, self._any = True, True, False
        self._objects = 0
        self._unlike: list[str] = []

    def add(self, value: Any) -> bool:
        """Take another value in; False when the column holds something else."""
        self._n += 1
        if isinstance(value, date):
            self._only_years, self._any = False, True
            self._objects += 1
            self._only_days &= not isinstance(value, datetime)
            return self._forms in (None, [""])
        text = value.strip() if isinstance(value, str) else ""
        if is_no_date(text):
            return True
        left = [
            f
            for f in (_candidates(text) if self._forms is None else self._forms)
            if _read(text, f) is not None
        ]
        if not left:
            self._impossible += 1
            return bool(_SHAPE.match(text) or _ISO.match(text))
        if len({_read(text, f) for f in left}) > 1 and len(self._unlike) < _COMPARED:
            self._unlike.append(text)
        self._forms, self._any = left, True
        self._only_days &= bool(_DAY.match(text))
        self._only_years &= len(text) == 4
        return True

    @property
    def form(self) -> str | None:
        """How the dates are written; None when they are none, or day and month cannot be told
        apart.
        """
        # a column that was typed as dates is one
        doubtful = self._impossible > _IMPOSSIBLE * self._n and not self._objects
        if not self._any or self._only_years or doubtful or self.unclear:
            return None
        if self._forms in (None, [""]):
            return "day" if self._only_days else ""
        assert self._forms is not None
        return self._forms[0]

    @property
    def unclear(self) -> list[str]:
        """Formats that fit all values, where they read some of them differently."""
        forms = self._forms or []
        return forms if any(len({_read(t, f) for f in forms}) > 1 for t in self._unlike) else []


def _candidates(text: str) -> tuple[str, ...]:
    if _ISO.match(text):
        return ("",)
    return _FORMATS if any(c.isdigit() for c in text) and len(text) < _LONGEST else ()


@lru_cache(maxsize=4096)
def _read(text: str, form: str) -> datetime | None:
    try:
        return moment_of(text, form)
    except (ValueError, OverflowError):
        return None
