"""Texts that are compared with vectors from which something was erased go the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from begriff.kinds.checks import Floats

if TYPE_CHECKING:
    from begriff.kinds import Eraser

__all__ = ["read_erasers", "without"]


def read_erasers(folder: Path) -> list[Eraser]:
    """What was erased from the vectors of passages in this folder, in order."""
    paths = sorted(folder.glob("passages-*.safetensors"))
    if not paths:  # a search imports no scikit-learn
        return []
    from begriff.kinds import Eraser

    return [Eraser.load(p) for p in paths]


def without(vectors: Floats, erasers: Sequence[Eraser]) -> Floats:
    """Unit vectors (n, n_dims) without what the erasers erase; a zero vector, as of a phrase that
    was not encoded, stays one.
    """
    if not erasers:
        return vectors
    kept = vectors.any(axis=1, keepdims=True)
    for eraser in erasers:
        vectors = eraser.transform(vectors)
    # guards the concept itself
    return np.asarray(
        kept * vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    )
