"""The words of a passage that matter to a query, for hits that no concept explains."""

from __future__ import annotations

import re
from typing import Any

from begriff.naming.phrases import stem_key

__all__ = ["mark"]

_MOST = 8


def mark(text: str, query: str, static: Any) -> list[tuple[int, int, float]]:
    """(start, end, share) of at most 8 words, strongest first.

    Parameters
    ----------
    static : Static or None
        Splits its cosine of query and text exactly over the text's tokens; None marks words with a stem of the query.
    """
    words = [(m.start(), m.end()) for m in re.finditer(r"[^\W_]+(?:[-'\u2019][^\W_]+)*", text)]
    if static is None:
        stems = set(stem_key(query).split())
        return [(a, b, 1.0) for a, b in words if set(stem_key(text[a:b]).split()) & stems][:_MOST]
    shares = dict.fromkeys(words, 0.0)
    starts = {i: (a, b) for a, b in words for i in range(a, b)}
    for a, _, value in static.words(text, query):
        if a in starts:
            shares[starts[a]] += value
    best = sorted(shares.items(), key=lambda w: -w[1])[:_MOST]
    return [(a, b, round(v, 5)) for (a, b), v in best if v > 0]
