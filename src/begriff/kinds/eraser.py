"""Vectors -> vectors without a concept."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from begriff.errors import AtlasError
from begriff.files import write_tensors
from begriff.kinds.checks import Floats, plain

__all__ = ["Eraser"]


class Eraser(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Vectors -> vectors of the same width from which a concept is gone: x -> mean_ + (x - mean_) @
    matrix_.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
    mean_ : ndarray (n_dims,), float64
        What stays where it is.
    n_features_in_ : int
        n_dims.
    """

    streams: ClassVar[bool] = False
    """Whether ``partial_fit`` learns from one batch after another."""

    matrix_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    n_features_in_: int

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and what is to go: labels y (n_items,), or numbers
        (n_items,) or (n_items, n_targets).
        """

    def transform(self, X: Any) -> Floats:
        """Edited vectors (n_items, n_dims), float64 for float64 and float32 otherwise."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "matrix_")
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return np.asarray((self.mean_ + (X - self.mean_) @ self.matrix_).astype(X.dtype))

    def save(self, path: str | Path) -> None:
        """Write the edit as a .safetensors file; nothing executable."""
        params = json.dumps(self.get_params(), default=plain)
        meta = {"class": type(self).__name__, "params": params}
        write_tensors(path, {"matrix": self.matrix_, "mean": self.mean_}, meta)

    @staticmethod
    def load(path: str | Path) -> Eraser:
        """Read what ``save`` wrote.

        Raises
        ------
        AtlasError
            When the file is missing or damaged.
        """
        from safetensors import SafetensorError, safe_open

        from begriff import catalog

        try:
            with safe_open(path, "np") as f:
                meta = f.metadata()
                made: Eraser = catalog.find("erasers", meta["class"])(**json.loads(meta["params"]))
                made.matrix_, made.mean_ = f.get_tensor("matrix"), f.get_tensor("mean")
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
            raise AtlasError(f"{path} holds no readable edit ({e}): run the erasure again") from e
        made.n_features_in_ = len(made.mean_)
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
