"""Texts that are compared with vectors from which something was erased go the same way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from begriff.base import Floats

if TYPE_CHECKING:
    from begriff.estimators import Editor

__all__ = ["read_editors", "without"]


def read_editors(folder: Path) -> list[Editor]:
    """What was erased from the vectors of passages in this folder, in order."""
    paths = sorted(folder.glob("passages-*.safetensors"))
    if not paths:  # a search imports no scikit-learn
        return []
    from begriff.estimators import Editor

    return [Editor.load(p) for p in paths]


def without(vectors: Floats, editors: Sequence[Editor]) -> Floats:
    """Unit vectors (n, n_dims) without what the editors erase; a zero vector, as of a phrase that was not encoded, stays one."""
    if not editors:
        return vectors
    kept = vectors.any(axis=1, keepdims=True)
    for editor in editors:
        vectors = editor.transform(vectors)
    return np.asarray(kept * vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))  # guards the concept itself
