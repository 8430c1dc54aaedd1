"""A softmax head that reads few concepts for each class."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from begriff.bottlenecks.elastic_net import Design, Point, elastic_net_path, ridge
from begriff.errors import InputError
from begriff.kinds import LinearBottleneck
from begriff.kinds.checks import Floats

__all__ = ["labels_of", "SparseLinear"]

_RIDGES = (1e-2, 1e-3, 1e-4)
_PATH = np.dtype(
    [
        ("penalty", np.float64),
        ("concepts", np.float64),
        ("loss", np.float64),
        ("accuracy", np.float64),
    ]
)


class SparseLinear(LinearBottleneck):
    """Concepts -> label through at most ``n_active`` concepts a class: an elastic-net path, then a
    ridge on the concepts it chose.

    The path minimises the mean cross-entropy + penalty (l1_ratio |W|_1 + (1 - l1_ratio) / 2 |W|^2)
    along falling penalties, over codes that are scaled to a standard deviation of 1. Of every point
    each class keeps its ``n_active`` largest weights; those alone are then fitted again under a
    small ridge, which undoes the shrinking. Point and ridge are those with the smallest loss on
    items held out; the weights are fitted on all items at last. Weights are of raw codes: logit =
    intercept_ + codes . coef_, exactly.

    Parameters
    ----------
    n_active : int, default 30
        Most concepts a class may read (NEC). Compare heads at an equal number only: with enough of
        them random concepts do as well.
    l1_ratio : float, default 0.99
        Share of the L1 penalty, above 0 and at most 1.
    n_path : int, default 50
        Points of the path, spaced evenly in the logarithm.
    path_end : float, default 0.001
        The last penalty, as a share of the one under which no concept is read. The path ends
        earlier when every class has enough.
    validation : float, default 0.15
        Share of each class's items that is held out to choose; at least 0 and below 1. Without
        held-out items the last point and a ridge of 1e-3 are taken.
    tol : float, default 0.005
        Largest duality gap of a point of the path, in units of cross-entropy.
    random_state : int, default 0
        Decides which items are held out.

    Attributes
    ----------
    coef_ : ndarray (n_classes, n_concepts), float64
    intercept_ : ndarray (n_classes,), float64
    classes_ : ndarray (n_classes,)
    n_features_in_ : int
    lambda_ : float
        Penalty of the point that was chosen.
    ridge_ : float
        Penalty of the weights that were fitted again.
    path_ : ndarray (n_points,) with fields penalty, concepts, loss, accuracy
        Of every point: the mean number of concepts a class keeps, and loss and accuracy of the
        penalised weights on the items held out (NaN where none were).

    Examples
    --------
    >>> import numpy as np
    >>> from begriff.bottlenecks import SparseLinear
    >>> rng = np.random.default_rng(0)
    >>> codes = np.maximum(rng.normal(size=(300, 8)), 0)
    >>> head = SparseLinear(n_active=2).fit(
    ...     codes, np.where(codes[:, 3] > codes[:, 5], "three", "five")
    ... )
    >>> [sorted(np.flatnonzero(w).tolist()) for w in head.coef_]
    [[3, 5], [3, 5]]
    >>> bool(np.allclose(head.intercept_ + codes @ head.coef_.T, head.logits(codes)))
    True

    Source: Wong, Santurkar and Madry 2021, arXiv 2105.04857; Oikarinen et al. 2023 (label-free
    concept bottlenecks), arXiv 2304.06129; Meinshausen 2007 (the relaxed fit); Srivastava, Yan and
    Weng 2024 (the limit for each class), arXiv 2408.01432.
    """

    lambda_: float
    ridge_: float
    path_: NDArray[Any]

    def __init__(
        self,
        *,
        n_active: int = 30,
        l1_ratio: float = 0.99,
        n_path: int = 50,
        path_end: float = 1e-3,
        validation: float = 0.15,
        tol: float = 5e-3,
        random_state: int = 0,
    ) -> None:
        self.n_active = n_active
        self.l1_ratio = l1_ratio
        self.n_path = n_path
        self.path_end = path_end
        self.validation = validation
        self.tol = tol
        self.random_state = random_state

    def fit(self, C: Any, y: Any) -> Self:
        """Learn from codes C (n_items, n_concepts), sparse or dense, and labels y (n_items,) of two
        classes or more.

        Raises
        ------
        InputError
            For a parameter out of range, labels of one class, or concepts that are all constant.
        """
        from sklearn.utils.validation import validate_data

        self._check()
        C, y = validate_data(self, C, y, accept_sparse="csr", dtype=np.float64)
        self.classes_, target = labels_of(y)
        whole = Design.of(C, target, len(self.classes_))
        if not whole.scale.any():
            raise InputError(
                f"all {C.shape[1]} concepts have the same activation in all {C.shape[0]} items:"
                " nothing can be learnt; give codes of concepts that are active in some items and"
                " not in others"
            )
        held = _held_out(target, self.validation, self.random_state)
        train = (
            whole
            if not held.any()
            else Design.of(C[~held], target[~held], whole.n_classes, whole.scale)
        )
        test = (
            Design(C[held], target[held], whole.n_classes, train.scale, train.mean)
            if held.any()
            else None
        )
        points = self._path(train)
        self.path_ = np.array([self._row(p, test) for p in points], dtype=_PATH)
        point, self.ridge_, start = self._choose(points, train, test)
        self.lambda_ = point.penalty
        # the same raw weights, other centres
        start[-1] += (whole.mean - train.mean) @ (start[:-1] * whole.inverse[:, None])
        weights = ridge(
            whole, self.ridge_, mask=_strongest(point.weights, self.n_active), start=start
        )
        raw = weights[:-1] * whole.inverse[:, None]
        self.coef_ = np.ascontiguousarray(raw.T)
        self.intercept_ = weights[-1] - whole.mean @ raw
        return self

    def _check(self) -> None:
        for name, value, rule, right in (
            ("n_active", self.n_active, "at least 1", self.n_active >= 1),
            ("l1_ratio", self.l1_ratio, "above 0 and at most 1", 0 < self.l1_ratio <= 1),
            ("n_path", self.n_path, "at least 2", self.n_path >= 2),
            ("path_end", self.path_end, "above 0 and below 1", 0 < self.path_end < 1),
            ("validation", self.validation, "at least 0 and below 1", 0 <= self.validation < 1),
            ("tol", self.tol, "above 0", self.tol > 0),
        ):
            if not right:
                raise InputError(f"{name}={value}: must be {rule}")

    def _path(self, design: Design) -> list[Point]:
        slopes = design.gradient(design.loss(design.logits(design.start()))[1])
        highest = float(np.abs(slopes[:-1]).max()) / self.l1_ratio
        penalties = highest * np.geomspace(1, self.path_end, self.n_path)
        return list(
            elastic_net_path(
                design, penalties, l1_ratio=self.l1_ratio, enough=self.n_active, tol=self.tol
            )
        )

    def _row(self, point: Point, test: Design | None) -> tuple[float, float, float, float]:
        concepts = float(_strongest(point.weights, self.n_active).sum(axis=0).mean())
        return (
            point.penalty,
            concepts,
            *((np.nan, np.nan) if test is None else _score(test, point.weights)),
        )

    def _choose(
        self, points: list[Point], train: Design, test: Design | None
    ) -> tuple[Point, float, Floats]:
        """The point, the ridge and the refitted weights with the smallest loss on items
        held out.
        """
        if test is None:
            return points[-1], 1e-3, points[-1].weights * 1.0
        best: tuple[float, Point, float, Floats] | None = None
        for point in _spaced(points, self.path_["concepts"]):
            mask, weights = _strongest(point.weights, self.n_active), point.weights
            for penalty in _RIDGES:
                weights = ridge(train, penalty, mask=mask, start=weights, max_iter=30)
                loss, _ = _score(test, weights)
                if best is None or loss < best[0]:
                    best = (loss, point, penalty, weights.copy())
        assert best is not None
        return best[1:]


def labels_of(y: Any) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Classes (n_classes,) of labels y (n_items,), and the place of each item's label among them.

    Raises
    ------
    InputError
        For numbers that are no labels, or a single class.
    """
    from sklearn.utils.multiclass import check_classification_targets

    check_classification_targets(y)
    classes, places = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise InputError(
            f"y holds 1 class ({classes.tolist()[0]!r}) where at least 2 are needed: give items of"
            " another class as well"
        )
    return classes, places


def _held_out(target: NDArray[np.int64], share: float, seed: int) -> NDArray[np.bool_]:
    """A mask (n_items,) that holds out a share of each class, and never its last item."""
    rng = np.random.default_rng(seed)
    held = np.zeros(len(target), dtype=bool)
    for k in range(int(target.max()) + 1):
        rows = np.flatnonzero(target == k)
        held[rng.permutation(rows)[: min(round(share * len(rows)), len(rows) - 1)]] = True
    return held


def _strongest(weights: Floats, n_active: int) -> NDArray[np.bool_]:
    """Which weights (n_concepts, n_classes) are among the largest of their class and not 0; two
    classes share theirs.
    """
    size = np.abs(weights[:-1])
    if size.shape[1] == 2:
        size = np.repeat(np.abs(weights[:-1, :1] - weights[:-1, 1:]), 2, axis=1)
    kept = np.zeros(size.shape, dtype=bool)
    np.put_along_axis(kept, np.argsort(-size, axis=0, kind="stable")[:n_active], True, axis=0)
    return kept & (size > 0)


def _spaced(points: list[Point], concepts: Floats) -> list[Point]:
    """Points where a class keeps, on average, about a quarter, half, three quarters and nearly all
    of what the last point keeps.
    """
    places = {int(np.argmax(concepts >= share * concepts[-1])) for share in (0.25, 0.5, 0.75, 0.95)}
    return [points[i] for i in sorted(places | {len(points) - 1})]


def _score(test: Design, weights: Floats) -> tuple[float, float]:
    """Loss and accuracy."""
    Z = test.logits(weights)
    return test.loss(Z)[0], float((Z.argmax(axis=1) == test.y).mean())
