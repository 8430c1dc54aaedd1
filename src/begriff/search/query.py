"""What is searched for: words, or a vector that somebody has."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.store.names import whole_text

__all__ = ["check_number", "Query", "read_query", "read_vector"]


@dataclass(frozen=True)
class Query:
    """Words, or a unit vector (n_dims,) float32 and no words."""

    text: str
    vector: Floats | None = None


def read_query(query: Any, n_dims: int) -> Query:
    """The query as it can be searched for.

    Parameters
    ----------
    query : str or array_like (n_dims,)
    n_dims : int
        Of the vectors that are searched.

    Raises
    ------
    InputError
        For no words, several texts, or what is no vector of ``n_dims`` finite numbers with a
        direction.
    """
    if isinstance(query, str):
        if not query.strip():
            raise InputError("the query is empty: give some words, or a vector")
        return Query(whole_text(query))
    if isinstance(query, list | tuple) and query and all(isinstance(q, str) for q in query):
        raise InputError(f"the query is a list of {len(query)} texts: search for one at a time")
    return Query("", read_vector(query, n_dims))


def read_vector(given: Any, n_dims: int) -> Floats:
    """A vector of any length other than 0 as a unit vector (n_dims,) float32; measured in float64,
    so that 1e200 and 1e-200 are lengths.

    Parameters
    ----------
    given : array_like (n_dims,) or (1, n_dims)
        A list, an array, a tensor on any device, a column of a frame.
    """
    rule = f"give words, or one vector of n_dims={n_dims} finite numbers"
    try:
        if hasattr(given, "detach"):  # a tensor of torch: numpy knows no bfloat16
            given = given.detach().cpu().double().numpy()
        array = np.asarray(given)
        if array.dtype.kind not in "biufO":
            raise TypeError(f"its dtype is {array.dtype}")
        vector = array.astype(np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError) as e:
        raise InputError(
            f"the query is a {type(given).__name__} that is no vector of numbers: {rule}"
        ) from e
    if vector.shape not in ((n_dims,), (1, n_dims)):
        raise InputError(f"the query has the shape {vector.shape}: {rule}")
    vector = vector.ravel()
    largest = float(np.abs(vector).max())
    if not np.isfinite(largest) or largest == 0:
        raise InputError(
            f"the query vector {'is zero' if largest == 0 else 'holds NaN or infinity'}: {rule},"
            " not all of them 0"
        )
    scaled = vector / largest
    return np.asarray(scaled / np.linalg.norm(scaled), dtype=np.float32)


def check_number(
    value: Any, name: str, least: int, most: int | None = None, *, way_out: str = ""
) -> int:
    """A whole number of Python or numpy within limits.

    Raises
    ------
    InputError
        When it is none.
    """
    limits = f"at least {least}" if most is None else f"from {least} to {most}"
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name}={value!r}: must be a whole number {limits}{way_out}") from None
    if isinstance(value, bool | np.bool_) or number < least or (most is not None and number > most):
        raise InputError(f"{name}={value!r}: must be a whole number {limits}{way_out}")
    return number
