"""Directions of phrases, from which a dictionary's core starts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats
from begriff.linalg.unit_rows import unit
from begriff.naming.phrases import Phrases

__all__ = ["choose_anchors"]


def choose_anchors(
    phrases: Phrases,
    vectors: Floats,
    n: int,
    *,
    max_cosine: float = 0.7,
    min_share: float = 0.001,
    max_share: float = 0.05,
    taken: Floats | None = None,
) -> tuple[NDArray[np.int64], Floats]:
    """Up to n phrases that lie well apart, most topical first.

    The direction of a phrase is the mean of the items that hold it, less the mean of all. Phrases
    are taken by distance of that mean times the root of their count; one whose direction lies
    within ``max_cosine`` of a taken one is passed over, so that no two anchors stand for the same
    thing.

    Parameters
    ----------
    phrases : Phrases
    vectors : ndarray (n_items, n_dims)
    n : int
    max_cosine : float
    min_share, max_share : float
        Share of items that may hold an anchor; never fewer than 5 items.
    taken : ndarray (m, n_dims), optional
        Unit directions that are there already, from which anchors must lie apart too.

    Returns
    -------
    chosen : ndarray (<= n,)
        Positions in ``phrases.texts``.
    directions : ndarray (<= n, n_dims), float32
        Unit rows.
    """
    centred = np.asarray(vectors - vectors.mean(0), dtype=np.float32)
    count = np.asarray(phrases.incidence.sum(0)).ravel()
    fit = np.flatnonzero(
        (count >= max(5, min_share * len(vectors))) & (count <= max(10, max_share * len(vectors)))
    )
    if not len(fit):
        return fit, np.empty((0, vectors.shape[1]), dtype=np.float32)
    means = (phrases.incidence[:, fit].T @ centred) / count[fit][:, None]
    chance = float((centred**2).sum(1).mean()) / count[fit]
    rank = np.argsort(-((means**2).sum(1) - chance) * np.sqrt(count[fit]), kind="stable")
    directions = unit(means)
    chosen: list[int] = []
    kept = np.empty((n, vectors.shape[1]), dtype=np.float32)
    for i in rank:
        if len(chosen) == n:
            break
        there = [kept[: len(chosen)]] if taken is None else [kept[: len(chosen)], taken]
        if all((t @ directions[i]).max(initial=-1) <= max_cosine for t in there):
            kept[len(chosen)] = directions[i]
            chosen.append(int(i))
    return fit[chosen], kept[: len(chosen)].copy()
