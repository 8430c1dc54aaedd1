"""Vectors -> sparse codes over concepts, and back."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import check_is_fitted

from begriff.errors import AtlasError, InputError
from begriff.files import write_tensors
from begriff.kinds.checks import Floats, Progress, check_vectors, plain

__all__ = ["Dictionary", "Sizes"]


@dataclass(frozen=True)
class Sizes:
    """What an unfitted dictionary is asked to learn; None where the method has no such setting.

    Attributes
    ----------
    n_concepts : int or None
    n_core : int or None
        Concepts of the core: all of them, unless the method sets the core apart.
    n_active : int or None
        Concepts of an item, of all groups together.
    batch_size : int or None
        Items in a step of training.
    max_epochs : int or None
    """

    n_concepts: int | None
    n_core: int | None
    n_active: int | None
    batch_size: int | None
    max_epochs: int | None


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
    """Whether codes are never negative, so that activations may be fitted again on a code's
    support.
    """

    overcomplete: ClassVar[bool] = True
    """Whether there may be more concepts than dimensions."""

    stepwise: ClassVar[bool] = False
    """Whether it is trained in steps: ``fit`` takes ``progress``, and ``freeze_decoder`` keeps
    random directions, as a control.
    """

    anchors: ClassVar[bool] = False
    """Whether ``fit`` takes ``anchors``, directions that concepts start at and stay near."""

    warm_start: ClassVar[bool] = False
    """Whether ``fit`` takes ``start``, a fitted dictionary of the same method to go on from."""

    needs_folder: ClassVar[bool] = False
    """Whether it was made elsewhere: the constructor takes the folder that it is read from."""

    _learnt: ClassVar[tuple[str, ...]] = ("components_", "bias_")
    """Learnt arrays that ``save`` writes."""

    _learnt_scalars: ClassVar[tuple[str, ...]] = ("n_core_", "n_features_in_")
    """Learnt numbers and texts that ``save`` writes too, where they are set."""

    @abstractmethod
    def fit(self, X: Any, y: None = None) -> Self:
        """Learn concepts from X (n_items, n_dims)."""

    @abstractmethod
    def _encode(self, X: Floats) -> csr_array:
        """Codes of checked vectors."""

    def _check_sizes(self, X: Floats, *positive: str) -> None:
        """Refuse more concepts than X (n_items, n_dims) can give, and parameters in ``positive``
        that are not above 0.
        """
        n = self.get_params()["n_concepts"]
        most, of = (len(X), "items") if self.overcomplete else (min(X.shape), "items or dimensions")
        if not (isinstance(n, int | np.integer) and 1 <= n <= most):
            raise InputError(
                f"n_concepts={n} for vectors of shape {X.shape}: must be a whole number from 1 to"
                f" {most}, the number of {of}"
            )
        self._check_positive(*positive)

    def _check_positive(self, *names: str) -> None:
        """Refuse parameters that are not above 0; None stands for no bound."""
        for name in names:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"{name}={value}: must be above 0")

    def transform(self, X: Any) -> Any:
        """Codes of vectors.

        Parameters
        ----------
        X : array_like (n_items, n_dims)

        Returns
        -------
        csr_array (n_items, n_concepts), float32
            A frame after ``set_output(transform="pandas")`` or ``"polars"``.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        InputError
            For another width, NaN or infinity.
        """
        check_is_fitted(self, "components_")
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        codes = self._encode(X)
        codes.sort_indices()
        dense = _get_output_config("transform", self)["dense"]
        # a frame, which scikit-learn makes of it, is dense
        return codes if dense == "default" else codes.toarray()

    def inverse_transform(self, codes: Any) -> Floats:
        """Vectors (n_items, n_dims) float32 that codes (n_items, n_concepts) stand for.

        Raises
        ------
        InputError
            When codes have another number of concepts than this dictionary, or are not finite.
        """
        check_is_fitted(self, "components_")
        codes = csr_array(codes)
        if codes.ndim != 2:
            raise InputError(
                f"codes have shape {codes.shape}: expected (n_items, n_concepts), as transform"
                " gives them"
            )
        if codes.shape[1] != len(self.components_):
            raise InputError(
                f"codes have {codes.shape[1]} concepts, this dictionary has"
                f" {len(self.components_)}: use the dictionary that made them"
            )
        if not np.isfinite(codes.data).all():
            raise InputError("codes hold NaN or infinity: give codes as transform gives them")
        return np.asarray(codes @ self.components_ + self.bias_, dtype=np.float32)

    def randomise(self, random_state: int = 0) -> Self:
        """Put random directions in place of those that were learnt: the control beside which
        figures stand.

        Returns
        -------
        Dictionary
            This one.
        """
        check_is_fitted(self, "components_")
        self._randomise(np.random.default_rng(random_state))
        return self

    def _randomise(self, rng: np.random.Generator) -> None:
        """Draw unit directions; a method whose codes need more than these extends it."""
        random = rng.standard_normal(self.components_.shape).astype(np.float32)
        self.components_ = random / np.linalg.norm(random, axis=1, keepdims=True)

    @property
    def sizes(self) -> Sizes:
        """How large an unfitted dictionary of these parameters becomes, and how it is trained."""
        params = self.get_params()
        n_concepts, k = params.get("n_concepts"), params.get("k")
        return Sizes(
            n_concepts=n_concepts,
            n_core=params.get("n_core", n_concepts),
            n_active=None if k is None else int(k) + int(params.get("k_fine") or 0),
            batch_size=params.get("batch_size"),
            max_epochs=params.get("max_epochs"),
        )

    def fit_copy(
        self,
        X: Any,
        *,
        anchors: Floats | None = None,
        start: Dictionary | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """A copy of this unfitted dictionary, fitted to X (n_items, n_dims).

        Parameters
        ----------
        X : array_like (n_items, n_dims)
        anchors : ndarray (m, n_dims), optional
            Only for a method with ``anchors``.
        start : Dictionary, optional
            A fitted one to go on from in small steps; only for a method with ``warm_start``.
        progress : callable, optional
            Called with (step, steps) by a method that is ``stepwise``.

        Raises
        ------
        InputError
            For ``anchors`` or ``start`` where the method does not take them.
        """
        for name, value, taken in (
            ("anchors", anchors, self.anchors),
            ("start", start, self.warm_start),
        ):
            if value is not None and not taken:
                raise InputError(
                    f"{type(self).__name__} takes no {name}: leave {name} out, or choose a"
                    " dictionary that takes it (`begriff methods dictionaries`)"
                )
        return clone(self)._fit_with(X, anchors, start, progress)

    def _fit_with(
        self,
        X: Any,
        anchors: Floats | None,
        start: Dictionary | None,
        progress: Progress | None,
    ) -> Self:
        """Fit with what the declared capabilities allow."""
        return self.fit(X)

    def fit_control(self, X: Any, *, progress: Progress | None = None) -> Dictionary:
        """The control for figures of this unfitted dictionary: a copy with random directions,
        fitted to X (n_items, n_dims) in all else.
        """
        return self.fit_copy(X, progress=progress).randomise()

    def sized(self, n_concepts: int, k: int, batch_size: int) -> Self:
        """Set how many concepts there are; where a method has these, also how many are active, and
        items in a batch.

        A method of which parts have equal sizes may have a few concepts fewer; one that finds as
        many as there are stays.

        Returns
        -------
        Dictionary
            This one.
        """
        return self.set_params(n_concepts=n_concepts) if "n_concepts" in self.get_params() else self

    def reseeded(self, random_state: int) -> Self:
        """Set the random state, where a method has one.

        Returns
        -------
        Dictionary
            This one.
        """
        return self.set_params(random_state=random_state) if self.has_random_state() else self

    @classmethod
    def has_random_state(cls) -> bool:
        """Whether fits with another random state may differ."""
        return "random_state" in cls._get_param_names()

    def starts(self, X: Any) -> Floats | None:
        """Unit directions (n_concepts, n_dims) that ``fit`` starts from on X (n_items, n_dims);
        None where there are none.

        Two fits that start alike may end alike for that reason alone: what is stable over seeds is
        read beside how alike they started.
        """
        return None

    def request(self) -> list[Any]:
        """What tells this unfitted dictionary from another: class and parameters."""
        return [type(self).__name__, self.get_params()]

    def suggested(self) -> tuple[list[list[str]], list[str | None]]:
        """What is known of the core before anything is named: for every concept words, best first,
        and a label that people gave it.
        """
        return [], []

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Names ``concept0`` ... for scikit-learn pipelines."""
        check_is_fitted(self, "components_")
        return np.array([f"concept{i}" for i in range(len(self.components_))], dtype=object)

    def save(self, folder: str | Path) -> None:
        """Write ``dictionary.safetensors`` and ``dictionary.json`` into ``folder``; nothing
        executable.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(
            folder / "dictionary.safetensors", {a: getattr(self, a) for a in self._learnt}
        )
        scalars = {
            k: v for k, v in vars(self).items() if k in self._learnt_scalars and v is not None
        }
        params = {
            k: v
            for k, v in self.get_params().items()
            if not isinstance(v, np.random.RandomState | np.random.Generator)
        }
        meta = {"class": type(self).__name__, "params": params, "learnt": scalars}
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
            raise AtlasError(
                f"{folder} holds no readable dictionary ({e}): delete its folder and run the build"
                " again"
            ) from e
        odd = sorted({*arrays} - {*made._learnt}) + sorted({*learnt} - {*made._learnt_scalars})
        odd += sorted({"components_", "bias_"} - {*arrays})
        odd += [k for k, v in learnt.items() if not isinstance(v, int | float | str)]
        if odd:
            raise AtlasError(
                f"{folder} does not hold {odd[0]!r} as a {type(made).__name__} learns it: the file"
                " was changed; delete its folder and run the build again"
            )
        for key, value in {**learnt, **arrays}.items():
            setattr(made, key, value)
        return made

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
