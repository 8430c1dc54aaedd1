"""What every language model promises, and one whose answers are planted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from begriff.kinds import LanguageModel
from begriff.testing.rules import Rules, equal, must

__all__ = ["check_language_model", "PlantedLanguageModel"]

rules = Rules("language models")


class PlantedLanguageModel(LanguageModel):
    """A language model of known answers and known bias, for tests of what asks one.

    Parameters
    ----------
    answers : mapping of str to str
        A prompt that holds the key is completed by the value; the first that fits. Any other prompt
        is completed by ``default``.
    bias : mapping of str to float, optional
        Word -> nats that are added to the score of a continuation that holds it, whatever the
        prompt: a preference for a name, a place in a list, an option.
    noise : float, default 0
        Standard deviation in nats of what is added to every score, drawn from the texts, so that
        equal calls get equal scores.
    default : str, default "unknown"

    Examples
    --------
    >>> from begriff.testing import PlantedLanguageModel
    >>> model = PlantedLanguageModel({"capital of France": "Paris"}, bias={"London": 2.0})
    >>> model.complete(["What is the capital of France?"])
    ['Paris']
    >>> model.score(["The capital of France is"] * 2, ["Paris", "London"]).tolist()
    [-1.0, -3.0]
    """

    def __init__(
        self,
        answers: Mapping[str, str],
        *,
        bias: Mapping[str, float] | None = None,
        noise: float = 0.0,
        default: str = "unknown",
    ) -> None:
        self.answers, self.bias, self.noise, self.default = answers, bias or {}, noise, default
        described = repr((sorted(answers.items()), sorted(self.bias.items()), noise, default))
        digest = hashlib.blake2b(described.encode(), digest_size=6).hexdigest()
        self.name = f"planted-{digest}"

    def complete(
        self,
        prompts: Sequence[str],
        *,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        random_state: int = 0,
    ) -> list[str]:
        """The planted answer of each prompt; a token is a word."""
        return [_cut(self._answer(p), max_tokens, stop) for p in prompts]

    def score(self, prompts: Sequence[str], continuations: Sequence[str]) -> NDArray[np.float64]:
        """-1 for the planted answer and -5 for any other, with bias and noise."""
        pairs = zip(prompts, continuations, strict=True)
        return np.array([self._score(p, c) for p, c in pairs], dtype=np.float64)

    def _answer(self, prompt: str) -> str:
        return next((a for key, a in self.answers.items() if key in prompt), self.default)

    def _score(self, prompt: str, continuation: str) -> float:
        known = -1.0 if self._answer(prompt) in continuation else -5.0
        seed = hashlib.blake2b(f"{prompt}\0{continuation}".encode(), digest_size=8).digest()
        drawn = np.random.default_rng(int.from_bytes(seed, "big")).standard_normal()
        bias = sum(b for w, b in self.bias.items() if w in continuation)
        return known + bias + self.noise * drawn


def _cut(text: str, max_tokens: int, stop: Sequence[str]) -> str:
    ends = [text.index(s) for s in stop if s and s in text]
    words = text[: min(ends, default=len(text))].split(" ")
    return " ".join(words[:max_tokens])


@dataclass
class _Case:
    model: LanguageModel
    prompts: Sequence[str]


def check_language_model(
    model: LanguageModel,
    *,
    prompts: Sequence[str] = ("The sky is", "Two and two make"),
    skip: Collection[str] = (),
) -> None:
    """Check what :class:`begriff.kinds.LanguageModel` promises.

    Parameters
    ----------
    model : LanguageModel
    prompts : sequence of str
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.testing import PlantedLanguageModel, check_language_model
    >>> check_language_model(PlantedLanguageModel({"sky": "blue as ever"}))
    """
    rules.check(_Case(model, prompts), type(model).__name__, skip)


@rules
def a_text_for_every_prompt(c: _Case) -> None:
    """complete gives a text for every prompt, the same in every call and company."""
    texts = c.model.complete(c.prompts)
    must(len(texts) == len(c.prompts) and all(isinstance(t, str) for t in texts), f"{texts}")
    must(c.model.complete(c.prompts) == texts, "two calls differ")
    must(c.model.complete(c.prompts[:1]) == texts[:1], "another text alone")
    must(c.model.complete([]) == [], "a text for no prompt")


@rules
def stop_and_length_are_kept(c: _Case) -> None:
    """A continuation ends before the first stop text, and is no longer than max_tokens."""
    for text, prompt in zip(c.model.complete(c.prompts), c.prompts, strict=True):
        if len(text) > 2:
            middle = text[len(text) // 2]
            cut = c.model.complete([prompt], stop=[middle])[0]
            must(middle not in cut and text.startswith(cut), f"{cut!r} of {text!r}")
        short = c.model.complete([prompt], max_tokens=1)[0]
        must(len(short) <= len(text), f"{short!r} with max_tokens=1")


@rules
def scores_are_log_probabilities(c: _Case) -> None:
    """score gives a finite number a pair, float64, the same in every call and company."""
    ends = [" yes"] * len(c.prompts)
    scores = c.model.score(c.prompts, ends)
    must(scores.shape == (len(c.prompts),) and scores.dtype == np.float64, f"{scores}")
    must(np.isfinite(scores).all(), f"{scores}")
    equal(c.model.score(c.prompts, ends), scores, "scores of two calls")
    must(bool(c.model.name), "it has no name")
