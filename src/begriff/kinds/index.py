"""Vectors that can be searched."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Index"]


class Index(ABC):
    """Vectors under a key, searched by inner product."""

    @abstractmethod
    def search(
        self, query: Floats, k: int, *, mask: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], Floats]:
        """Rows and scores of the ``k`` best, best first; ``mask`` (n,) keeps rows that are True."""
