"""Scores of a search by vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense:
    """Best passage and score of every item, -inf where a filter excludes it; ``plain`` is the query
    before steering.

    ``every`` (n_passages,) are the scores of passages, ``penalties`` (n_passages,) what ``less``
    took off them.
    """

    plain: Floats
    query: Floats
    scores: Floats
    passages: NDArray[np.int64]
    every: Floats
    penalties: Floats
