"""Prompts -> text, and how probable a text is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["LanguageModel"]


class LanguageModel(ABC):
    """A model that completes prompts and scores given continuations.

    What it returns is data: nothing in it is ever run, or read as an instruction.

    Attributes
    ----------
    name : str
        Identifies the model and its settings; equal names give equal answers to equal seeds.
    """

    name: str

    @abstractmethod
    def complete(
        self,
        prompts: Sequence[str],
        *,
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        temperature: float = 0.0,
        random_state: int = 0,
    ) -> list[str]:
        """A continuation of each prompt (n_prompts,), cut before the first of ``stop``.

        ``temperature`` 0 is the most probable continuation; above, ``random_state`` draws it.
        """

    @abstractmethod
    def score(self, prompts: Sequence[str], continuations: Sequence[str]) -> NDArray[np.float64]:
        """Log probability (n_prompts,), in nats, of each continuation after its prompt, summed over
        its tokens.
        """
