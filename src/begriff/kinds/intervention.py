"""Any change of vectors, also inside a running model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from begriff.kinds.checks import Floats

__all__ = ["Intervention"]


class Intervention(ABC):
    """Vectors -> vectors of the same width.

    An eraser is one, and so is adding a direction, or scaling a concept. A model applies it to the
    activations of a layer (:meth:`begriff.kinds.Model.intervene`).
    """

    @abstractmethod
    def transform(self, X: Any) -> Floats:
        """Changed vectors (n_items, n_dims) of X (n_items, n_dims); X stays as it is."""
