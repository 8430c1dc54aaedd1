"""Areas of the map in a condition: ``on_map('x y, x y, x y') AND year >= 2020``."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.linalg.polygon import inside
from begriff.store.conditions import shortened, tokens

__all__ = ["inside_area", "split_areas"]

_HIGHEST = 65535
_MOST = 400
_NUMBER = r"-?\d+(?:\.\d+)?"
_CORNER = re.compile(rf"\s*({_NUMBER})\s+({_NUMBER})\s*")


def split_areas(condition: str) -> tuple[str, list[Floats]]:
    """A condition on columns, empty where there is none, and the areas that items must lie in as
    well.

    Parameters
    ----------
    condition : str
        ``on_map`` takes the corners of a polygon, in coordinates of the map from 0 to 1, and is
        joined to what else there is by AND.

    Returns
    -------
    str
        What is left without areas.
    list of ndarray (n_corners, 2)

    Raises
    ------
    InputError
        For an area that is joined otherwise, or that is no polygon.

    Examples
    --------
    >>> from begriff.store.areas import split_areas
    >>> rest, areas = split_areas("year > 2000 AND on_map('0 0, 1 0, 1 1')")
    >>> rest, areas[0].tolist()
    ('year > 2000', [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    """
    if "on_map" not in condition.lower():
        return condition, []
    clauses = _clauses(condition)
    calls = [clause for clause in clauses if "on_map" in (word.lower() for word in clause)]
    if not calls:  # the letters stand in a literal
        return condition, []
    if any(
        word.lower() == "or" and depth == 0
        for clause in clauses
        for word, depth in zip(clause, _depths(clause), strict=True)
    ):
        raise InputError(
            f"where={shortened(condition)} joins on_map(...) by OR: put what stands beside it in"
            " brackets, and write AND"
        )
    rest = " AND ".join(" ".join(clause) for clause in clauses if clause not in calls)
    return rest, [_corners(condition, clause) for clause in calls]


def _clauses(condition: str) -> list[list[str]]:
    """Words of what the ANDs outside brackets join; the AND of a BETWEEN splits, too, and is put
    back with the others.
    """
    words = [token.group() for token in tokens(condition)]
    clauses: list[list[str]] = [[]]
    for word, depth in zip(words, _depths(words), strict=True):
        if word.lower() == "and" and depth == 0:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return clauses


def _depths(words: list[str]) -> list[int]:
    """How many brackets are open at each word."""
    return [int(d) for d in np.cumsum([(w == "(") - (w == ")") for w in words])]


def _corners(condition: str, clause: list[str]) -> Floats:
    """The polygon of ``on_map ( '...' )``."""
    if [clause[0].lower(), *clause[1:2], *clause[3:]] != ["on_map", "(", ")"] or not clause[
        2
    ].startswith("'"):
        raise InputError(
            f"where={shortened(condition)}: write on_map('x y, x y, x y'), joined to the rest"
            " by AND"
        )
    pairs = [_CORNER.fullmatch(pair) for pair in clause[2][1:-1].split(",")]
    corners = np.array([[float(p[1]), float(p[2])] for p in pairs if p], dtype=np.float64)
    if None in pairs or not 3 <= len(corners) <= _MOST or np.abs(corners).max() > 2:
        raise InputError(
            f"where={shortened(condition)}: on_map takes 3 to {_MOST} corners 'x y, x y, ...' with"
            " x and y from 0 to 1"
        )
    return corners


def inside_area(points: NDArray[np.uint16], corners: Floats) -> NDArray[np.bool_]:
    """Which places (n_items, 2) of a layout lie inside a polygon (n_corners, 2), as (n_items,)."""
    return inside(np.asarray(points) / _HIGHEST, np.asarray(corners, dtype=np.float64))
