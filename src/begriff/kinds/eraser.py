"""Vectors -> vectors without a concept."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from begriff.errors import AtlasError, InputError
from begriff.files import write_tensors
from begriff.kinds.checks import Floats, plain
from begriff.kinds.intervention import Intervention

__all__ = ["Eraser", "EraserFitter"]


class EraserFitter(ABC):
    """Learns an eraser from one batch after another, in memory that does not grow with them."""

    @abstractmethod
    def update(self, X: Any, y: Any) -> Self:
        """Take in a batch: X (n_items, n_dims) and what is to go, y (n_items,) or (n_items,
        n_targets).
        """

    @abstractmethod
    def eraser(self) -> Eraser:
        """The eraser of all batches so far; later batches do not change it."""


class Eraser(TransformerMixin, BaseEstimator, Intervention):  # type: ignore[misc]
    """Vectors -> vectors of the same width from which a concept is gone.

    Affine, unless it ``needs_labels``: x -> mean_ + (x - mean_) @ matrix_.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
    mean_ : ndarray (n_dims,), float64
        What stays where it is.
    n_features_in_ : int
        n_dims.
    """

    streams: ClassVar[bool] = False
    """Whether ``fitter`` learns from one batch after another."""

    needs_labels: ClassVar[bool] = False
    """Whether ``transform`` takes the labels of the vectors too, which queries and new items do not
    have.
    """

    _learnt: ClassVar[tuple[str, ...]] = ("matrix_", "mean_")
    """Learnt arrays that ``save`` writes, beside the labels in ``classes_``."""

    matrix_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    n_features_in_: int

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and what is to go: labels y (n_items,), or numbers
        (n_items,) or (n_items, n_targets).
        """

    def fitter(self, classes: Any = None) -> EraserFitter:
        """A fitter with this eraser's parameters, for batches; ``classes`` (n_classes,) are all
        labels that may come.

        Raises
        ------
        InputError
            For an eraser that does not stream.
        """
        raise InputError(
            f"{type(self).__name__} does not learn from batches: call fit on all vectors, or take"
            " an eraser that streams, such as LEACE"
        )

    def transform(self, X: Any, y: Any = None) -> Floats:
        """Edited vectors (n_items, n_dims), float64 for float64 and float32 otherwise."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "matrix_")
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return np.asarray((self.mean_ + (X - self.mean_) @ self.matrix_).astype(X.dtype))

    def save(self, path: str | Path) -> None:
        """Write the fitted eraser as a .safetensors file; nothing executable."""
        meta = {
            "class": type(self).__name__,
            "params": json.dumps(self.get_params(), default=plain),
        }
        classes = getattr(self, "classes_", None)
        if classes is not None:
            meta["classes"] = json.dumps(classes.tolist())
        arrays = {name.removesuffix("_"): getattr(self, name) for name in self._learnt}
        write_tensors(path, arrays, meta)

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
                method = catalog.find("erasers", meta["class"])
                eraser: Eraser = method(**json.loads(meta["params"]))
                for name in eraser._learnt:
                    setattr(eraser, name, f.get_tensor(name.removesuffix("_")))
            if "classes" in meta:
                eraser.classes_ = np.array(json.loads(meta["classes"]))
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
            raise AtlasError(f"{path} holds no readable edit ({e}): run the erasure again") from e
        eraser.n_features_in_ = len(eraser.mean_)
        return eraser

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
