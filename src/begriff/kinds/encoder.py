"""Content -> vectors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats, Progress

__all__ = ["Encoder", "TokenStates"]


@dataclass(frozen=True)
class TokenStates:
    """Vectors of the tokens of several contents, one row a token.

    Attributes
    ----------
    values : ndarray (n_tokens, n_units), float32
    owner : ndarray (n_tokens,), int64
        Position of the content that a token belongs to; rising.
    spans : ndarray (n_tokens, 2), int64
        Where a token lies in its content: first character and the one after the last. Equal for
        tokens that the encoder adds.
    """

    values: Floats
    owner: NDArray[np.int64]
    spans: NDArray[np.int64]


class Encoder(ABC):
    """Content -> unit vectors. Rows are float32 and have length 1.

    Content is whatever the encoder takes, equal in kind for all calls: texts, or paths of images.

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

    has_tokens: ClassVar[bool] = False
    """Whether ``tokens`` gives vectors of tokens."""

    remote: ClassVar[bool] = False
    """Whether content leaves this machine."""

    @abstractmethod
    def encode(self, texts: Sequence[Any], *, progress: Progress | None = None) -> Floats:
        """Unit vectors (n_texts, n_dims) float32, in the order of ``texts``."""

    def tokens(self, texts: Sequence[Any]) -> TokenStates:
        """What the encoder makes of every token, before it makes one vector of them.

        Raises
        ------
        InputError
            For an encoder without ``has_tokens``.
        """
        raise InputError(
            f"{type(self).__name__} gives no vectors of tokens: take an encoder that has them, such"
            " as MiniLM"
        )

    def encode_queries(self, texts: Sequence[Any]) -> Floats:
        """The same of queries, for an encoder that reads them otherwise than items."""
        return self.encode(texts)

    def estimate(self, n_chars: int) -> str:
        """What encoding this many characters takes, in words, where that is worth knowing before it
        starts; else empty.
        """
        return ""

    @abstractmethod
    def spans(self, texts: Sequence[Any], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
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
