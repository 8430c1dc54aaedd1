"""The abstract kinds that are scikit-learn estimators."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from begriff.base import Floats, check_vectors, plain, write_tensors
from begriff.errors import AtlasError, InputError

__all__ = ["Bottleneck", "Dictionary", "Editor", "Probe"]


class Dictionary(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Vectors -> sparse codes over learnt concepts, and back: x ~ bias_ + codes @ components_.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Concepts in the space of the input; unit rows where the method has directions.
    bias_ : ndarray (n_dims,), float32
        What a vector with no active concept is rewritten to.
    n_core_ : int
        The first ``n_core_`` concepts form the core, which carries names and reasons.
    n_features_in_ : int
        n_dims.
    """

    components_: Floats
    bias_: Floats
    n_core_: int
    n_features_in_: int

    additive: ClassVar[bool] = True
    """Whether codes are never negative, so that strengths may be fitted again on a code's support."""

    overcomplete: ClassVar[bool] = True
    """Whether there may be more concepts than dimensions."""

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_")
    """Learnt arrays that ``save`` writes; scalars that end in ``_`` are written beside them."""

    @abstractmethod
    def fit(self, X: Any, y: None = None) -> Self:
        """Learn concepts from X (n_items, n_dims)."""

    @abstractmethod
    def _encode(self, X: Floats) -> csr_array:
        """Codes of checked vectors."""

    def _check_sizes(self, X: Floats, *positive: str) -> None:
        """Refuse more concepts than X (n_items, n_dims) can give, and parameters in ``positive`` that are not above 0."""
        n = int(self.get_params()["n_concepts"])
        most, of = (len(X), "items") if self.overcomplete else (min(X.shape), "items or dimensions")
        if not 1 <= n <= most:
            raise InputError(f"n_concepts={n} for vectors of shape {X.shape}: must be from 1 to {most}, the number of {of}")
        self._check_positive(*positive)

    def _check_positive(self, *names: str) -> None:
        """Refuse parameters that are not above 0; None stands for no bound."""
        for name in names:
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(f"{name}={value}: must be above 0")

    def transform(self, X: Any) -> csr_array:
        """Codes of vectors.

        Parameters
        ----------
        X : array_like (n_items, n_dims)

        Returns
        -------
        csr_array (n_items, n_concepts), float32

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InputError
            For another width, NaN or infinity.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "components_")
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        codes = self._encode(X)
        codes.sort_indices()
        return codes

    def inverse_transform(self, codes: Any) -> Floats:
        """Vectors (n_items, n_dims) float32 that codes (n_items, n_concepts) stand for.

        Raises
        ------
        InputError
            When codes have another number of concepts than this dictionary.
        """
        codes = csr_array(codes)
        if codes.ndim != 2:
            raise InputError(f"codes have shape {codes.shape}: expected (n_items, n_concepts), as transform gives them")
        if codes.shape[1] != len(self.components_):
            raise InputError(
                f"codes have {codes.shape[1]} concepts, this dictionary has {len(self.components_)}: use the dictionary that made them"
            )
        return np.asarray(codes @ self.components_ + self.bias_, dtype=np.float32)

    def randomise(self, random_state: int = 0) -> Self:
        """Put random directions in the place of those that were learnt: the control beside which figures stand.

        Returns
        -------
        Dictionary
            This one.
        """
        random = np.random.default_rng(random_state).standard_normal(self.components_.shape).astype(np.float32)
        self.components_ = random / np.linalg.norm(random, axis=1, keepdims=True)
        return self

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set how many concepts there are; where a method has these, also how many are active, and items in a batch.

        A method of which parts have equal sizes may have a few concepts fewer; one that finds as many as there are stays.

        Returns
        -------
        Dictionary
            This one.
        """
        return self.set_params(n_concepts=n_concepts) if "n_concepts" in self.get_params() else self

    def starts(self, X: Any) -> Floats | None:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from on X (n_items, n_dims); None where there are none.

        Two fits that start alike may end alike for that reason alone: what is stable over seeds is read beside how alike they started.
        """
        return None

    def request(self) -> list[Any]:
        """What tells this unfitted dictionary from another: class and parameters."""
        return [type(self).__name__, self.get_params()]

    def suggested(self) -> tuple[list[list[str]], list[str | None]]:
        """What is known of the core before anything is named: for every concept words, best first, and a label that people gave it."""
        return [], []

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names ``concept0`` ... for scikit-learn pipelines."""
        return np.array([f"concept{i}" for i in range(len(self.components_))], dtype=object)

    def save(self, folder: str | Path) -> None:
        """Write ``dictionary.safetensors`` and ``dictionary.json`` into ``folder``; nothing executable."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(folder / "dictionary.safetensors", {a: getattr(self, a) for a in self._learnt})
        scalars = {k: v for k, v in vars(self).items() if k.endswith("_") and isinstance(v, int | float | str | np.generic)}
        meta = {"class": type(self).__name__, "params": self.get_params(), "learnt": scalars}
        (folder / "dictionary.json").write_text(json.dumps(meta, indent=1, default=plain))

    @staticmethod
    def load(folder: str | Path) -> Dictionary:
        """Read what ``save`` wrote.

        Raises
        ------
        AtlasError
            When a file is missing or damaged.
        InputError
            When the class is not in the catalogue.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        from begriff import catalog

        folder = Path(folder)
        try:
            meta = json.loads((folder / "dictionary.json").read_text())
            arrays = load_file(folder / "dictionary.safetensors")
            made: Dictionary = catalog.find("dictionaries", meta["class"])(**meta["params"])
            learnt = meta["learnt"]
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
            if isinstance(e, InputError):
                raise
            raise AtlasError(f"{folder} holds no readable dictionary ({e}): delete its folder and run the build again") from e
        for key, value in {**learnt, **arrays}.items():
            setattr(made, key, value)
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


class Probe(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """A direction learnt from items that are and are not something: decision = x . direction_ - threshold_.

    Attributes
    ----------
    direction_ : ndarray (n_dims,), float32
        Of length 1.
    threshold_ : float
        Where the decision changes sign.
    classes_ : ndarray (2,)
        Labels; the second one is what the probe stands for.
    n_features_in_ : int
        n_dims.
    """

    direction_: Floats
    threshold_: float
    classes_: NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def _direction(self, X: Floats, positive: NDArray[np.bool_], weight: Floats) -> Floats:
        """A direction of any length (n_dims,) towards the positive items; weights (n_items,) sum to the same on each side."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn from X (n_items, n_dims), two labels y (n_items,) and weights (n_items,) within each label.

        Both labels weigh the same. The threshold lies midway between the means of both sides along the direction.

        Raises
        ------
        InputError
            For vectors that are not finite, another number of labels than items, or labels that are not of two kinds.
        """
        from sklearn.utils.multiclass import check_classification_targets
        from sklearn.utils.validation import column_or_1d

        if y is None:
            raise InputError("a probe requires y to be passed, but the target y is None: give a label for every item")
        X = check_vectors(X, minimum=2)
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise InputError("y contains NaN or infinity: give a label for every item")
        check_classification_targets(labels)
        if len(labels) != len(X):
            raise InputError(f"{len(X)} items and {len(labels)} labels: give one label for every item")
        self.classes_ = np.unique(labels)
        if len(self.classes_) != 2:
            raise InputError(
                f"Only binary classification is supported: y holds {len(self.classes_)} class(es) where a probe needs exactly 2: "
                "give items that are and items that are not"
            )
        positive = labels == self.classes_[1]
        weight = _within(positive, sample_weight)
        direction = self._direction(X, positive, weight)
        self.direction_ = (direction / max(float(np.linalg.norm(direction)), 1e-12)).astype(np.float32)  # guards equal means
        along = X @ self.direction_
        self.threshold_ = float((along * weight).sum() / weight.sum())
        self.n_features_in_ = X.shape[1]
        return self

    def decision_function(self, X: Any) -> Floats:
        """How far items (n_items,) lie beyond the threshold, in units of the vectors."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "direction_")
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        return np.asarray(X @ self.direction_ - np.float32(self.threshold_))

    def predict(self, X: Any) -> NDArray[Any]:
        """Labels (n_items,)."""
        above = self.decision_function(X) > 0
        return self.classes_[above.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


class Bottleneck(ClassifierMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Concepts -> label, as one sum a class: logit = intercept_ + codes . coef_.

    Attributes
    ----------
    coef_ : ndarray (n_classes, n_concepts), float64
        Weights of raw codes; also for two classes one row each.
    intercept_ : ndarray (n_classes,), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
        n_concepts.
    """

    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    classes_: NDArray[Any]
    n_features_in_: int

    @abstractmethod
    def fit(self, C: Any, y: Any) -> Self:
        """Learn from codes C (n_items, n_concepts), sparse or dense, and labels y (n_items,)."""

    def logits(self, C: Any) -> NDArray[np.float64]:
        """One sum for each class (n_items, n_classes), of codes C (n_items, n_concepts), sparse or dense."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "coef_")
        C = validate_data(self, C, accept_sparse="csr", reset=False, dtype=np.float64)
        return np.asarray(C @ self.coef_.T + self.intercept_)

    def decision_function(self, C: Any) -> NDArray[np.float64]:
        """Logits (n_items, n_classes); of two classes, how far the second one is ahead (n_items,)."""
        found = self.logits(C)
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def predict_proba(self, C: Any) -> NDArray[np.float64]:
        """Probabilities (n_items, n_classes)."""
        from scipy.special import softmax

        return np.asarray(softmax(self.logits(C), axis=1))

    def predict(self, C: Any) -> NDArray[Any]:
        """Labels (n_items,)."""
        best = self.logits(C).argmax(axis=1)
        return self.classes_[best]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


class Editor(TransformerMixin, BaseEstimator, ABC):  # type: ignore[misc]
    """Vectors -> vectors of the same width from which a concept is gone: x -> mean_ + (x - mean_) @ matrix_.

    Attributes
    ----------
    matrix_ : ndarray (n_dims, n_dims), float64
    mean_ : ndarray (n_dims,), float64
        What stays where it is.
    n_features_in_ : int
        n_dims.
    """

    matrix_: NDArray[np.float64]
    mean_: NDArray[np.float64]
    n_features_in_: int

    @abstractmethod
    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_items, n_dims) and what is to go: labels y (n_items,), or numbers (n_items,) or (n_items, n_targets)."""

    def transform(self, X: Any) -> Floats:
        """Edited vectors (n_items, n_dims), float64 for float64 and float32 otherwise."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self, "matrix_")
        X = validate_data(self, X, reset=False, dtype=[np.float64, np.float32])
        return np.asarray((self.mean_ + (X - self.mean_) @ self.matrix_).astype(X.dtype))

    def save(self, path: str | Path) -> None:
        """Write the edit as a .safetensors file; nothing executable."""
        params = json.dumps(self.get_params(), default=lambda v: np.asarray(v).tolist())
        meta = {"class": type(self).__name__, "params": params}
        write_tensors(path, {"matrix": self.matrix_, "mean": self.mean_}, meta)

    @staticmethod
    def load(path: str | Path) -> Editor:
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
                made: Editor = catalog.find("editing", meta["class"])(**json.loads(meta["params"]))
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


def _within(positive: NDArray[np.bool_], weight: Any) -> Floats:
    """Weights (n_items,) that sum to the same among the positive items and among the others, to what was given in all."""
    given = np.ones(len(positive)) if weight is None else np.asarray(weight, dtype=np.float64)
    totals = [float(given[m].sum()) for m in (~positive, positive)] if given.shape == positive.shape else [0.0]
    if min(totals) <= 0 or (given < 0).any():
        raise InputError(
            f"sample_weight of shape {given.shape} leaves a class with weight zero or has a negative one: give {len(positive)} weights of "
            "at least 0, some above 0 in each class"
        )
    return given * (sum(totals) / 2) / np.where(positive, totals[1], totals[0])
