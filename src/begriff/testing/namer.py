"""What every namer promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from begriff.kinds import Namer, NamingTask
from begriff.testing.rules import Rules, documented, must

__all__ = ["check_namer"]

rules = Rules("namers")

_WORDS = ("protein", "speech", "graph", "bandit")


@dataclass
class _Case:
    namer: Namer

    @cached_property
    def task(self) -> NamingTask:
        """Four concepts, each active on the items that hold one word, whose vectors lie about one
        direction.
        """
        rng = np.random.default_rng(0)
        topic = np.repeat(np.arange(4), 40)
        phrases = [*_WORDS, "result", "method"]
        incidence = np.zeros((160, 6))
        incidence[np.arange(160), topic] = 1
        incidence[:, 4:] = rng.random((160, 2)) < 0.5
        texts = [" ".join(np.array(phrases)[row > 0]) for row in incidence]
        axes = np.eye(6, 8)
        vectors = axes[topic] + 0.2 * rng.normal(size=(160, 8))
        codes = np.zeros((160, 4), dtype=np.float32)
        codes[np.arange(160), topic] = 1 + rng.random(160)
        near = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:129].astype(np.int32)
        return NamingTask(
            texts=texts,
            vectors=vectors.astype(np.float32),
            codes=csr_array(codes),
            components=axes[:4].astype(np.float32),
            near=near,
            phrases=phrases,
            incidence=csr_array(incidence),
            phrase_vectors=axes.astype(np.float32),
            anchored=np.full(4, -1),
        )

    @cached_property
    def names(self) -> list[list[str]]:
        return self.namer.names(self.task)


def check_namer(namer: Namer, *, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Namer` promises.

    Parameters
    ----------
    namer : Namer
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.naming import Contrast
    >>> from begriff.testing import check_namer
    >>> check_namer(Contrast())
    """
    rules.check(_Case(namer), type(namer).__name__, skip)


@rules
def a_list_of_words_for_every_concept(c: _Case) -> None:
    """names gives a list of texts for every concept."""
    must(len(c.names) == 4, f"{len(c.names)} lists for 4 concepts")
    must(all(isinstance(w, str) and w for words in c.names for w in words), f"{c.names}")


@rules
def evidence_is_followed(c: _Case) -> None:
    """A concept whose items alone hold a word is named by it."""
    first = [words[0] if words else "" for words in c.names]
    must(all(w in name for w, name in zip(_WORDS, first, strict=True)), f"{first}")


@rules
def no_two_concepts_have_equal_names(c: _Case) -> None:
    """Names are unique."""
    first = [words[0] for words in c.names if words]
    must(len(set(first)) == len(first), f"{first}")


@rules
def settled_names_stay(c: _Case) -> None:
    """A concept with a settled name keeps it, and no other concept gets it."""
    names = c.namer.names(replace(c.task, settled={1: "graph"}))
    first = [words[0] if words else "" for words in names]
    must(first[1] == "graph" and first.count("graph") == 1, f"{first}")


@rules
def phrases_only_is_true(c: _Case) -> None:
    """A namer that declares phrases_only gives phrases of the corpus."""
    if c.namer.phrases_only:
        words = {w for listed in c.names for w in listed}
        must(words <= set(c.task.phrases), f"{sorted(words - set(c.task.phrases))}")


@rules
def equal_calls_are_equal(c: _Case) -> None:
    """Two calls give the same names."""
    must(c.namer.names(c.task) == c.names, "names of two calls differ")


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence and names its source."""
    documented(type(c.namer))
