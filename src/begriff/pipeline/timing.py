"""How fast this machine does what a build consists of, timed on a handful of texts and random
vectors.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from begriff.errors import BegriffError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats
from begriff.kinds.encoder import Encoder

__all__ = ["Encoding", "learning_seconds", "Machine", "time_encoder", "time_machine"]

_TEXTS = 64
_PHRASES = 128
_STEPS = 24
_ENOUGH, _PATIENCE = 1.0, 4.0
_LONG = 0.5
_LOOP = 0.034
"""Seconds of process time that the fixed piece of Python of ``time_machine`` takes on the machine
of the constants in ``estimate.py``.
"""


@dataclass(frozen=True)
class Machine:
    """What numpy and Python do a second here.

    Attributes
    ----------
    flops : float
        Multiplications and additions of float32 matrices a second.
    slowness : float
        Seconds here for one of the machine that the constants were measured on: Python's own work.
    """

    flops: float
    slowness: float


@dataclass(frozen=True)
class Encoding:
    """What an encoder takes.

    Attributes
    ----------
    loading : float
        Seconds until it has encoded its first text.
    by_character : float
        Seconds for a character of a passage.
    by_phrase : float
        Seconds for a phrase of two words.
    passages : float
        Passages a text.
    overlap : float
        Characters of passages for one of the texts.
    """

    loading: float
    by_character: float
    by_phrase: float
    passages: float
    overlap: float


def time_machine() -> Machine:
    """Time a product of matrices and a fixed piece of Python, each the best of three."""
    a, b = (
        np.random.default_rng(0).standard_normal(s).astype(np.float32)
        for s in ((512, 384), (384, 4096))
    )
    product = min(_seconds(lambda: a @ b) for _ in range(3))
    words = "the quick brown fox jumps over the lazy dog " * 25_000
    loop = min(
        _seconds(lambda: {w: len(w) for w in re.findall(r"[^\W_]+", words.lower())})
        for _ in range(3)
    )
    return Machine(2 * 512 * 384 * 4096 / product, loop / _LOOP)


def time_encoder(encoder: Encoder, texts: Sequence[str]) -> Encoding:
    """Encode at most 64 of some texts, evenly chosen, after a first one that loads the encoder."""
    loading = _seconds(lambda: encoder.encode(["a"]))
    chosen = [
        texts[i]
        for i in np.unique(np.linspace(0, len(texts) - 1, min(_TEXTS, len(texts))).astype(int))
    ]
    spans = encoder.spans(chosen)
    parts = [t[a:b] for t, ranges in zip(chosen, spans, strict=True) for a, b in ranges]
    n_characters = max(1, sum(map(len, chosen)))
    of_parts = max(1, sum(map(len, parts)))
    words = re.findall(r"[^\W_]+", " ".join(chosen)) or ["a"]
    phrases = [
        f"{words[i % len(words)]} {words[(7 * i + 3) % len(words)]}" for i in range(_PHRASES)
    ]
    return Encoding(
        loading=loading,
        by_character=_seconds(lambda: encoder.encode(parts)) / of_parts,
        by_phrase=_seconds(lambda: encoder.encode(phrases)) / _PHRASES,
        passages=len(parts) / len(chosen),
        overlap=of_parts / n_characters,
    )


def learning_seconds(dictionary: Dictionary, n_items: int, n_dims: int) -> tuple[float, float]:
    """Seconds that the first fit takes to import and start, and then to learn from this many
    vectors.

    A method that reports its steps is stopped after a second and 24 of them, or after four seconds.
    Any other is fitted on ever more random vectors until that takes half a second; what the last
    fit took longer than the one before is carried on to all of them.

    Raises
    ------
    MissingExtraError
        When the method needs an extra that is not installed.
    """
    sizes = dictionary.sizes
    if dictionary.stepwise and sizes.batch_size and sizes.max_epochs:
        size = min(sizes.batch_size, n_items)
        before, step = _step(dictionary, _random(min(n_items, 4 * size), n_dims))
        return before, step * sizes.max_epochs * (n_items // size)
    first = min(max(256, 2 * (sizes.n_concepts or 0)), n_items)
    return _grown(dictionary, first, n_items, n_dims)


def _grown(dictionary: Dictionary, n: int, n_items: int, n_dims: int) -> tuple[float, float]:
    """The same, of a method whose steps are not seen."""

    def quickest(n: int) -> float:
        """The shorter of two fits: what else runs on the machine lengthens single ones."""
        return min(_seconds(lambda: _fitted(dictionary, _random(n, n_dims))) for _ in range(2))

    first = _seconds(lambda: _fitted(dictionary, _random(n, n_dims)))
    before = now = quickest(n)
    starting = max(0.0, first - now)
    while now < _LONG and 2 * n <= n_items:
        n *= 2
        before, now = now, quickest(n)
    power = float(np.clip(np.log2(now / before), 1.0, 2.0)) if now >= _LONG else 1.0
    return starting, now * (n_items / n) ** power


class _EnoughError(Exception):
    """Stops a fit that was timed for long enough."""


def _step(dictionary: Dictionary, X: Floats) -> tuple[float, float]:
    """Seconds until the first step of training has ended, and those of a step after it."""
    moments = [time.perf_counter()]

    def note(done: int, total: int) -> None:
        moments.append(time.perf_counter())
        taken = moments[-1] - moments[1]
        if (len(moments) > _STEPS and taken > _ENOUGH) or taken > _PATIENCE:
            raise _EnoughError

    made: Any = _copy(dictionary)
    with contextlib.suppress(_EnoughError):
        made.fit(X, progress=note)
    return moments[1] - moments[0], (moments[-1] - moments[1]) / max(1, len(moments) - 2)


def _fitted(dictionary: Dictionary, X: Floats) -> None:
    """Fit, whatever comes of it: a method that refuses random vectors takes no time for them."""
    try:
        _copy(dictionary).fit(X)
    except BegriffError:
        return


def _copy(dictionary: Dictionary) -> Dictionary:
    from sklearn.base import clone

    made: Dictionary = clone(dictionary)
    return made


def _random(n: int, n_dims: int) -> Floats:
    X = np.random.default_rng(0).standard_normal((n, n_dims)).astype(np.float32)
    return np.asarray(X / np.linalg.norm(X, axis=1, keepdims=True))


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
