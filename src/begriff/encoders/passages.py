"""Texts -> passages as long as an encoder reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from begriff.kinds.encoder import Encoder
from begriff.kinds.segmenter import Region, Segmenter

__all__ = ["Passages"]


class Passages(Segmenter):
    """Passages as long as an encoder reads, each sharing some tokens with the one before.

    Parameters
    ----------
    encoder : Encoder
        Whose limit counts.
    overlap : int, default 32
        Tokens that two passages share.

    Examples
    --------
    >>> from begriff.encoders import MiniLM, Passages
    >>> passages = Passages(MiniLM(max_tokens=10), overlap=2)
    >>> text = "one two three four five six seven eight nine ten"
    >>> [passages.cut(text, r) for r in passages.regions([text])[0]]
    ['one two three four five six seven eight', 'seven eight nine ten']
    """

    def __init__(self, encoder: Encoder, *, overlap: int = 32) -> None:
        self.encoder = encoder
        self.overlap = overlap

    def regions(self, contents: Sequence[str]) -> list[list[Region]]:
        """Character ranges (start, end) of the passages of every text."""
        spans = self.encoder.spans(contents, overlap=self.overlap)
        return [[(start, end) for start, end in ranges] for ranges in spans]

    def cut(self, content: str, region: Region) -> Any:
        """The text of a passage."""
        start, end = region
        return content[start:end]
