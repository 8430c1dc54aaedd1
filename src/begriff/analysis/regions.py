"""Which concepts name the places of a map: labels that tell a place from the rest, fewer for the
whole and more for its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["Region", "regions"]

_GRID = 128
# standard deviation of the window of a level, as a share of the map's side
_WIDTHS = (0.05, 0.022, 0.011)
# the first at 1x, which is also about that at the 2.5x and 6x of the others
_APART = (0.1, 0.04, 0.0167)
_NEAR = 0.1
_MIN_SHARE = 0.2  # of a concept's activation, that near to its peak
_MIN_COVERAGE = 0.2  # of a place's items
_MIN_LIFT = 3.0
_MIN_ITEMS = 5
_EVIDENCE = 20.0  # nats: by chance among a million of windows and concepts once in about 500 maps
# items added to a window, so that a handful in an empty place is not the purest of all
_PRIOR = 5.0


@dataclass(frozen=True)
class Region:
    """A label of a place.

    Attributes
    ----------
    column : int
        The concept.
    x, y : float
        Centre of its items there, 0 to 1.
    items : int
        How many there hold it.
    level : int
        0 is shown at any zoom, 1 from about 2.5 times, 2 from about 6 times.
    """

    column: int
    x: float
    y: float
    items: int
    level: int


def regions(
    points: Floats, codes: csr_array, *, most: Sequence[int] = (16, 60, 200)
) -> list[Region]:
    """Labels of a scatter: the concepts whose items gather where few others are, broad regions
    first.

    Of every concept the best place is sought with a Gaussian window, of one width per level: where
    its items inside exceed the expected number most, against the root of (its items x the items
    inside), so that a label fills its place (coverage) and is seldom elsewhere (lift). It may label
    the place when a fifth of its activation is near, it is on a fifth of the place's items and
    three times as frequent there as in the corpus, and chance does not give as much (log-likelihood
    ratio of a Poisson count). Then labels are taken one by one, those that cover most items without
    a label first; a concept labels one place.

    Parameters
    ----------
    points : ndarray (n_items, 2), float
        From 0 to 1.
    codes : csr_array (n_items, n_columns), float
        Activations of the concepts that may be labels.
    most : sequence of int (3,)
        Labels of each level.

    Returns
    -------
    list of Region
        By level, then in the order in which they were chosen. Centres of a level are apart from
        each other and from those of the levels before: hypot(dx / 2, dy) is at least .1, .04 and
        .0167, since a label is wider than high.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from begriff.analysis.regions import regions
    >>> points = np.repeat([[0.2, 0.2], [0.2, 0.8], [0.8, 0.2], [0.8, 0.8]], 50, axis=0)
    >>> codes = csr_array(np.repeat(np.eye(4), 50, axis=0))
    >>> [(r.column, round(r.x, 3), round(r.y, 3), r.items) for r in regions(points, codes)]
    [(0, 0.2, 0.2, 50), (1, 0.2, 0.8, 50), (2, 0.8, 0.2, 50), (3, 0.8, 0.8, 50)]

    Source: the likelihood ratio of a window: Kulldorff 1997, "A spatial scan statistic".
    """
    points = np.clip(np.asarray(points, dtype=np.float64).reshape(-1, 2), 0, 1)
    held = _Held.of(points, codes)
    chosen: list[Region] = []
    for level, (width, apart, number) in enumerate(zip(_WIDTHS, _APART, most, strict=True)):
        if len(held.entries):
            chosen += _choose(_places(held, width), chosen, level, apart, number)
    return chosen


@dataclass(frozen=True)
class _Held:
    """Who holds what, where: entries of the codes with the mean activation of every concept made 1.

    Attributes
    ----------
    points : ndarray (n_items, 2)
    histogram : ndarray (n_columns, grid, grid)
        Activation by cell, the first axis of which is x.
    background : ndarray (grid, grid)
        Items by cell.
    entries : ndarray (n_entries, 2)
        Their points.
    columns, strengths : ndarray (n_entries,)
    total, scatter : ndarray (n_columns,)
        Items of a concept, and its mean squared activation.
    """

    points: Floats
    histogram: Floats
    background: Floats
    entries: Floats
    columns: NDArray[np.int64]
    strengths: Floats
    total: Floats
    scatter: Floats

    @classmethod
    def of(cls, points: Floats, codes: csr_array) -> _Held:
        n_columns = codes.shape[1]
        rows = np.repeat(np.arange(codes.shape[0]), np.diff(codes.indptr))
        active = codes.data > 0
        rows, columns, raw = (
            rows[active],
            codes.indices[active].astype(np.int64),
            codes.data[active].astype(np.float64),
        )
        total = np.bincount(columns, minlength=n_columns).astype(np.float64)
        raw /= (np.bincount(columns, raw, n_columns) / np.maximum(total, 1))[columns]
        scatter = np.bincount(columns, raw**2, n_columns) / np.maximum(total, 1)
        cell = np.minimum((points * _GRID).astype(np.int64), _GRID - 1) @ [_GRID, 1]
        histogram = np.bincount(columns * _GRID**2 + cell[rows], raw, n_columns * _GRID**2).astype(
            np.float32
        )
        background = np.bincount(cell, minlength=_GRID**2).astype(np.float32)
        shape = (_GRID, _GRID)
        return cls(
            points,
            histogram.reshape(-1, *shape),
            background.reshape(shape),
            points[rows],
            columns,
            raw,
            total,
            scatter,
        )


@dataclass(frozen=True)
class _Places:
    """The best place of every concept for windows of one width; fit is 0 where it may not be a
    label.

    Attributes
    ----------
    centres : ndarray (n_columns, 2)
    fit : ndarray (n_columns,)
        Geometric mean of the share of the place's items that hold the concept and of the concept's
        items there, less chance.
    inside : ndarray (n_columns,)
        Items of the corpus in the window.
    items : ndarray (n_columns,), int
        Items within two widths of the centre that hold the concept.
    width : float
    """

    centres: Floats
    fit: Floats
    inside: Floats
    items: NDArray[np.int64]
    width: float


def _places(held: _Held, width: float) -> _Places:
    n_items, n_columns = len(held.points), len(held.total)
    at = np.arange(0, _GRID, max(1, int(width * _GRID / 1.4)))
    kernel = np.exp(-(((at[:, None] - np.arange(_GRID)) / _GRID) ** 2) / (2 * width**2)).astype(
        np.float32
    )
    around = kernel @ held.background @ kernel.T
    holding = kernel @ held.histogram @ kernel.T
    share = (held.total / n_items).astype(np.float32)
    fit = (holding - share[:, None, None] * around) / np.sqrt(around + np.float32(_PRIOR))
    peak = fit.reshape(n_columns, -1).argmax(1)
    count, inside = holding.reshape(n_columns, -1)[np.arange(n_columns), peak], around.ravel()[peak]
    expected = share * inside
    centres = _centres(held, (at[np.stack(np.divmod(peak, len(at)), 1)] + 0.5) / _GRID, width)
    distance = np.hypot(*(held.entries - centres[held.columns]).T)
    items = np.bincount(held.columns[distance <= 2 * width], minlength=n_columns)
    near = np.bincount(held.columns, held.strengths * (distance <= _NEAR), n_columns) / np.maximum(
        held.total, 1
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        evidence = (count * np.log(count / expected) - count + expected) / held.scatter
        good = (
            (count >= _MIN_COVERAGE * inside)
            & (count >= _MIN_LIFT * expected)
            & (evidence >= _EVIDENCE)
            & (near >= _MIN_SHARE)
            & (items >= _MIN_ITEMS)
        )
        value = np.where(good, (count - expected) / np.sqrt(held.total * (inside + _PRIOR)), 0.0)
    return _Places(centres, value, inside, items, width)


def _centres(held: _Held, start: Floats, width: float) -> Floats:
    """Where the items of a concept (n_columns, 2) around a place are: two steps of mean shift,
    which stragglers do not move.
    """
    at = start
    for _ in range(2):
        weight = held.strengths * np.exp(
            -((held.entries - at[held.columns]) ** 2).sum(1) / (2 * width**2)
        )
        mass = np.bincount(held.columns, weight, len(start))
        moved = np.stack(
            [
                np.bincount(held.columns, weight * held.entries[:, axis], len(start))
                for axis in (0, 1)
            ],
            1,
        )
        # guards concepts on no item
        at = np.where(mass[:, None] > 0, moved / np.maximum(mass, 1e-12)[:, None], at)
    return at


def _choose(
    places: _Places, before: Sequence[Region], level: int, apart: float, most: int
) -> list[Region]:
    """Greedily the labels of one level: fit x root of the items in the window, less those that this
    level's labels cover.
    """
    gain = places.fit * np.sqrt(places.inside)
    gain[[r.column for r in before]] = 0
    for r in before:
        gain[_stretched(places.centres - [r.x, r.y]) < apart] = 0
    chosen: list[Region] = []
    while len(chosen) < most and gain.any():
        best = int(gain.argmax())
        x, y = places.centres[best].tolist()
        chosen.append(Region(best, x, y, int(places.items[best]), level))
        offset = places.centres - [x, y]
        gain = gain * (1 - np.exp(-(offset**2).sum(1) / (4 * places.width**2)))
        gain[_stretched(offset) < apart] = 0
    return chosen


def _stretched(offset: Floats) -> Floats:
    return np.hypot(offset[:, 0] / 2, offset[:, 1])
