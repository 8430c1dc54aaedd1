"""Candidate phrases of a corpus, by statistics alone: no word list, no language."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds.checks import Floats

__all__ = ["find_phrases", "Phrases", "stem_key"]

_TOKEN = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*|[^\w\s]")
_TOPICAL = 0.003
_BLOCK = 8192


@dataclass(frozen=True)
class Phrases:
    """Phrases of one to three words and where they occur.

    Attributes
    ----------
    texts : list of str (n_phrases,)
        The commonest surface form of each phrase.
    incidence : csr_array (n_items, n_phrases), float32
        1 where an item holds the phrase in any inflection.
    """

    texts: list[str]
    incidence: csr_array


def stem_key(phrase: str) -> str:
    """The stems of a phrase's words, joined: equal for inflections of the same phrase."""
    return " ".join(_stems(re.findall(r"[^\W_]+", phrase.lower())))


def find_phrases(
    texts: Sequence[str], vectors: Floats, *, min_items: int = 5, max_phrases: int = 40_000
) -> Phrases:
    """Phrases that say something about the items which hold them.

    A word is *topical* when the items that hold it lie off the corpus's centre: the squared
    distance of their mean vector from the mean of all, less what chance gives, exceeds .3 % of the
    total variance. Function words fail (they occur everywhere), "image" and "language" pass,
    however frequent. A phrase starts and ends with topical words, crosses no punctuation, is
    topical itself, and occurs in at least ``min_items`` items; inflections are merged.

    Parameters
    ----------
    texts : sequence of str (n_items,)
    vectors : ndarray (n_items, n_dims)
    min_items : int
    max_phrases : int
        The most topical ones stay (distance times number of items).

    Returns
    -------
    Phrases
    """
    words, ids, items = _tokenise(texts)
    centred = np.asarray(vectors - vectors.mean(0), dtype=np.float32)
    n, v = len(texts), len(words)
    solid = np.array([w[0].isalnum() for w in words])
    frequency = np.bincount(_distinct(ids * np.int64(n) + items) // n, minlength=v)
    known = solid & (frequency >= min_items)
    edge = known & np.array([len(w) > 1 and not w.replace(".", "").isdigit() for w in words])
    edge[edge] = (
        _topicality(*_pairs(ids, items, edge, n), n_items=n, centred=centred)[np.flatnonzero(edge)]
        > _TOPICAL
    )
    surfaces, rows, columns = _merge(
        (_spans(ids, items, known, edge, length) for length in (1, 2, 3)), words, n, min_items
    )
    return _best(surfaces, rows, columns, centred, max_phrases)


def _spans(
    ids: NDArray[np.int32],
    items: NDArray[np.int32],
    known: NDArray[np.bool_],
    edge: NDArray[np.bool_],
    length: int,
) -> tuple[list[NDArray[np.int32]], NDArray[np.int32]]:
    """The words of all phrases of a length, one array a place, and the items that they stand in."""
    spans = _windows(ids, length)
    keep = edge[spans[0]] & edge[spans[-1]]
    for s in spans:
        keep &= known[s]
    keep &= items[: len(keep)] == items[length - 1 :]
    return [s[keep] for s in spans], items[: len(keep)][keep]


def _tokenise(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """Vocabulary, word ids of the whole corpus in order, and the item that each belongs to."""
    vocabulary: dict[str, int] = {}
    ids = array("i")
    lengths = []
    for text in texts:
        tokens = [vocabulary.setdefault(w, len(vocabulary)) for w in _TOKEN.findall(text.lower())]
        ids.extend(tokens)
        lengths.append(len(tokens))
    return (
        list(vocabulary),
        np.array(ids, dtype=np.int32),
        np.repeat(np.arange(len(texts), dtype=np.int32), lengths),
    )


def _distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The values that occur, rising: ``np.unique`` hashes them since numpy 2.3, which takes ten
    times as long for millions.
    """
    keys.sort()
    return keys[np.diff(keys, prepend=-1) > 0]


def _windows(ids: NDArray[np.int32], length: int) -> list[NDArray[np.int32]]:
    stop = max(0, len(ids) - length + 1)
    return [ids[i : stop + i] for i in range(length)]


def _pairs(
    ids: NDArray[np.int32], items: NDArray[np.int32], keep: NDArray[np.bool_], n: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    held = keep[ids]
    pairs = _distinct(ids[held] * np.int64(n) + items[held])
    return (pairs // n).astype(np.int32), (pairs % n).astype(np.int32)


def _topicality(
    columns: NDArray[np.int32], rows: NDArray[np.int32], *, n_items: int, centred: Floats
) -> Floats:
    """Share of the total variance by which the mean of the items that hold a column lies off the
    centre, chance removed.

    Columns rise.
    """
    count = np.bincount(columns)
    ends = np.concatenate([[0], np.cumsum(count)])
    total = float(np.einsum("ij,ij->i", centred, centred).mean()) + 1e-12
    distance = np.empty(len(count), dtype=np.float32)
    for start in range(0, len(count), _BLOCK):
        stop = min(start + _BLOCK, len(count))
        held = rows[ends[start] : ends[stop]]
        holds = csr_array(
            (np.ones(len(held), np.float32), held, ends[start : stop + 1] - ends[start]),
            shape=(stop - start, n_items),
        )
        mean = (holds @ centred) / np.maximum(count[start:stop], 1)[:, None]
        distance[start:stop] = (mean**2).sum(1)
    chance = total / np.maximum(count, 1) * (1 - count / n_items)
    return (distance - chance) / total


def _merge(
    found: Iterable[tuple[list[NDArray[np.int32]], NDArray[np.int32]]],
    words: list[str],
    n: int,
    min_items: int,
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32]]:
    """One column per stemmed phrase of at least ``min_items`` items; its surface is the form that
    occurs most often.
    """
    v = len(words)
    stems = np.unique(_stems(words), return_inverse=True)[1].astype(np.int64)
    surfaces: list[str] = []
    rows, columns = [], []
    for spans, where in found:
        _, inverse = np.unique(_combine([stems[s] for s in spans], v), return_inverse=True)
        common = (
            (np.bincount(_distinct(inverse * np.int64(n) + where) // n) >= min_items)[inverse]
            if len(where)
            else np.zeros(0, bool)
        )
        if not common.any():
            continue
        spans, where = [s[common] for s in spans], where[common]
        _, inverse = np.unique(inverse[common], return_inverse=True)
        surface_key = _combine(spans, v)
        _, first, counts = np.unique(surface_key, return_index=True, return_counts=True)
        owner = inverse[first]
        best = np.lexsort((-counts, owner))
        _, leader = np.unique(owner[best], return_index=True)
        chosen = first[best[leader]]
        columns.append(inverse + len(surfaces))
        rows.append(where)
        surfaces.extend(" ".join(words[int(s[i])] for s in spans) for i in chosen)
    pairs = (
        _distinct(np.concatenate(columns) * n + np.concatenate(rows))
        if columns
        else np.empty(0, np.int64)
    )
    return surfaces, (pairs % n).astype(np.int32), (pairs // n).astype(np.int32)


def _combine(spans: Sequence[NDArray[Any]], base: int) -> NDArray[np.int64]:
    key = spans[0].astype(np.int64)
    for s in spans[1:]:
        key = np.unique(key, return_inverse=True)[1] * np.int64(base) + s
    return key


def _best(
    surfaces: list[str],
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    centred: Floats,
    most: int,
) -> Phrases:
    n = len(centred)
    count = np.bincount(columns, minlength=len(surfaces))
    if not len(surfaces):
        return Phrases([], csr_array((n, 0), dtype=np.float32))
    topical = _topicality(columns, rows, n_items=n, centred=centred)
    rank = np.argsort(-topical * np.sqrt(count), kind="stable")
    chosen = np.sort(rank[: min(most, int((topical > _TOPICAL).sum()))])
    place = np.full(len(surfaces), -1)
    place[chosen] = np.arange(len(chosen))
    stay = place[columns] >= 0
    data = np.ones(int(stay.sum()), np.float32)
    return Phrases(
        [surfaces[c] for c in chosen],
        csr_array((data, (rows[stay], place[columns[stay]])), shape=(n, len(chosen))),
    )


def _stems(words: Sequence[str]) -> list[str]:
    from snowballstemmer import stemmer

    stem: Callable[[str], str] = stemmer("english").stemWord
    return [stem(w) for w in words]
