"""Vectors that can be searched."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Index"]


class Index(ABC):
    """Vectors under their row number, searched by inner product.

    An index may be approximate: it proposes candidates, and search scores them exactly.
    """

    exhaustive: ClassVar[bool] = False
    """Whether every vector is a candidate of every query, so that search compares all by itself."""

    @abstractmethod
    def build(self, vectors: Floats) -> Self:
        """Index vectors (n, n_dims) float32, which may be a memory map."""

    @abstractmethod
    def add(self, vectors: Floats) -> Self:
        """Index further vectors (m, n_dims), as the rows after those that are there."""

    @abstractmethod
    def candidates(
        self, query: Floats, k: int, *, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """Rows that are probably among the ``k`` with the largest inner products with a query
        (n_dims,), in any order.

        At least k of them, fewer only where fewer are there; ``mask`` (n,) keeps rows that are
        True.
        """

    @property
    @abstractmethod
    def n_bytes(self) -> int:
        """Memory that the index takes beside the vectors."""

    @abstractmethod
    def save(self, folder: str | Path) -> None:
        """Write the index into a folder; nothing executable."""

    @classmethod
    @abstractmethod
    def load(cls, folder: str | Path, vectors: Floats) -> Self:
        """Read what ``save`` wrote, over the same vectors (n, n_dims).

        Raises
        ------
        AtlasError
            When a file is missing or damaged.
        """
