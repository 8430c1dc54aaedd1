"""Which concept to ask a person about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Outlook", "Policy"]


@dataclass(frozen=True)
class Outlook:
    """What is believed about the label, and what would be believed once a concept were known.

    Attributes
    ----------
    label : ndarray (n_items, n_classes), float64
        Probabilities of the classes.
    given : ndarray (n_items, n_concepts, n_values, n_classes), float64
        The same if a concept had a value.
    probabilities : ndarray (n_items, n_concepts, n_values), float64
        Of the values.
    n_values : ndarray (n_concepts,), int64
    pushes : ndarray (n_concepts, n_values, n_classes), float64
        What a value adds to the logits of an item without any concept.
    """

    label: NDArray[np.float64]
    given: NDArray[np.float64]
    probabilities: NDArray[np.float64]
    n_values: NDArray[np.int64]
    pushes: NDArray[np.float64]

    def expected(self, each: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean (n_items, n_concepts) over the values of ``each`` (n_items, n_concepts,
        n_values).
        """
        return np.asarray((self.probabilities * each).sum(axis=2))


class Policy(ABC):
    """A rule that scores, for every item, each concept that may be asked about; the highest score
    is asked first.
    """

    needs_fit: ClassVar[bool] = False
    """Whether it has to learn from validation items before it scores."""

    @abstractmethod
    def scores(self, seen: Outlook) -> NDArray[np.float64]:
        """Scores (n_items, n_concepts) of what is known now."""
