"""Vectors that must not pass: similarities to concept prompts, a small classifier, a false-positive
rate that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from begriff.errors import InputError
from begriff.kinds.checks import Floats, check_vectors
from begriff.tasks.guard.fit import conformal_threshold, fit_head, medoids
from begriff.tasks.guard.refine import nearest_allowed
from begriff.tasks.guard.similarity import Similarities
from begriff.tasks.guard.storage import read, write

__all__ = ["Guard"]

HARMLESS = ""
_MARGIN = 1e-3


class Guard(BaseEstimator):  # type: ignore[misc]
    """Flags vectors of harmful concepts, and moves flagged ones, and these alone, to where they are
    not flagged.

    A vector is described by how like it is to every prompt (harmful ones of every concept, harmless
    ones beside them). One small classifier a concept turns that into log-odds; a vector is flagged
    when the highest of them exceeds a threshold, which is set on harmless items that were held
    back.

    Parameters
    ----------
    fpr : float, default 0.02
        Share of harmless items that may be flagged.
    n_prompts : int, default 128
        Prompts chosen from the examples of every concept, and from the harmless ones.
    prompts : mapping of str to array_like (n, n_dims), optional
        Prompts of concepts, instead of chosen ones.
    classifier : {"logistic", "mlp"}, default "logistic"
    C : float, default 0.1
        Inverse strength of the penalty of "logistic".
    hidden : int, default 32
        Width of "mlp".
    sharpness : float, default 3.0
        A similarity is exp(sharpness * (cosine - 1)); 0 takes the cosine.
    calibration : float, default 0.3
        Share of the harmless items that is held back for the threshold.
    random_state : int, default 0

    Attributes
    ----------
    concepts_ : list of str
    similarities_ : Similarities
    heads_ : list of Head
    threshold_ : float
        Log-odds.
    allowed_ : ndarray (n, n_dims), float32
        Vectors that pass: where refinement starts.
    prompt_rows_ : ndarray (n_prompts,), int64
        Row of the items that each prompt is, -1 for a given one.
    n_calibration_ : int
        Harmless items (or groups of them) behind the threshold.
    n_features_in_ : int

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.tasks.guard import Guard
    >>> X = np.random.default_rng(0).normal(size=(900, 8)) + 2 * np.eye(8)[np.arange(900) % 3]
    >>> y = np.array(["", "threats", "slurs"])[np.arange(900) % 3]
    >>> guard = Guard(n_prompts=8).fit(X[:600], y[:600])
    >>> held = X[600:]
    >>> (
    ...     bool(guard.predict(held)[y[600:] == ""].mean() < 0.06),
    ...     bool(guard.predict(held)[y[600:] != ""].mean() > 0.3),
    ... )
    (True, True)
    >>> bool(guard.predict(guard.refine(held)).any())
    False

    Source: Liu et al. 2024 (ToxicDetector), arXiv 2408.11727; for refining flagged vectors alone
    CGCE, arXiv 2511.05865.
    """

    def __init__(
        self,
        *,
        fpr: float = 0.02,
        n_prompts: int = 128,
        prompts: Mapping[str, ArrayLike] | None = None,
        classifier: str = "logistic",
        C: float = 0.1,
        hidden: int = 32,
        sharpness: float = 3.0,
        calibration: float = 0.3,
        random_state: int = 0,
    ) -> None:
        self.fpr = fpr
        self.n_prompts = n_prompts
        self.prompts = prompts
        self.classifier = classifier
        self.C = C
        self.hidden = hidden
        self.sharpness = sharpness
        self.calibration = calibration
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> Self:
        """Learn from X (n_items, n_dims) and the concept y (n_items,) of every item.

        Parameters
        ----------
        X : array_like (n_items, n_dims)
            Only directions count.
        y : array_like (n_items,) of str or bool
            "" for harmless items; True and False are "harmful" and harmless.
        groups : array_like (n_items,), optional
            Items of one group (passages of one text) are calibrated as one, by the highest score;
            they are never held back in part.

        Raises
        ------
        InputError
            For values out of range, a concept with one example, or too few harmless items for the
            false-positive rate.
        """
        self._check()
        X = _unit(check_vectors(X, minimum=4))
        concept = _concepts(y, len(X))
        self.concepts_ = sorted(set(concept.tolist()) - {HARMLESS})
        harmless, held, of_held = self._hold_back(concept, groups)
        self.n_features_in_ = X.shape[1]
        self.similarities_ = self._choose(X, concept, harmless)
        features = self.similarities_(X)
        self.heads_ = []
        for name in self.concepts_:
            rows = harmless | (concept == name)
            options: dict[str, Any] = {
                k: getattr(self, k) for k in ("classifier", "C", "hidden", "random_state")
            }
            self.heads_.append(fit_head(features[rows], concept[rows] == name, **options))
        highest = np.full(int(of_held.max()) + 1, -np.inf)
        np.maximum.at(highest, of_held, self._log_odds(X[held]).max(axis=1))
        self.threshold_ = conformal_threshold(highest, self.fpr)
        self.n_calibration_ = len(highest)
        self.allowed_ = self._passing(X[harmless | held])
        return self

    def concept_scores(self, X: Any) -> Floats:
        """How far items lie beyond the threshold in every concept (n_items, n_concepts), in
        log-odds.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "threshold_")
        X = check_vectors(X, n_dims=self.n_features_in_, owner=type(self).__name__)
        return self._log_odds(_unit(X)) - np.float32(self.threshold_)

    def decision_function(self, X: Any) -> Floats:
        """How far items (n_items,) lie beyond the threshold in their worst concept, in log-odds."""
        return np.asarray(self.concept_scores(X).max(axis=1))

    def predict(self, X: Any) -> NDArray[np.bool_]:
        """Which items (n_items,) are flagged."""
        return np.asarray(self.decision_function(X) > 0)

    def refine(self, X: Any) -> NDArray[Any]:
        """Vectors (n_items, n_dims) of the same dtype, none of them flagged: flagged ones are
        moved, the others are as they were.

        A flagged vector moves as little as can be and keeps its length. What is least is a local
        least: no other near it is nearer.
        """
        given = np.asarray(X)
        flagged = np.flatnonzero(self.predict(given))
        out = given.copy() if given.dtype.kind == "f" else given.astype(np.float32)
        for i in flagged:
            x = given[i].astype(np.float64)
            length = float(np.linalg.norm(x))
            moved = nearest_allowed(
                x / length,
                self.allowed_.astype(np.float64),
                self._scores_at,
                self._slopes_at,
                _MARGIN,
            )
            out[i] = moved * length
        return out

    def save(self, path: str | Path) -> None:
        """Write one .safetensors file; nothing executable."""
        write(path, self, {})

    @staticmethod
    def load(path: str | Path) -> Guard:
        """Read what ``save`` wrote; see :func:`begriff.tasks.guard.storage.read`."""
        guard: Guard = read(path, Guard)[0]
        return guard

    def _check(self) -> None:
        if self.classifier not in ("logistic", "mlp"):
            raise InputError(f"classifier={self.classifier!r}: must be 'logistic' or 'mlp'")
        if self.n_prompts < 1 or self.hidden < 1 or self.C <= 0 or self.sharpness < 0:
            said = (
                f"n_prompts={self.n_prompts}, hidden={self.hidden}, C={self.C},"
                f" sharpness={self.sharpness}"
            )
            raise InputError(
                f"{said}: n_prompts and hidden must be at least 1, C above 0, sharpness at least 0"
            )
        if not 0 < self.calibration < 1 or not 0 < self.fpr < 1:
            raise InputError(
                f"calibration={self.calibration}, fpr={self.fpr}: both must lie between 0 and 1"
            )

    def _hold_back(
        self, concept: NDArray[Any], groups: Any
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
        """Harmless items to learn from, those held back, and the group of each of the latter,
        counted from 0.
        """
        if not self.concepts_ or not (concept == HARMLESS).any():
            raise InputError(
                f"y holds {len(self.concepts_)} concept(s) and {int((concept == HARMLESS).sum())}"
                " harmless items: give both"
            )
        for name in self.concepts_:
            if (concept == name).sum() < 2:
                raise InputError(f"concept {name!r} has 1 example: give at least 2")
        given = np.arange(len(concept)) if groups is None else np.asarray(groups)
        if given.shape != concept.shape:
            raise InputError(
                f"{given.size} groups for {len(concept)} items: give one for every item"
            )
        harmless = concept == HARMLESS
        known, of = np.unique(given[harmless], return_inverse=True)
        drawn = np.random.default_rng(self.random_state).permutation(len(known))
        back = drawn[: round(self.calibration * len(known))]
        held = np.zeros(len(concept), dtype=bool)
        held[harmless] = np.isin(of, back)
        if not len(back) or not (harmless & ~held).any():
            raise InputError(
                f"{len(known)} harmless items are too few to learn from some and hold back others:"
                " give at least 100"
            )
        return (
            harmless & ~held,
            held,
            np.unique(of[held[harmless]], return_inverse=True)[1].astype(np.int64),
        )

    def _choose(
        self, X: Floats, concept: NDArray[Any], harmless: NDArray[np.bool_]
    ) -> Similarities:
        """Prompts of every concept, then harmless ones."""
        given = dict(self.prompts or {})
        if unknown := sorted(set(given) - set(self.concepts_)):
            raise InputError(
                f"prompts of {', '.join(map(repr, unknown))}, of which there are no examples: give"
                " examples, too"
            )
        prompts, owner, rows = [], [], []
        for c, name in [*enumerate(self.concepts_), (-1, HARMLESS)]:
            if name in given:
                chosen = _unit(
                    check_vectors(given[name], n_dims=X.shape[1], name=f"prompts of {name!r}")
                )
                row = np.full(len(chosen), -1)
            else:
                among = np.flatnonzero(concept == name if name else harmless)
                row = among[medoids(X[among], self.n_prompts, self.random_state)]
                chosen = X[row]
            prompts.append(chosen)
            owner.append(np.full(len(chosen), c, dtype=np.int64))
            rows.append(row)
        self.prompt_rows_ = np.concatenate(rows)
        return Similarities(np.vstack(prompts), np.concatenate(owner), float(self.sharpness))

    def _passing(self, X: Floats) -> Floats:
        """Harmless prompts that pass by more than the margin, else the harmless items that pass by
        most.
        """
        X = np.vstack([self.similarities_.prompts[self.similarities_.owner < 0], X])
        beyond = self._log_odds(X).max(axis=1) - self.threshold_
        n = int((self.similarities_.owner < 0).sum())
        passing = np.flatnonzero(beyond[:n] < -10 * _MARGIN)
        chosen = X[passing] if len(passing) else X[[int(beyond.argmin())]]
        if beyond.min() >= -10 * _MARGIN:
            raise InputError(
                "all harmless items score alike: nothing tells them from the harmful ones; give"
                " other examples"
            )
        return chosen

    def _log_odds(self, X: Floats) -> Floats:
        features = self.similarities_(X)
        return np.column_stack([head(features) for head in self.heads_])

    def _scores_at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(self._log_odds(x[None])[0] - self.threshold_)

    def _slopes_at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        features = self.similarities_(x[None])[0]
        return self.similarities_.pull(x, np.stack([head.slope(features) for head in self.heads_]))


def _unit(X: Floats) -> Floats:
    length = np.linalg.norm(X, axis=1, keepdims=True)
    if not (length > 0).all():
        raise InputError(f"vector {int((length[:, 0] == 0).argmax())} is zero: it has no direction")
    return np.asarray(X / length)


def _concepts(y: Any, n: int) -> NDArray[Any]:
    given = np.asarray(y)
    if given.shape != (n,):
        raise InputError(
            f"{given.size} labels for {n} items: give one concept for every item, '' for a"
            " harmless one"
        )
    if given.dtype.kind == "b":
        return np.where(given, "harmful", HARMLESS)
    if given.dtype.kind not in "UO" or not all(isinstance(v, str) for v in given.tolist()):
        raise InputError(
            f"y has dtype {given.dtype}: give names of concepts ('' for harmless items), or True"
            " and False"
        )
    return given.astype(str)
