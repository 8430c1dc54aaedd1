"""A guard over texts: encoder and guard in one, kept as one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import Encoder
from begriff.tasks.guard.documents import ConceptScore, GuardInfo, Nearest, Verdict, Verdicts
from begriff.tasks.guard.estimator import HARMLESS, Guard
from begriff.tasks.guard.storage import read, write

__all__ = ["TextGuard"]

_EXCERPT = 200


class TextGuard:
    """Says of texts whether they are flagged, by which concept, and which prompt they are most
    like.

    Parameters
    ----------
    guard : Guard
        Fitted on vectors of ``encoder``.
    encoder : Encoder
    prompt_texts : sequence of str or None
        Of the harmful prompts, in their order; None where there was only a vector.

    Examples
    --------
    >>> from begriff.tasks.guard import TextGuard
    >>> guard = TextGuard.train({"threats": threats, "slurs": slurs}, harmless)  # doctest: +SKIP
    >>> guard.check(["I will find you"])[0].flagged  # doctest: +SKIP
    True
    >>> guard.save("guard.safetensors")  # doctest: +SKIP
    """

    def __init__(self, guard: Guard, encoder: Encoder, prompt_texts: Sequence[str | None]) -> None:
        self.guard, self.encoder, self.prompt_texts = guard, encoder, tuple(prompt_texts)
        if encoder.n_dims != guard.n_features_in_:
            raise InputError(
                f"encoder {encoder.name!r} gives {encoder.n_dims} dimensions, the guard has"
                f" {guard.n_features_in_}: use its own"
            )

    @classmethod
    def train(
        cls,
        harmful: Mapping[str, Sequence[str]] | Sequence[str],
        harmless: Sequence[str],
        *,
        encoder: str | Encoder = "minilm",
        prompts: Mapping[str, Sequence[str]] | None = None,
        fpr: float = 0.02,
        n_prompts: int = 128,
        classifier: str = "logistic",
        random_state: int = 0,
        progress: Progress | None = None,
    ) -> TextGuard:
        """Learn from texts.

        Parameters
        ----------
        harmful : mapping of str to sequence of str, or sequence of str
            Texts of every concept; without names the concept is called "harmful".
        harmless : sequence of str
            Texts that should pass: like those that will come, or the false-positive rate is
            another. A third is held back for it.
        encoder : str or Encoder
        prompts : mapping of str to sequence of str, optional
            Concept prompts; by default the most representative texts.
        fpr, n_prompts, classifier, random_state
            As of :class:`Guard`.
        progress : callable, optional

        Raises
        ------
        InputError
            As :class:`Guard` does; for texts that are none.

        Notes
        -----
        Equal texts count once; one that is said to be harmful and harmless is refused. Texts longer
        than the encoder reads are cut into passages, each of the text's concept; a harmless text is
        calibrated as a whole, by its worst passage, as it will be checked.
        """
        named = {"harmful": harmful} if not isinstance(harmful, Mapping) else harmful
        texts, concepts = _distinct(named, harmless)
        made = _encoder(encoder)
        pieces, of, _ = _passages(made, texts)
        X = made.encode(pieces, progress=progress)
        given = {n: made.encode(_texts(t, f"prompts of {n!r}")) for n, t in (prompts or {}).items()}
        guard = Guard(
            fpr=fpr,
            n_prompts=n_prompts,
            classifier=classifier,
            prompts=given or None,
            random_state=random_state,
        )
        guard.fit(X, np.asarray(concepts)[of], groups=of)
        guard.set_params(prompts=None)  # they are kept in similarities_
        return cls(guard, made, _prompt_texts(guard, pieces, prompts or {}))

    def check(self, texts: Sequence[str]) -> Verdicts:
        """What is to be said of texts; of a long one, of its worst passage.

        Raises
        ------
        InputError
            For a single string, no texts at all, or something that is no text.
        """
        texts = _texts(texts, "texts")
        pieces, of, spans = _passages(self.encoder, texts)
        X = self.encoder.encode(pieces)
        scores = self.guard.concept_scores(X)
        order = np.lexsort((-scores.max(axis=1), of))
        worst = order[np.unique(of[order], return_index=True)[1]]
        near = self._nearest(X[worst])
        made = [
            self._verdict(texts[of[row]], scores[row], spans[row], n)
            for row, n in zip(worst.tolist(), near, strict=True)
        ]
        return Verdicts(verdicts=made, encoder=self.encoder.name, fpr=self.guard.fpr)

    def info(self) -> GuardInfo:
        """What the guard holds and promises."""
        counts = np.bincount(self.guard.similarities_.owner[self.guard.similarities_.owner >= 0])
        return GuardInfo(
            concepts=self.guard.concepts_,
            prompts=counts.tolist(),
            encoder=self.encoder.name,
            fpr=self.guard.fpr,
            calibrated_on=self.guard.n_calibration_,
        )

    def save(self, path: str | Path) -> None:
        """Write one .safetensors file: weights and vectors as arrays, the encoder's name and the
        prompts' texts as JSON.
        """
        encoder = {
            "class": type(self.encoder).__name__,
            "name": self.encoder.name,
            "settings": self.encoder.settings(),
        }
        write(path, self.guard, {"encoder": encoder, "prompt_texts": self.prompt_texts})

    @classmethod
    def load(cls, path: str | Path, *, encoder: Encoder | None = None) -> TextGuard:
        """Read what ``save`` wrote.

        Parameters
        ----------
        path : str or Path
        encoder : Encoder, optional
            By default one is made as the file says.

        Raises
        ------
        InputError
            When there is no such file, it is of another encoder, or its encoder is in no catalogue
            and none is given.
        AtlasError
            When it is damaged or newer.
        """
        guard, extra = read(path, Guard)
        said = extra.get("encoder")
        if said is None:
            raise InputError(f"{str(path)!r} holds a guard of vectors: open it with Guard.load")
        made = encoder if encoder is not None else _encoder(said["class"], said["settings"])
        if made.name != said["name"]:
            raise InputError(
                f"{str(path)!r} is a guard file from another encoder: it was made with"
                f" {said['name']!r}, not {made.name!r}"
            )
        return cls(guard, made, extra["prompt_texts"])

    def _nearest(self, X: Floats) -> list[Nearest]:
        known = self.guard.similarities_
        rows = np.flatnonzero(known.owner >= 0)
        cosine = X @ known.prompts[rows].T
        best = cosine.argmax(axis=1)
        names = [self.guard.concepts_[c] for c in known.owner[rows]]
        return [
            Nearest(concept=names[j], text=self.prompt_texts[j], cosine=round(float(c[j]), 4))
            for j, c in zip(best, cosine, strict=True)
        ]

    def _verdict(
        self, text: str, scores: Floats, span: tuple[int, int], nearest: Nearest
    ) -> Verdict:
        said = [
            ConceptScore(name=n, score=float(s))
            for n, s in zip(self.guard.concepts_, scores, strict=True)
        ]
        score = max(s.score for s in said)
        excerpt = " ".join(text[span[0] : span[0] + 2 * _EXCERPT].split())[:_EXCERPT]
        return Verdict(
            flagged=score > 0,
            score=score,
            concepts=said,
            nearest=nearest,
            start=span[0],
            end=span[1],
            excerpt=excerpt,
        )


def _encoder(given: str | Encoder, settings: Mapping[str, Any] | None = None) -> Encoder:
    from begriff import catalog

    if isinstance(given, Encoder):
        return given
    made: Encoder = catalog.find("encoders", given)(**(settings or {}))
    return made


def _texts(given: Sequence[str], what: str) -> list[str]:
    """Texts that an encoder can read: lone surrogates, which are no characters, become question
    marks.
    """
    if isinstance(given, str) or not len(given):
        raise InputError(f"{what}: give a list of at least one text")
    for i, text in enumerate(given):
        if not isinstance(text, str):
            raise InputError(f"{what}: number {i} is a {type(text).__name__}, not a text")
    return [t.encode("utf-8", "replace").decode() for t in given]


def _distinct(
    harmful: Mapping[str, Sequence[str]], harmless: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Texts without repetitions, and the concept of each; a text of several harmful concepts counts
    in each.
    """
    pairs: dict[tuple[str, str], None] = {}
    for name, texts in harmful.items():
        if not name.strip():
            raise InputError("a concept has an empty name: give every concept a name")
        pairs |= dict.fromkeys((t, name) for t in _texts(texts, f"concept {name!r}"))
    bad = {t for t, _ in pairs}
    for t in _texts(harmless, "harmless"):
        if t in bad:
            raise InputError(
                f"{t[:60]!r} is among the harmful and the harmless texts: decide on one"
            )
        pairs[(t, HARMLESS)] = None
    return [t for t, _ in pairs], [n for _, n in pairs]


def _passages(
    encoder: Encoder, texts: Sequence[str]
) -> tuple[list[str], NDArray[np.int64], list[tuple[int, int]]]:
    """Passages of texts, the text of each, and its range of characters."""
    spans = encoder.spans(texts)
    of = np.repeat(np.arange(len(texts)), [len(s) for s in spans])
    flat = [span for s in spans for span in s]
    return [texts[i][a:b] for i, (a, b) in zip(of.tolist(), flat, strict=True)], of, flat


def _prompt_texts(
    guard: Guard, pieces: Sequence[str], given: Mapping[str, Sequence[str]]
) -> list[str | None]:
    """Texts of the harmful prompts, in their order."""
    out: list[str | None] = []
    for c, name in enumerate(guard.concepts_):
        rows = guard.prompt_rows_[guard.similarities_.owner == c]
        out += given[name] if name in given else [pieces[i] for i in rows.tolist()]
    return out
