"""Batches of texts of like length, as many at once as there are cores."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Backend", "encoded", "Forward", "padded"]

Forward = Callable[[NDArray[np.int64], NDArray[np.int64]], Floats]
"""Tokens and mask (n_texts, n_tokens) -> unit vectors (n_texts, n_dims)."""


def _one() -> AbstractContextManager[int]:
    return nullcontext(1)


@dataclass(frozen=True)
class Backend:
    """A model that is ready to run.

    Attributes
    ----------
    forward : callable
        See ``Forward``.
    n_tokens : int
        Tokens of a padded batch, about. On a CPU small batches are faster, because they stay in its
        cache: on one AVX2 core MiniLM reads 3,850 tokens a second in batches of 1,024 and 2,700 in
        batches of 8,192.
    side_by_side : callable
        A context in which as many batches may run at once as it gives. Batches on one core each
        need not wait for each other after every product, as the threads of one batch do, so another
        busy process slows them down no more than it must; and vectors do not depend on the number
        of cores.
    """

    forward: Forward
    n_tokens: int = 1024
    side_by_side: Callable[[], AbstractContextManager[int]] = _one


def encoded(backend: Backend, ids: list[list[int]]) -> Generator[tuple[NDArray[np.int64], Floats]]:
    """Pairs (rows, their vectors) of tokenised texts, until all rows were given."""
    batches = _batches([len(i) for i in ids], backend.n_tokens)

    def run(rows: NDArray[np.int64]) -> Floats:
        return backend.forward(*padded([ids[r] for r in rows]))

    if len(batches) == 1:
        yield batches[0], run(batches[0])
        return
    with backend.side_by_side() as n_workers:
        if n_workers == 1:
            yield from ((rows, run(rows)) for rows in batches)
            return
        pool = ThreadPoolExecutor(n_workers)
        try:
            yield from zip(batches, pool.map(run, batches), strict=True)
        finally:
            # whoever interrupts waits for the batches that run, not for all
            pool.shutdown(cancel_futures=True)


def _batches(lengths: list[int], n_tokens: int) -> list[NDArray[np.int64]]:
    """Rows by length, cut so that a padded batch holds about ``n_tokens``; short and long in turn,
    so that the time left can be told.
    """
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and lengths[order[stop]] * (stop + 1 - start) <= n_tokens:
            stop += 1
        batches.append(order[start:stop])
        start = stop
    return [batches[i] for i in np.random.default_rng(0).permutation(len(batches))]


def padded(ids: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and mask (n_texts, n_tokens); unused places hold 0."""
    lengths = np.array([len(i) for i in ids])
    mask = (np.arange(max(1, lengths.max())) < lengths[:, None]).astype(np.int64)
    tokens = np.zeros_like(mask)
    tokens[mask > 0] = np.concatenate([np.asarray(i, dtype=np.int64) for i in ids])
    return tokens, mask
