"""Choosing words for concepts, without a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.kinds import Namer, NamingTask
from begriff.kinds.checks import Floats
from begriff.metrics.ranking import auroc
from begriff.naming.evidence import Evidence, gather
from begriff.naming.phrases import Phrases, stem_key

__all__ = ["Candidates", "choose_names", "Contrast"]

_SHORTLIST = 40


@dataclass(frozen=True)
class Candidates:
    """Phrases with their vectors.

    Attributes
    ----------
    phrases : Phrases
        Incidence over the items that the namer may look at.
    vectors : ndarray (n_phrases, n_dims), float32
        Embeddings of the phrases; zeros where there is no encoder.
    anchored : ndarray (n_concepts,), int64
        The phrase that a concept was anchored at, or -1.
    """

    phrases: Phrases
    vectors: Floats
    anchored: NDArray[np.int64]


class Contrast(Namer):
    """Phrases that strong items hold more often than their near misses, ordered by how well they
    tell the two apart; see :func:`choose_names`.

    Parameters
    ----------
    n_aliases : int, default 4
        Further phrases for a concept.

    Source: Monroe et al. 2008 (contrast with variance); Carbonell and Goldstein 1998 (maximal
    marginal relevance of the aliases).
    """

    phrases_only: ClassVar[bool] = True

    def __init__(self, *, n_aliases: int = 4) -> None:
        self.n_aliases = n_aliases

    def names(self, task: NamingTask) -> list[list[str]]:
        """Phrases of the corpus for every concept (n_concepts,)."""
        texts = list(task.phrases)
        place = {text: i for i, text in enumerate(texts)}
        chosen = choose_names(
            Candidates(Phrases(texts, task.incidence), task.phrase_vectors, task.anchored),
            gather(task.codes, task.near),
            task.components,
            task.vectors,
            n_aliases=self.n_aliases,
            fixed={c: place[name] for c, name in task.settled.items() if name in place},
        )
        return [[texts[i] for i in phrases] for phrases in chosen]


def choose_names(
    candidates: Candidates,
    evidence: list[Evidence],
    components: Floats,
    vectors: Floats,
    *,
    n_aliases: int = 4,
    fixed: Mapping[int, int] | None = None,
) -> list[list[int]]:
    """Phrases for every concept, the name first, then aliases.

    A shortlist joins three signs: how much more often strong items hold the phrase than their near
    misses (contrast), the cosine of the phrase's vector with the concept's direction, and the
    anchor. It is ordered by how well the phrase tells strong items from near misses, by presence
    and by cosine of phrase and item (AUROC each, on the items given, which no judge sees again).
    Aliases are taken by maximal marginal relevance. A name that two concepts want goes to the one
    that it fits better; the other gets its next.

    Parameters
    ----------
    candidates : Candidates
    evidence : list of Evidence (n_concepts,)
    components : ndarray (n_concepts, n_dims)
    vectors : ndarray (n_items, n_dims)
        The items that evidence points at.
    fixed : mapping, optional
        Concept -> phrase that is its name already; no other gets it.

    Returns
    -------
    list of list of int (n_concepts,)
        Positions in ``candidates.phrases.texts``; empty for a concept without evidence or
        candidates.

    Source: Carbonell and Goldstein 1998 (maximal marginal relevance); Monroe et al. 2008 (contrast
    with variance).
    """
    texts = candidates.phrases.texts
    if not texts:
        return [[] for _ in evidence]
    positive = _rates([e.strongest for e in evidence], candidates.phrases.incidence)
    negative = _rates([e.against_strongest for e in evidence], candidates.phrases.incidence)
    centred = candidates.vectors - candidates.vectors.mean(0)
    # guards a phrase equal to the mean
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
    ranked: list[tuple[NDArray[np.int64], Floats]] = []
    for j, e in enumerate(evidence):
        if len(e.strongest) < 5:
            ranked.append((np.empty(0, np.int64), np.empty(0, np.float32)))
            continue
        p, q = positive[[j]].toarray()[0], negative[[j]].toarray()[0]
        short = _shortlist(
            p, q, len(e.strongest), centred @ components[j], int(candidates.anchored[j])
        )
        fit = _fit(short, p, q, e, candidates.vectors, vectors)
        order = np.argsort(-fit, kind="stable")
        ranked.append((short[order], fit[order]))
    for j, phrase in (fixed or {}).items():
        short, fit = ranked[j]
        if phrase not in short:
            ranked[j] = np.append(short, phrase), np.append(fit, fit.min(initial=0.0))
    return _assign(ranked, texts, candidates.vectors, n_aliases, dict(fixed or {}))


def _rates(rows: list[NDArray[np.int64]], incidence: csr_array) -> csr_array:
    """Share (n_concepts, n_phrases) of each list of items that holds each phrase."""
    lengths = np.array([len(r) for r in rows])
    weights = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
    pointers = np.concatenate([[0], np.cumsum(lengths)])
    return (
        csr_array((weights, np.concatenate(rows), pointers), shape=(len(rows), incidence.shape[0]))
        @ incidence
    )


def _shortlist(p: Floats, q: Floats, n: int, cosine: Floats, anchor: int) -> NDArray[np.int64]:
    z = (p - q) / np.sqrt((p * (1 - p) + q * (1 - q) + 1 / n) / n)
    score = np.where(p * n >= 2.5, z / 2 + cosine * 10, -np.inf)
    best = np.argsort(-score, kind="stable")[:_SHORTLIST]
    best = best[np.isfinite(score[best])]
    return np.unique(np.append(best, anchor)) if anchor >= 0 else np.sort(best)


def _fit(
    short: NDArray[np.int64],
    p: Floats,
    q: Floats,
    e: Evidence,
    phrase_vectors: Floats,
    vectors: Floats,
) -> Floats:
    presence = (p - q)[short] / 2 + 0.5
    if not phrase_vectors.any() or not len(e.against_strongest):
        return presence
    yes, no = (
        vectors[e.strongest] @ phrase_vectors[short].T,
        vectors[e.against_strongest] @ phrase_vectors[short].T,
    )
    cosine = np.array([auroc(yes[:, i], no[:, i]) for i in range(len(short))], dtype=np.float32)
    return presence + cosine


def _assign(
    ranked: list[tuple[NDArray[np.int64], Floats]],
    texts: list[str],
    vectors: Floats,
    n_aliases: int,
    names: dict[int, int],
) -> list[list[int]]:
    """Give every stemmed name to one concept at most, best fit first, then add aliases."""
    wishes = sorted((-fit[i], j, i) for j, (_, fit) in enumerate(ranked) for i in range(len(fit)))
    keys = (
        [stem_key(t) for t in texts]
        if len(wishes) > len(texts)
        else {int(c): stem_key(texts[c]) for r, _ in ranked for c in r}
    )
    taken = {keys[phrase] for phrase in names.values()}
    for _, j, i in wishes:
        phrase = int(ranked[j][0][i])
        if j not in names and keys[phrase] not in taken:
            names[j] = phrase
            taken.add(keys[phrase])
    out = []
    for j, (short, fit) in enumerate(ranked):
        if j not in names:
            out.append([int(c) for c in short[:1]])
            continue
        out.append(_with_aliases(names[j], short, fit, vectors, n_aliases))
    return out


def _with_aliases(
    name: int, short: NDArray[np.int64], fit: Floats, vectors: Floats, n: int
) -> list[int]:
    chosen = [name]
    pool = [i for i in range(len(short)) if short[i] != name]
    likeness = vectors[short] @ vectors[short].T
    place = {int(c): i for i, c in enumerate(short)}
    while pool and len(chosen) <= n:
        seen = [place[c] for c in chosen]
        best = max(pool, key=lambda i: fit[i] / 2 - 0.5 * likeness[i, seen].max())
        chosen.append(int(short[best]))
        pool.remove(best)
    return chosen
