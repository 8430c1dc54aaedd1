"""Every vector is compared: the reference, fast enough up to about 10^5 vectors."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats
from begriff.kinds.index import Index

__all__ = ["ExactIndex"]


class ExactIndex(Index):
    """No index: every vector is a candidate, and is compared with the query.

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.indexes import ExactIndex
    >>> index = ExactIndex().build(np.eye(3, dtype=np.float32))
    >>> index.candidates(np.eye(3, dtype=np.float32)[1], 1, mask=np.array([True, True, False]))
    array([0, 1])
    """

    exhaustive: ClassVar[bool] = True

    def build(self, vectors: Floats) -> Self:
        """Take vectors (n, n_dims); only their number is kept."""
        self.n_vectors = len(vectors)
        return self

    def add(self, vectors: Floats) -> Self:
        """Take further vectors (m, n_dims)."""
        self.n_vectors += len(vectors)
        return self

    def candidates(
        self, query: Floats, k: int, *, mask: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """All rows; ``mask`` (n,) keeps rows that are True."""
        return np.arange(self.n_vectors) if mask is None else np.flatnonzero(mask)

    @property
    def n_bytes(self) -> int:
        """0: the vectors are all that there is."""
        return 0

    def save(self, folder: str | Path) -> None:
        """Nothing needs to be written: the folder is made."""
        Path(folder).mkdir(parents=True, exist_ok=True)

    @classmethod
    def load(cls, folder: str | Path, vectors: Floats) -> Self:
        """The index over the same vectors."""
        return cls().build(vectors)
