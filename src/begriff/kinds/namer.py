"""Evidence -> names of concepts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator

from begriff.kinds.checks import Floats

__all__ = ["Namer", "NamingTask"]


@dataclass(frozen=True)
class NamingTask:
    """The concepts of a core, and all that a namer may look at. Judges score the names on other
    items.

    Attributes
    ----------
    texts : sequence of str (n_items,)
    vectors : ndarray (n_items, n_dims), float32
    codes : csr_array (n_items, n_concepts), float32
        Activations of the core.
    components : ndarray (n_concepts, n_dims), float32
    near : ndarray (n_items, m), int32
        Nearest neighbours of every item among the items, nearest first.
    phrases : sequence of str (n_phrases,)
        Phrases of the corpus.
    incidence : csr_array (n_items, n_phrases)
        Which items hold which phrase.
    phrase_vectors : ndarray (n_phrases, n_dims), float32
        Zeros where there is no encoder.
    anchored : ndarray (n_concepts,), int64
        Phrase that a concept was anchored at, or -1.
    settled : mapping of int to str
        Concept -> name that it keeps; no other concept may get it.
    """

    texts: Sequence[str]
    vectors: Floats
    codes: csr_array
    components: Floats
    near: NDArray[np.int32]
    phrases: Sequence[str]
    incidence: csr_array
    phrase_vectors: Floats
    anchored: NDArray[np.int64]
    settled: Mapping[int, str] = field(default_factory=dict)


class Namer(BaseEstimator, ABC):  # type: ignore[misc]
    """Evidence -> names, which independent judges score afterwards.

    A name need not be a phrase of the corpus. No two concepts get equal names.
    """

    phrases_only: ClassVar[bool] = False
    """Whether names are always phrases of the corpus."""

    @abstractmethod
    def names(self, task: NamingTask) -> list[list[str]]:
        """For every concept its name, then further words for it, best first (n_concepts,); empty
        where there is nothing to go by.
        """
