"""Erasers that have to be told the label of what they edit."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from begriff.erasers._targets import checked
from begriff.errors import AtlasError, InputError
from begriff.files import write_tensors
from begriff.kinds.checks import Floats

__all__ = ["LabelledEraser"]


class LabelledEraser(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Vectors and their labels -> vectors of the same width from which the labels are gone.

    Not a step of a pipeline, as ``transform`` takes labels too. In return the change is smaller, or
    more is removed, than an edit can that sees the vectors alone.

    Attributes
    ----------
    mean_ : ndarray (n_dims,), float64
        What the mean of all items stays at.
    classes_ : ndarray (n_classes,)
        Labels that ``transform`` knows.
    n_features_in_ : int
        n_dims.
    """

    mean_: NDArray[np.float64]
    classes_: NDArray[Any]
    n_features_in_: int

    _learnt: ClassVar[tuple[str, ...]]
    """Learnt arrays that ``save`` writes."""

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and labels y (n_items,)."""

    @abstractmethod
    def _edited(self, X: NDArray[np.float64], targets: NDArray[Any]) -> NDArray[np.float64]:
        """Edited vectors of checked ones."""

    def transform(self, X: Any, y: Any) -> Floats:
        """Edited vectors (n_items, n_dims), float64 for float64 and float32 otherwise, of X and
        what y says about each item.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InputError
            For another width, NaN or infinity, another number of labels than items, or a label that
            was not fitted.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "mean_")
        X, targets = checked(self, X, y, reset=False)
        return np.asarray(self._edited(X.astype(np.float64), targets).astype(X.dtype))

    def fit_transform(self, X: Any, y: Any) -> Floats:
        """Learn from X and y, and edit X by y."""
        return self.fit(X, y).transform(X, y)

    def save(self, path: str | Path) -> None:
        """Write the edit as a .safetensors file; nothing executable."""
        classes = getattr(self, "classes_", None)
        meta = {
            "class": type(self).__name__,
            "params": self.get_params(),
            "classes": None if classes is None else classes.tolist(),
        }
        write_tensors(
            path, {a: getattr(self, a) for a in self._learnt}, {"begriff": json.dumps(meta)}
        )

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what ``save`` of the same class wrote.

        Raises
        ------
        AtlasError
            When the file is missing or damaged.
        InputError
            When another class wrote it.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, "np") as f:
                meta = json.loads(f.metadata()["begriff"])
                arrays = {a: f.get_tensor(a) for a in f.keys()}  # noqa: SIM118
            if meta["class"] != cls.__name__:
                raise InputError(
                    f"{path} holds a {meta['class']}: read it with {meta['class']}.load"
                )
            made = cls(**meta["params"])
            for a in cls._learnt:
                setattr(made, a, arrays[a])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
            if isinstance(e, InputError):
                raise
            raise AtlasError(f"{path} holds no readable edit ({e}): fit and save it again") from e
        if meta["classes"] is not None:
            made.classes_ = np.array(meta["classes"])
        made.n_features_in_ = len(made.mean_)
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
