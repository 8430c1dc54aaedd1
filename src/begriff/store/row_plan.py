"""What to read of a source: columns and their kinds, the one with ids, and the rows that are left
out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Literal, get_args

import numpy as np

from begriff.errors import InputError, unknown
from begriff.readers import Columns, Reader, Survey
from begriff.readers.columns import id_text, is_missing
from begriff.store.items import hash_of

__all__ = [
    "columns_of",
    "has_text",
    "OnDuplicate",
    "Plan",
    "plan_items",
    "sampled",
    "without_repeats",
]

OnDuplicate = Literal["error", "keep-first", "keep-last"]

_SHOWN = 10
_IDS = ("id", "_id")

_FEWEST, _ONE_IN = 3000, 8
_SMALLEST, _LARGEST = 500, 1000


@dataclass(frozen=True)
class Plan:
    """What to read.

    Attributes
    ----------
    columns : Columns
    text : tuple of str
        Columns of the source that hold text.
    id : str or None
        Column of ids; None for the row number.
    drop : dict
        Position in the source (from 0) of every row that is left out because its id is repeated ->
        what to say of it.
    bad : dict
        Position in the source of every row that cannot be an item though it can be read, as one
        whose vector is zero -> why.
    first : int
        What row numbers as ids go on from.
    only : tuple of int
        Positions in the source, rising, of the rows that are read; empty for all.
    """

    columns: Columns
    text: tuple[str, ...]
    id: str | None
    drop: dict[int, str] = field(default_factory=dict)
    bad: dict[int, str] = field(default_factory=dict)
    first: int = 0
    only: tuple[int, ...] = ()


def columns_of(meta: Mapping[str, Any]) -> Columns:
    """The columns of an atlas, from what stage 1 wrote into ``columns.json``."""
    return Columns(meta["kinds"], meta.get("forms", {}), meta.get("sources", {}))


def plan_items(
    reader: Reader,
    text: Sequence[str] | None,
    id: str | None,
    types: Mapping[str, str] | None,
    *,
    leave: Iterable[str] = (),
    as_text: Collection[str] = (),
    unseen: Collection[str] = (),
) -> Plan:
    """Look at all rows and decide what every column is.

    Parameters
    ----------
    reader : Reader
    text, id, types
        As in :func:`begriff.build`.
    leave : iterable of str
        Columns that are left out on request.
    as_text : collection of str
        Columns whose cells are kept as they are written.
    unseen : collection of str
        Columns that are read for something else, as vectors.

    Raises
    ------
    InputError
        When no row can be read, or a named column does not exist.
    """
    leave = list(leave)
    survey, present = (
        Survey(typed=reader.typed, leave={*leave, *unseen}, as_text=as_text),
        set[str](),
    )
    for record in reader:
        if record.row is not None:
            present.update(n for n in leave if n in record.row)
            survey.add(record.row)
    if not survey.n:
        raise InputError(
            f"{reader.name} holds no readable row: there is nothing to build"
            f" from{_first_reason(reader)}"
        )
    text = [t for t in reader.text if t in survey.names] if text is None else text
    for name in [*text, *as_text, *([id] if id else [])]:
        if name not in survey.names:
            raise unknown("column", name, sorted(survey.names))
    for name in leave:
        if name not in present:
            raise unknown("column to leave out", name, sorted(survey.names))
    if not text:
        raise InputError(
            f"name the columns that hold text; {reader.name} has {', '.join(sorted(survey.names))}"
        )
    id = id or next((n for n in _IDS if n in survey.names), None)
    columns = survey.columns(text=text, override=types, id=id)
    columns.dropped.update(dict.fromkeys(leave, "left out as asked"))
    return Plan(columns, tuple(text), id)


def _first_reason(reader: Reader) -> str:
    bad = next((r for r in reader if r.row is None), None)
    return "" if bad is None else f" (line {bad.line}: {bad.reason})"


def without_repeats(reader: Reader, plan: Plan, keep: OnDuplicate) -> Plan:
    """The plan with the rows that are left out because their id comes twice.

    One pass over the source; 8 bytes a row are held, and the ids of those that may be repeated.

    Raises
    ------
    InputError
        With ``keep="error"``, when an id is repeated; the first ten are listed.
    """
    if keep not in get_args(OnDuplicate):
        raise InputError(
            f"on_duplicate={keep!r}: must be one of {', '.join(get_args(OnDuplicate))}"
        )
    if plan.id is None:
        return plan
    hashes = np.fromiter((hash_of(_id(r.row, plan)) for r in reader), dtype=np.uint64)
    values, times = np.unique(hashes, return_counts=True)
    suspects = set(values[(times > 1) & (values != 0)].tolist())
    if not suspects:
        return plan
    places: dict[str, list[tuple[int, int]]] = {}
    for at, record in enumerate(reader):
        id = _id(record.row, plan)
        if id is not None and hash_of(id) in suspects and at not in plan.bad:
            places.setdefault(id, []).append((at, record.line))
    repeated = {i: p for i, p in places.items() if len(p) > 1}
    if repeated and keep == "error":
        shown = [
            f"{i!r:.60} in lines {', '.join(str(line) for _, line in p[:3])}"
            for i, p in islice(repeated.items(), _SHOWN)
        ]
        more = ["and more"] * (len(repeated) > _SHOWN)
        raise InputError(
            f"{len(repeated)} ids in {plan.id!r} are repeated: {'; '.join([*shown, *more])}. Make"
            " them unique, keep one of each with --on-duplicate keep-first or keep-last, or name"
            " another column with --id"
        )
    drop: dict[int, str] = {}
    for i, rows in repeated.items():
        stays = rows[0] if keep == "keep-first" else rows[-1]
        drop.update(
            {
                at: f"id {i!r:.80} is also in line {stays[1]}, which was kept"
                for at, _ in rows
                if at != stays[0]
            }
        )
    return replace(plan, drop=drop)


def sampled(
    reader: Reader, plan: Plan, n: int | None = None, *, among: int = 100_000
) -> Plan | None:
    """The plan for ``n`` rows that lie evenly among the first 100,000 that can be items.

    By default an eighth of them, from 500 to 1,000. None where there are so few rows (fewer than
    3,000) that all of them come hardly later.
    """
    left_out = {*plan.drop, *plan.bad}
    at = [
        i
        for i, r in enumerate(islice(reader, among))
        if i not in left_out and r.row is not None and has_text(r.row, plan)
    ]
    if len(at) < (_FEWEST if n is None else 2 * n):
        return None
    n = n or min(_LARGEST, max(_SMALLEST, len(at) // _ONE_IN))
    return replace(plan, only=tuple(at[i] for i in np.linspace(0, len(at) - 1, n).astype(int)))


def has_text(row: Mapping[str, Any], plan: Plan) -> bool:
    """Whether a row has text in one of the columns that hold it."""
    values = (row.get(c) for c in plan.text)
    return any(not isinstance(v, bytes) and not is_missing(v) and str(v).strip() for v in values)


def _id(row: Mapping[str, Any] | None, plan: Plan) -> str | None:
    """The id of a row; None where it has none, or cannot be an item for want of text."""
    id = "" if row is None else id_text(row.get(str(plan.id)))
    return id if id and row is not None and has_text(row, plan) else None
