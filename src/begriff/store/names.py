"""Names and texts as people write them."""

from __future__ import annotations

import unicodedata

__all__ = ["as_written", "whole_text"]


def as_written(name: str) -> str:
    """A name for comparing: equal for names that differ in capitals, spaces or how their characters
    are encoded alone.
    """
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def whole_text(text: str) -> str:
    """A text in which two halves of a character are one, and a half without its other is U+FFFD: it
    can be encoded.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
