"""Content -> regions that are embedded separately."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

__all__ = ["Region", "Segmenter"]

Region = tuple[int, ...]
"""Where a region lies: (start, end) of a text in characters or of a series in steps, (left, top,
right, bottom) of an image in pixels."""


class Segmenter(ABC):
    """Content -> regions: passages of a text, patches of an image, windows of a series."""

    @abstractmethod
    def regions(self, contents: Sequence[Any]) -> list[list[Region]]:
        """At least one region for every content, in the order in which they are read."""

    @abstractmethod
    def cut(self, content: Any, region: Region) -> Any:
        """What lies in a region: content that an encoder takes."""
