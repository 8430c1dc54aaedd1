"""Cutting long texts into overlapping passages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["passages", "token_spans"]


def passages(
    tokenise: Callable[[list[str]], list[Any]], texts: Sequence[str], n_tokens: int, overlap: int
) -> list[list[tuple[int, int]]]:
    """Spans of every text; only texts that may be too long (a token has at least one character) are
    tokenised.
    """
    spans = [[(0, len(t))] for t in texts]
    long = [i for i, t in enumerate(texts) if len(t) > n_tokens]
    for i, encoding in zip(long, tokenise([texts[i] for i in long]), strict=True):
        spans[i] = token_spans(encoding.offsets, len(texts[i]), n_tokens, overlap)
    return spans


def token_spans(
    offsets: list[tuple[int, int]], length: int, n_tokens: int, overlap: int
) -> list[tuple[int, int]]:
    """Character ranges that cover a text of ``length`` characters, each at most ``n_tokens`` tokens
    long.

    Parameters
    ----------
    offsets : list of (int, int)
        Character range of every token.
    """
    if len(offsets) <= n_tokens:
        return [(0, length)]
    spans, start = [], 0
    while True:
        stop = min(start + n_tokens, len(offsets))
        spans.append(
            (
                0 if start == 0 else offsets[start][0],
                length if stop == len(offsets) else offsets[stop - 1][1],
            )
        )
        if stop == len(offsets):
            return spans
        start = stop - overlap
