"""Texts -> vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from begriff.kinds.checks import Floats, Progress

__all__ = ["Encoder"]


class Encoder(ABC):
    """Texts -> unit vectors. Rows are float32 and have length 1.

    Attributes
    ----------
    name : str
        Identifies the encoder and its settings; two encoders with equal names give equal vectors.
    n_dims : int
        Width of a vector.
    """

    name: str
    n_dims: int
    chunk: int = 2048
    """Texts that an interrupted run may have to encode again."""

    @abstractmethod
    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Floats:
        """Unit vectors (n_texts, n_dims) float32, in the order of ``texts``."""

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """The same of queries, for an encoder that reads them otherwise than items."""
        return self.encode(texts)

    def estimate(self, n_chars: int) -> str:
        """What encoding this many characters takes, in words, where that is worth knowing before it
        starts; else empty.
        """
        return ""

    @abstractmethod
    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: as long as the encoder reads,
        sharing ``overlap`` tokens.
        """

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder."""
        return {}

    @classmethod
    def restore(cls, settings: Mapping[str, Any]) -> Encoder:
        """The encoder that an atlas names by its settings, which are what somebody else may have
        written.

        Raises
        ------
        InputError
            When it is not to be trusted.
        """
        return cls(**settings)
