"""Names chosen on one half of a sample and judged on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds import Dictionary, Namer, NamingTask
from begriff.kinds.checks import Floats
from begriff.kinds.encoder import Encoder
from begriff.linalg.blas_threads import one_blas_thread
from begriff.linalg.neighbours import neighbours
from begriff.naming.evidence import Evidence, gather
from begriff.naming.judges import Judgement, judge, stem_incidence
from begriff.pipeline.learn import Sample

__all__ = ["Core", "Named", "NameTrial"]


@dataclass(frozen=True)
class Half:
    """Every second item of the sample, with neighbours among themselves."""

    rows: NDArray[np.int64]
    vectors: Floats
    near: NDArray[np.int32]

    @classmethod
    def of(cls, sample: Sample, parity: int) -> Half:
        rows = np.arange(parity, len(sample.rows), 2)
        vectors = sample.vectors[rows]
        return cls(rows, vectors, neighbours(vectors, 64))


@dataclass(frozen=True)
class Core:
    """Concepts that are to be named.

    Attributes
    ----------
    components : ndarray (n_concepts, n_dims)
    codes : csr_array (n_sample, n_concepts)
        Their activations on the items of the sample.
    anchored : ndarray (n_concepts,), int64
        Phrase that a concept was anchored at, or -1.
    """

    components: Floats
    codes: csr_array
    anchored: NDArray[np.int64]

    @classmethod
    def of(
        cls, dictionary: Dictionary, codes: csr_array, anchored: NDArray[np.int64] | None = None
    ) -> Core:
        """The core of a dictionary, of codes (n_sample, n_all_concepts)."""
        n = dictionary.n_core_
        at = np.full(n, -1) if anchored is None else anchored
        return cls(dictionary.components_[:n], csr_array(codes[:, :n]), at)


@dataclass(frozen=True)
class Named:
    """Words for every concept, what they were judged by, and the judgements."""

    words: list[list[str]]
    evidence: list[Evidence]
    verdicts: list[Judgement]


class NameTrial:
    """Names are chosen on one half of a sample and judged on the other.

    Parameters
    ----------
    sample : Sample
    first : Encoder, optional
        What made the vectors; it judges names that are no phrases of the corpus.
    second : Encoder, optional
        The independent judge; without it words are the only one.
    """

    def __init__(
        self, sample: Sample, *, first: Encoder | None = None, second: Encoder | None = None
    ) -> None:
        self.sample = sample
        self.seen, self.held = Half.of(sample, 0), Half.of(sample, 1)
        texts = [sample.texts[r] for r in self.held.rows]
        self._stems = stem_incidence(texts)
        self._place = {text: i for i, text in enumerate(sample.phrases.texts)}
        self._first, self._second = first, second
        self._second_items = second.encode(texts) if second is not None else None
        self._second_words: dict[str, Floats] = {}

    @one_blas_thread()
    def run(self, core: Core, namer: Namer, settled: Mapping[int, str] | None = None) -> Named:
        """Name on one half, judge on the other; ``settled`` names stay."""
        sample, rows = self.sample, self.seen.rows
        task = NamingTask(
            texts=[sample.texts[r] for r in rows],
            vectors=self.seen.vectors,
            codes=csr_array(core.codes[rows]),
            components=core.components,
            near=self.seen.near,
            phrases=sample.phrases.texts,
            incidence=csr_array(sample.phrases.incidence[rows]),
            phrase_vectors=sample.phrase_vectors,
            anchored=core.anchored,
            settled=settled or {},
        )
        words = namer.names(task)
        evidence = gather(core.codes[self.held.rows], self.held.near)
        return Named(words, evidence, self.judge(words, core, evidence))

    @one_blas_thread()
    def judge(
        self, words: Sequence[Sequence[str]], core: Core, evidence: list[Evidence]
    ) -> list[Judgement]:
        """A judgement of the first word of every concept."""
        names = [w[0] if w else None for w in words]
        texts = [name or "" for name in names]
        has_vectors = bool(self.sample.phrase_vectors.any())
        items = self._second_items
        return judge(
            names,
            evidence,
            self._stems,
            components=core.components,
            vectors=self.held.vectors,
            first=self._first_vectors(texts) if has_vectors else None,
            second=None if items is None else (self._second_vectors(texts), items),
        )

    def worst(self, name: str, evidence: Evidence) -> list[int]:
        """Rows of the sample, at most 3: held-out items of the strongest decile that fit a name
        worst, by the judges.
        """
        strongest, sample = evidence.strongest, self.sample
        fit = np.zeros(len(strongest))
        if name in self._place:
            holds = sample.phrases.incidence[self.held.rows[strongest]][:, [self._place[name]]]
            fit += np.asarray(holds.toarray()).ravel()
        if self._second_items is not None:
            fit += self._second_items[strongest] @ self._second_vectors([name])[0]
        order = np.argsort(fit, kind="stable")[:3]
        return [int(self.held.rows[strongest[i]]) for i in order if fit[i] < 0.5]

    def _first_vectors(self, texts: Sequence[str]) -> Floats:
        """Vectors (n_texts, n_dims) under the first encoder; zeros for what it cannot encode."""
        vectors = np.zeros((len(texts), self.sample.phrase_vectors.shape[1]), dtype=np.float32)
        foreign = [i for i, t in enumerate(texts) if t and t not in self._place]
        for i, text in enumerate(texts):
            if text in self._place:
                vectors[i] = self.sample.phrase_vectors[self._place[text]]
        if foreign and self._first is not None:
            vectors[foreign] = self._first.encode([texts[i] for i in foreign])
        return vectors

    def _second_vectors(self, texts: Sequence[str]) -> Floats:
        """Vectors (n_texts, m) under the second encoder, zeros for no text; each is encoded
        once.
        """
        assert self._second is not None
        new = sorted({t for t in texts if t and t not in self._second_words})
        if new:
            self._second_words |= dict(zip(new, self._second.encode(new), strict=True))
        none = np.zeros(self._second.n_dims, dtype=np.float32)
        return np.stack([self._second_words.get(t, none) for t in texts])
