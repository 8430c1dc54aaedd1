"""What encoders share that put words before queries and items."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder

__all__ = ["Prefixed"]


class Prefixed(Encoder):
    """An encoder of models that read queries otherwise than items, told by words before them.

    Attributes
    ----------
    query_prefix, item_prefix : str
    """

    query_prefix: str
    item_prefix: str

    @abstractmethod
    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Floats:
        """Unit vectors of texts as they are."""

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """Unit vectors of items.

        Parameters
        ----------
        texts : sequence of str
        progress : callable, optional
            Called with (texts done, texts in all).

        Returns
        -------
        ndarray (n_texts, n_dims), float32

        Raises
        ------
        MissingExtraError
            Without the extra that the encoder needs.
        RemoteError
            When it is a server, and that refuses or fails too often.
        """
        return self._encode([self.item_prefix + t for t in texts], progress)

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (n_texts, n_dims) of queries."""
        return self._encode([self.query_prefix + t for t in texts], None)
