"""``more``, ``less`` and ``has``: finding the concept that is meant, or making one from
the words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.documents.models import Concept, Steer
from begriff.errors import InputError, NotFoundError, unknown
from begriff.indexes.terms import index_terms
from begriff.kinds.checks import Floats
from begriff.store.names import as_written, whole_text

__all__ = ["combine", "Direction", "parse_weights", "Resolver"]

_LARGEST = 1_000_000
Given = str | int | Iterable[str] | Mapping[str, float] | None


def parse_weights(
    given: Given, default: float, option: str, is_name: Callable[[str], bool] = lambda text: False
) -> list[tuple[str, float]]:
    """(concept, number) pairs of ``"name"``, ``"name:0.8"``, an id, a list of those, or a dict;
    repeats add up.

    Parameters
    ----------
    given : str, int, list or dict
    default : float
        Where no number is given.
    option : str
        For errors.
    is_name : callable, optional
        Whether a text is a name as it stands: ``"ratio 16:9"`` is no weight of 9 then.

    Raises
    ------
    InputError
        When a number is negative or not finite, or a name is empty.
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        pairs = [(_given(k, is_name), _number(v, k, option)) for k, v in given.items()]
    else:
        single = isinstance(given, str | int | np.integer)
        texts = [_given(g, is_name) for g in ([given] if single else given)]  # type: ignore[union-attr]
        pairs = [(t, default) if is_name(t) else _split(t, default) for t in texts]
    merged: dict[str, float] = {}
    for name, number in pairs:
        if not name.strip():
            raise InputError(f"{option} holds an empty concept: give an id, a name or words")
        if not 0 <= number <= _LARGEST:  # also refuses NaN
            raise InputError(
                f"{option} {name!r} has the number {number}: it must be finite, at least 0 and at"
                f" most {_LARGEST:,}"
            )
        merged[name.strip()] = merged.get(name.strip(), 0.0) + number
    return list(merged.items())


def _given(concept: Any, is_name: Callable[[str], bool]) -> str:
    """A concept as text; a whole number is an id, written ``#id`` where its digits are a name."""
    id = isinstance(concept, int | np.integer) and not isinstance(concept, bool)
    return f"#{int(concept)}" if id and is_name(str(concept)) else whole_text(str(concept))


def _number(value: Any, name: Any, option: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as e:
        raise InputError(
            f"{option} {name!r} has the number {value!r}: it must be a number of at least 0"
        ) from e


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
        Columns of codes, several for a concept into which others were merged; none for a seeded
        concept.
    threshold, scale : float
        A seeded concept's activation is scale * max(0, x . vector - threshold).
    """

    steer: Steer
    vector: Floats
    rows: tuple[int, ...] = ()
    threshold: float = 0.0
    scale: float = 1.0

    def activations(self, vectors: Floats, codes: csr_array) -> Floats:
        """Activation (n,) on passages given by vectors and codes."""
        if not self.rows:
            return self.scale * np.maximum(vectors @ self.vector - self.threshold, 0).astype(
                np.float32
            )
        out = np.zeros(codes.shape[0], dtype=np.float32)
        for row in self.rows:
            places = np.flatnonzero(codes.indices == row)
            out[np.searchsorted(codes.indptr, places, side="right") - 1] += codes.data[places]
        return out


class Resolver:
    """Finds concepts by name, id or alias, or makes a seeded one from free text.

    A name as it is written goes before an id, and both before an inflection of a name and an alias.
    An int, and ``"#12"``, are always an id.

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
        shown = sorted((c for c in concepts if c.merged_into is None), key=lambda c: c.hidden)
        self._exact = _by_key((as_written(c.name), c) for c in shown if c.name)
        self._by_name = _by_key((_stems(c.name), c) for c in shown if c.name)
        self._by_alias = _by_key((_stems(a), c) for c in shown for a in c.aliases)
        self._seeds = {as_written(s.steer.name): s for s in seeds}
        self._by_stem = {_stems(s.steer.name): s for s in seeds}

    def find(self, given: str | int) -> Concept:
        """The one concept that a name, an id or an alias stands for.

        Raises
        ------
        InputError
            When none or several match; the near ones are listed.
        """
        text = _given(given, self.is_name).strip()
        matches = self._named_exactly(text)
        if not matches and re.fullmatch(r"-?\d+|#\d+", text):
            return self._with_id(int(text.removeprefix("#")))
        matches = matches or self._by_name.get(_stems(text)) or self._by_alias.get(_stems(text), [])
        if len(matches) > 1:
            listed = ", ".join(f"{c.id} ({c.label})" for c in matches[:8])
            raise InputError(f"{text!r} is ambiguous: {listed}; give an id")
        if not matches:
            names = dict.fromkeys(
                n for c in self.concepts for n in ([c.name] if c.name else c.aliases)
            )
            raise unknown(
                "concept", text, names, hint="`begriff concepts ATLAS --like WORDS` searches them"
            )
        return matches[0]

    def _with_id(self, id: int) -> Concept:
        if id not in self._by_id:
            raise NotFoundError(
                f"no concept {id}: ids of the core run from {min(self._by_id)} to"
                f" {max(self._by_id)}"
            )
        return self._by_id[id]

    def is_name(self, text: str) -> bool:
        """Whether a concept or a seeded concept has this name as it is written."""
        return as_written(text) in self._exact or as_written(text) in self._seeds

    def weights(self, given: Given, default: float, option: str) -> list[tuple[str, float]]:
        """:func:`parse_weights`, knowing the names."""
        return parse_weights(given, default, option, self.is_name)

    def directions(self, given: Given, default: float, option: str) -> list[Direction]:
        """What ``more``, ``less`` or ``has`` stand for."""
        return [
            self.direction(name, number) for name, number in self.weights(given, default, option)
        ]

    def direction(self, given: str, number: float) -> Direction:
        """A seeded concept that is kept, a well-named concept of that name or id, or a seeded one
        made from the words.
        """
        own = self.seed_of(given)
        if own is not None:
            return replace(
                own, steer=own.steer.model_copy(update={"given": given, "weight": number})
            )
        matches = [c for c in self._named_exactly(given) if _steers(c)]
        if not matches and re.fullmatch(r"#?\d+", given):
            matches = [self.find(given)]
        matches = matches or [c for c in self._by_name.get(_stems(given), []) if _steers(c)]
        if len(matches) == 1:
            return self._of_concept(matches[0], given, number)
        if matches or self.encode is None:
            self.find(given)
        if self.encode is None:
            raise InputError(
                f"{given!r} is no well-named concept, and this atlas has no encoder to make one"
                " from words: give an id"
            )
        return self._seed(given, number)

    def seed_of(self, given: str | int) -> Direction | None:
        """The seeded concept with this name, or an inflection of it where no concept has the name
        as it is written, or the id.
        """
        text = str(given).strip()
        own = self._seeds.get(as_written(text))
        if (
            own is None
            and not re.fullmatch(r"#?\d+", text)
            and not any(map(_steers, self._named_exactly(text)))
        ):
            own = self._by_stem.get(_stems(text))
        return own

    def _named_exactly(self, text: str) -> list[Concept]:
        """The concepts with this name as it is written; hidden ones only where no other has it."""
        matches = self._exact.get(as_written(text), [])
        return [c for c in matches if not c.hidden] or matches

    def _of_concept(self, concept: Concept, given: str, number: float) -> Direction:
        steer = Steer(
            given=given, concept=concept.id, name=concept.label, weight=number, seeded=False
        )
        rows = (concept.row, *(self._rows[i] for i in concept.merged))
        total = np.asarray(self.components[list(rows)]).sum(0)
        # guards opposites that were merged
        return Direction(steer, total / max(float(np.linalg.norm(total)), 1e-9), rows)

    def _seed(self, text: str, number: float) -> Direction:
        """Direction of the words against the corpus's mean; active on the 2 % of items that fit
        best.

        The scale makes the median of its activations that of the codes, so that weights mean the
        same for both.
        """
        assert self.encode is not None
        step = max(1, len(self.vectors) // 20_000)
        sample = np.asarray(self.vectors[::step])
        vector = self.encode(text) - sample.mean(0)
        # guards words that mean the corpus itself
        vector /= max(float(np.linalg.norm(vector)), 1e-9)
        along = sample @ vector
        threshold = float(np.quantile(along, 0.98))
        above = along[along > threshold] - threshold
        typical = (
            float(np.median(self.codes.data[:: max(1, self.codes.nnz // 100_000)]))
            if self.codes.nnz
            else 1.0
        )
        scale = typical / max(float(np.median(above)), 1e-6) if len(above) else 1.0
        near = [c.label for c in self._near(vector)]
        steer = Steer(given=text, concept=None, name=text, weight=number, seeded=True, near=near)
        return Direction(steer, vector.astype(np.float32), (), threshold, scale)

    def _near(self, vector: Floats) -> list[Concept]:
        likeness = self.components[: len(self.concepts)] @ vector
        return [self.concepts[int(i)] for i in np.argsort(-likeness)[:3]]


def _by_key(pairs: Iterable[tuple[str, Concept]]) -> dict[str, list[Concept]]:
    """Concepts by a key that is not empty, each once."""
    out: dict[str, list[Concept]] = {}
    for key, concept in pairs:
        if key and concept not in out.setdefault(key, []):
            out[key].append(concept)
    return out


def _stems(name: str) -> str:
    """Equal for inflections of a name."""
    return " ".join(index_terms(name))


def _steers(concept: Concept) -> bool:
    """Whether a name is good enough to stand for a concept, or a person gave it."""
    return concept.well_named or concept.renamed


def combine(query: Floats, more: Sequence[Direction]) -> Floats:
    """q' = normalise(q + sum of weight x direction)."""
    steered = query + sum((d.steer.weight * d.vector for d in more), np.zeros_like(query))
    # guards a sum of zero
    return np.asarray(steered / max(float(np.linalg.norm(steered)), 1e-12), dtype=np.float32)


def positive(mask: NDArray[np.bool_] | None, other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Both masks, where the first may be absent."""
    return other if mask is None else mask & other
