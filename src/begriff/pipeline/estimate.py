"""What a build will take: seconds by stage, memory, disk, and what an endpoint will cost; told
before it starts.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.documents.models import Document
from begriff.kinds import Dictionary
from begriff.kinds.encoder import Encoder
from begriff.pipeline.timing import Encoding, Machine, learning_seconds, time_encoder, time_machine

if TYPE_CHECKING:
    from begriff.pipeline.plan import Job

__all__ = ["Estimate", "estimate_build"]

# Seconds of process time with one thread, on 2 cores with AVX2, over 2,000 and 10,000 abstracts of
# 1,150 characters; on another machine they are multiplied by ``Machine.slowness``. The first number
# of a pair is what a stage imports and sets up.
_ITEMS = (1.1, 0.053)
"""Lance; for a million characters."""
_WORDS = (0.03, 0.044)
"""Tantivy; for a million characters."""
_PHRASES = (0.25, 0.19)
"""For a million characters of the sample."""
_NAMES = (0.2, 300.0, 3e-3)
"""For a million items of the sample; and for a concept of the core."""
_MAP = (6.0, 300.0)
"""UMAP, which is compiled first; for a million items that it lays out."""
_REQUEST = 1.0
"""Seconds that an endpoint is taken to need for a request."""

_IMPORTS = 420e6
"""Bytes that Python holds after the imports of a build without torch."""
_TORCH = 190e6
_UMAP = 330e6
_BY_CHARACTER = 9.0
"""Bytes for a character of the sample that phrases are found in: its text, tokens and their places.
"""

_SAMPLE, _TRAIN, _REFERENCE, _LAID_OUT = 40_000, 200_000, 20_000, 50_000
_BATCH = 8192
_DIMS = 1024


class Estimate(Document):
    """What a build will take on this machine, as busy as it is now; right within a factor of two.

    Attributes
    ----------
    seconds : dict
        Stage -> seconds, in the order in which stages run.
    memory_bytes : int
        Largest resident memory of the process.
    disk_bytes : int
        Of the finished atlas.
    endpoint : str or None
        Tokens, requests and costs, where texts are sent to an endpoint.
    """

    seconds: dict[str, float]
    memory_bytes: int
    disk_bytes: int
    endpoint: str | None

    @property
    def total_seconds(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())

    def table(self) -> list[tuple[str, str]]:
        """Rows of a label and what is to be read beside it: time with its largest stages, memory,
        disk, endpoint.
        """
        largest = sorted(self.seconds.items(), key=lambda s: -s[1])[:3]
        parts = ", ".join(
            f"{stage} {_duration(s)}" for stage, s in largest if s >= 0.05 * self.total_seconds
        )
        rows = [
            ("time", f"about {_duration(self.total_seconds)} ({parts})"),
            ("memory", f"about {_size(self.memory_bytes)}"),
            ("disk", f"about {_size(self.disk_bytes)}"),
        ]
        return [*rows, ("endpoint", self.endpoint)] if self.endpoint else rows


@dataclass(frozen=True)
class _Corpus:
    """Sizes that everything follows from."""

    n_items: int
    n_characters: int
    n_passages: int
    n_dims: int
    n_phrases: int
    vectors_given: bool

    @property
    def sample(self) -> int:
        """Items that phrases are found in and names judged on."""
        return min(self.n_items, _SAMPLE)

    @property
    def sample_characters(self) -> float:
        return self.n_characters * self.sample / max(self.n_items, 1)


def estimate_build(
    job: Job,
    n_items: int,
    n_characters: int,
    sample_texts: Sequence[str],
    *,
    layout: bool | None = None,
) -> Estimate:
    """Estimate what a planned build takes, by timing a few texts and steps here; takes a few
    seconds itself.

    Parameters
    ----------
    job : Job
        As :func:`begriff.pipeline.plan.plan_job` made it.
    n_items : int
        Rows that become items.
    n_characters : int
        Of their texts, all together.
    sample_texts : sequence of str
        Some of the texts; at most 64 are encoded, none by an endpoint.
    layout : bool, optional
        Whether the map is laid out; by default where the ``[map]`` extra is installed.

    Returns
    -------
    Estimate

    Raises
    ------
    MissingExtraError
        When the encoder or the dictionary needs an extra that is not installed.
    """
    from begriff.pipeline.build import dictionary_for

    endpoint = job.encoder.estimate(n_characters) if job.encoder is not None else ""
    local = job.encoder if not endpoint else None
    texts = [t for t in sample_texts if t.strip()] or ["a"]
    encoding = None if local is None else time_encoder(local, texts)
    corpus = _sizes(job, n_items, n_characters, texts, encoding)
    dictionary = dictionary_for(
        job, min(n_items, job.learn_from or n_items), (corpus.n_passages, corpus.n_dims)
    )
    starting, learning = learning_seconds(
        dictionary, min(corpus.n_passages, job.learn_from or _TRAIN), corpus.n_dims
    )
    judging = None if job.encoder is None else _time_judge(job.encoder, texts)
    mapped = find_spec("umap") is not None if layout is None else layout
    machine = time_machine()
    seconds = {
        "items": _linear(_ITEMS, corpus.n_characters) * machine.slowness,
        "words": _linear(_WORDS, corpus.n_characters) * machine.slowness,
        "vectors": _encoding_seconds(job, corpus, encoding, machine),
        "phrases": (
            _linear(_PHRASES, corpus.sample_characters) * machine.slowness
            + _phrase_seconds(corpus, encoding)
        ),
        "dictionary": starting + learning * _fits(dictionary),
        "codes": _coding_seconds(corpus, dictionary, machine),
        "names": _naming_seconds(corpus, dictionary, judging, machine),
        **({"map": _map_seconds(corpus, machine)} if mapped else {}),
    }
    return Estimate(
        seconds={stage: round(s, 1) for stage, s in seconds.items()},
        memory_bytes=_memory(corpus, dictionary, mapped),
        disk_bytes=_disk(corpus, dictionary, mapped),
        endpoint=endpoint or None,
    )


def _time_judge(first: Encoder, texts: Sequence[str]) -> Encoding | None:
    from begriff.pipeline.build import judge_beside

    start = time.perf_counter()
    judge = judge_beside(first)
    loading = time.perf_counter() - start
    return None if judge is None else replace(time_encoder(judge, texts), loading=loading)


def _sizes(
    job: Job, n_items: int, n_characters: int, texts: Sequence[str], encoding: Encoding | None
) -> _Corpus:
    given = job.vectors is not None
    passages = (
        1.0 if given else encoding.passages if encoding is not None else _cut(job.encoder, texts)
    )
    phrases = min(25_000, 1000 + 2 * min(n_items, job.learn_from or _SAMPLE))
    return _Corpus(
        n_items, n_characters, max(n_items, round(n_items * passages)), _width(job), phrases, given
    )


def _cut(encoder: Any, texts: Sequence[str]) -> float:
    """Passages a text of an endpoint, which cuts texts here."""
    return 1.0 if encoder is None else sum(map(len, encoder.spans(texts))) / len(texts)


def _width(job: Job) -> int:
    """Dimensions of a vector; 1,024 where an endpoint would have to be asked, or a whole column be
    read.
    """
    if isinstance(job.vectors, np.ndarray):
        return int(job.vectors.shape[1])
    if isinstance(job.vectors, str | Path) and Path(job.vectors).suffix == ".npy":
        return int(np.load(job.vectors, mmap_mode="r", allow_pickle=False).shape[1])
    known = (
        vars(of).get("n_dims") for of in (job.encoder, type(job.encoder)) if job.encoder is not None
    )
    return next((n for n in known if isinstance(n, int)), _DIMS)


def _linear(cost: tuple[float, float], n: float) -> float:
    return cost[0] + cost[1] * n / 1e6


def _encoding_seconds(
    job: Job, corpus: _Corpus, encoding: Encoding | None, machine: Machine
) -> float:
    if corpus.vectors_given:
        return 4 * corpus.n_items * corpus.n_dims / 100e6 * machine.slowness + (
            encoding.loading if encoding is not None else 0.0
        )
    if encoding is not None:
        return encoding.loading + encoding.by_character * encoding.overlap * corpus.n_characters
    endpoint: Any = job.encoder
    requests = corpus.n_passages / getattr(endpoint, "batch", 64)
    limit = getattr(endpoint, "requests_per_minute", None)
    return float(
        max(
            requests * _REQUEST / getattr(endpoint, "workers", 1),
            60 * requests / limit if limit else 0.0,
        )
    )


def _phrase_seconds(corpus: _Corpus, encoding: Encoding | None) -> float:
    return 0.0 if encoding is None else encoding.by_phrase * corpus.n_phrases


def _fits(dictionary: Dictionary) -> float:
    """Fits of a build in units of the first: one on half of the items, and a control (in a third of
    the epochs where it trains).
    """
    return 1 + 1 / 2 + (1 / 3 if dictionary.stepwise else 1)


def _n_concepts(dictionary: Dictionary) -> tuple[int, int]:
    """Concepts in all, and of the core; 100 where a method finds them itself."""
    n = dictionary.sizes.n_concepts or 100
    return n, dictionary.sizes.n_core or n


def _coding_seconds(corpus: _Corpus, dictionary: Dictionary, machine: Machine) -> float:
    """Every vector is compared with the concepts and with a sample in which neighbours are looked
    for.
    """
    against = _n_concepts(dictionary)[0] + min(corpus.n_passages, _REFERENCE)
    rows = corpus.n_passages + (corpus.n_items if corpus.n_passages > corpus.n_items else 0)
    return 3 * 2 * rows * against * corpus.n_dims / machine.flops + 1e-4 * rows * machine.slowness


def _naming_seconds(
    corpus: _Corpus, dictionary: Dictionary, judging: Encoding | None, machine: Machine
) -> float:
    start, by_item, by_concept = _NAMES
    own = (
        _linear((start, by_item), corpus.sample) + by_concept * _n_concepts(dictionary)[1]
    ) * machine.slowness
    near = 3 * corpus.sample**2 * corpus.n_dims / machine.flops
    if judging is None:
        return own + near
    texts = judging.by_character * corpus.sample_characters / 2
    return own + near + judging.loading + texts + judging.by_phrase * 2 * _n_concepts(dictionary)[1]


def _map_seconds(corpus: _Corpus, machine: Machine) -> float:
    laid_out = min(corpus.n_items, _LAID_OUT)
    return (
        _linear(_MAP, laid_out) * machine.slowness
        + 2 * corpus.n_items * laid_out * corpus.n_dims / machine.flops
    )


def _memory(corpus: _Corpus, dictionary: Dictionary, mapped: bool) -> int:
    """What this process holds already (the encoder and torch, once they were timed), or the
    imports; and the largest stage.
    """
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1 if sys.platform == "darwin" else 1024
    )
    row = 4 * corpus.n_dims
    n_concepts = _n_concepts(dictionary)[0]
    arrays = corpus.n_passages * row  # a memory map, whose pages count while they are read
    sample = corpus.sample * row + corpus.n_phrases * row + _BY_CHARACTER * corpus.sample_characters
    training = (
        16 * n_concepts * row + _BATCH * 8 * n_concepts + min(corpus.n_passages, _REFERENCE) * row
    )
    coding = 4 * _BATCH * min(corpus.n_passages, _REFERENCE) // 4
    laying_out = min(corpus.n_items, _LAID_OUT) * (2 * row + 15 * 40) if mapped else 0
    libraries = max(taken, _IMPORTS) + (_UMAP if mapped else 0)
    return int(libraries + arrays + sample + max(training, coding, laying_out))


def _disk(corpus: _Corpus, dictionary: Dictionary, mapped: bool) -> int:
    row = 4 * corpus.n_dims
    n_concepts, n_core = _n_concepts(dictionary)
    active = dictionary.sizes.n_active or 8
    several = corpus.n_items if corpus.n_passages > corpus.n_items else 0
    parts = {
        "items": 1.2 * corpus.n_characters,
        "words": 0.4 * corpus.n_characters,
        "vectors": (corpus.n_passages + several) * row + 24 * corpus.n_passages,
        "phrases": corpus.n_phrases * row + 500 * corpus.sample,
        "dictionary": 2 * n_concepts * row * (2 if dictionary.stepwise else 1),
        "codes": (corpus.n_passages + several) * (8 * active + 8),
        "names": 400 * n_core,
        "map": 4 * corpus.n_items if mapped else 0,
    }
    return int(sum(parts.values()))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(n_bytes: float) -> str:
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{max(1, round(n_bytes / 1e6))} MB"
