"""``more``, ``less`` and ``has``: finding the concept that is meant, or making one from the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.atlas.documents import Concept, Steer
from begriff.base import Floats
from begriff.errors import InputError, NotFoundError, unknown
from begriff.naming.phrases import stem_key

__all__ = ["Direction", "parse_weights", "Resolver"]

_LARGEST = 1_000_000
Given = str | int | Iterable[str] | Mapping[str, float] | None


def parse_weights(given: Given, default: float, option: str) -> list[tuple[str, float]]:
    """(concept, number) pairs of ``"name"``, ``"name:0.8"``, an id, a list of those, or a dict; repeats add up.

    Raises
    ------
    InputError
        When a number is negative or not finite, or a name is empty.
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        pairs = [(str(k), float(v)) for k, v in given.items()]
    else:
        pairs = [_split(str(g), default) for g in ([given] if isinstance(given, str | int) else given)]
    merged: dict[str, float] = {}
    for name, number in pairs:
        if not name.strip():
            raise InputError(f"{option} holds an empty concept: give an id, a name or words")
        if not 0 <= number <= _LARGEST:  # also refuses NaN
            raise InputError(f"{option} {name!r} has the number {number}: it must be finite, at least 0 and at most {_LARGEST:,}")
        merged[name.strip()] = merged.get(name.strip(), 0.0) + number
    return list(merged.items())


def _split(text: str, default: float) -> tuple[str, float]:
    match = re.fullmatch(r"(.*\S)\s*:\s*(-?[\d.]+(?:e-?\d+)?)", text)
    if not match:
        return text, default
    try:
        return match[1], float(match[2])
    except ValueError:
        return text, default


@dataclass(frozen=True)
class Direction:
    """A concept to steer by: a row of the dictionary, or a seeded one.

    Attributes
    ----------
    steer : Steer
        How it was understood.
    vector : ndarray (n_dims,)
        Unit direction.
    rows : tuple of int
        Columns of codes, several for a concept into which others were merged; none for a seeded concept.
    threshold, scale : float
        A seeded concept's activation is scale * max(0, x . vector - threshold).
    """

    steer: Steer
    vector: Floats
    rows: tuple[int, ...] = ()
    threshold: float = 0.0
    scale: float = 1.0

    def activations(self, vectors: Floats, codes: csr_array) -> Floats:
        """Strength (n,) on passages given by vectors and codes."""
        if not self.rows:
            return self.scale * np.maximum(vectors @ self.vector - self.threshold, 0).astype(np.float32)
        out = np.zeros(codes.shape[0], dtype=np.float32)
        for row in self.rows:
            places = np.flatnonzero(codes.indices == row)
            out[np.searchsorted(codes.indptr, places, side="right") - 1] += codes.data[places]
        return out


class Resolver:
    """Finds concepts by id, by name or alias (inflections count as equal), or makes a seeded one from free text.

    Parameters
    ----------
    concepts : sequence of Concept
    components : ndarray (n_concepts, n_dims)
    vectors, codes : the corpus, for calibrating a seeded concept
    encode : callable, optional
        Text -> unit vector.
    seeds : sequence of Direction
        Seeded concepts that people keep.
    """

    def __init__(
        self,
        concepts: Sequence[Concept],
        components: Floats,
        vectors: Floats,
        codes: csr_array,
        encode: Callable[[str], Floats] | None,
        seeds: Sequence[Direction] = (),
    ) -> None:
        self.concepts, self.components = concepts, components
        self.vectors, self.codes, self.encode = vectors, codes, encode
        self._rows = {c.id: c.row for c in concepts}
        by_id = {c.id: c for c in concepts}
        self._by_id = {c.id: c if c.merged_into is None else by_id[c.merged_into] for c in concepts}
        self._seeded = {stem_key(s.steer.name): s for s in seeds}
        self._by_name: dict[str, list[Concept]] = {}
        self._by_alias: dict[str, list[Concept]] = {}
        for c in (c for c in concepts if c.merged_into is None):
            if c.name:
                self._by_name.setdefault(stem_key(c.name), []).append(c)
            for key in {stem_key(a) for a in c.aliases}:
                self._by_alias.setdefault(key, []).append(c)

    def find(self, given: str | int) -> Concept:
        """The one concept that an id, a name or an alias stands for.

        Raises
        ------
        InputError
            When none or several match; the near ones are listed.
        """
        text = str(given).strip()
        if re.fullmatch(r"-?\d+", text):
            if int(text) in self._by_id:
                return self._by_id[int(text)]
            raise NotFoundError(f"no concept {text}: ids of the core run from {min(self._by_id)} to {max(self._by_id)}")
        matches = self._matches(text)
        if len(matches) > 1:
            listed = ", ".join(f"{c.id} ({c.label})" for c in matches[:8])
            raise InputError(f"{text!r} is ambiguous: {listed}; give an id")
        if not matches:
            names = [n for c in self.concepts for n in ([c.name] if c.name else c.aliases)]
            raise unknown("concept", text, names, hint="`begriff concepts ATLAS --like WORDS` searches them")
        return matches[0]

    def direction(self, given: str, number: float) -> Direction:
        """A seeded concept that is kept, a well-named concept of that id or name, or a seeded one made from the words."""
        if stem_key(given) in self._seeded and not given.isdigit():
            kept = self._seeded[stem_key(given)]
            return replace(kept, steer=kept.steer.model_copy(update={"given": given, "weight": number}))
        if re.fullmatch(r"\d+", given) or len(self._named(given)) == 1:
            concept = self.find(given) if given.isdigit() else self._named(given)[0]
            steer = Steer(given=given, concept=concept.id, name=concept.label, weight=number, seeded=False)
            rows = (concept.row, *(self._rows[i] for i in concept.merged))
            total = np.asarray(self.components[list(rows)]).sum(0)
            return Direction(steer, total / max(float(np.linalg.norm(total)), 1e-9), rows)  # guards opposites that were merged
        if len(self._named(given)) > 1:
            self.find(given)
        if self.encode is None:
            self.find(given)
            raise InputError(f"{given!r} is no well-named concept, and this atlas has no encoder to make one from words: give an id")
        return self._seed(given, number)

    def _seed(self, text: str, number: float) -> Direction:
        """Direction of the words against the corpus's mean; active on the 2 % of items that fit best.

        The scale makes the median of its activations that of the codes, so that weights mean the same for both.
        """
        assert self.encode is not None
        step = max(1, len(self.vectors) // 20_000)
        sample = np.asarray(self.vectors[::step])
        vector = self.encode(text) - sample.mean(0)
        vector /= max(float(np.linalg.norm(vector)), 1e-9)  # guards words that mean the corpus itself
        along = sample @ vector
        threshold = float(np.quantile(along, 0.98))
        above = along[along > threshold] - threshold
        typical = float(np.median(self.codes.data[:: max(1, self.codes.nnz // 100_000)])) if self.codes.nnz else 1.0
        scale = typical / max(float(np.median(above)), 1e-6) if len(above) else 1.0
        near = [c.label for c in self._near(vector)]
        steer = Steer(given=text, concept=None, name=text, weight=number, seeded=True, near=near)
        return Direction(steer, vector.astype(np.float32), (), threshold, scale)

    def _near(self, vector: Floats) -> list[Concept]:
        likeness = self.components[: len(self.concepts)] @ vector
        return [self.concepts[int(i)] for i in np.argsort(-likeness)[:3]]

    def _named(self, text: str) -> list[Concept]:
        """Concepts whose good name, or name given by a person, is this text."""
        return [c for c in self._by_name.get(stem_key(text), []) if c.well_named or c.renamed]

    def _matches(self, text: str) -> list[Concept]:
        """Concepts with this name; if there are none, with this alias."""
        key = stem_key(text)
        return self._by_name.get(key) or self._by_alias.get(key, [])


def combine(query: Floats, more: Sequence[Direction]) -> Floats:
    """q' = normalise(q + sum of weight x direction)."""
    steered = query + sum((d.steer.weight * d.vector for d in more), np.zeros_like(query))
    return np.asarray(steered / max(float(np.linalg.norm(steered)), 1e-12), dtype=np.float32)  # guards a sum of zero


def positive(mask: NDArray[np.bool_] | None, other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Both masks, where the first may be absent."""
    return other if mask is None else mask & other
