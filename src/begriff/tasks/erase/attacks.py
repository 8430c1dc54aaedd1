"""Ways to find a concept in vectors again: each is tried before and after an erasure, on items that
it never saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Document
from begriff.kinds.checks import Floats
from begriff.metrics import auroc_interval

__all__ = ["Attack", "attacks", "Found", "Side", "Split"]

_FEW = (5, 20)
_DRAWS = 5
_NEAREST = 15

Scores = NDArray[np.float64]
"""One column a class (n_held, n_classes)."""


class Found(Document):
    """How well held-out items are ranked by a concept: AUROC, for several classes the mean of each
    against the rest, .5 by chance.
    """

    auroc: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.auroc:.3f} ({self.low:.3f}-{self.high:.3f})"


class Attack(Document):
    """A way to find the concept: what it does, and what it found with the vectors as they were and
    as they are.

    ``linear`` attacks are those of which an exact linear eraser leaves none that beats chance on
    the items that it was fitted on.
    """

    name: str
    linear: bool
    before: Found
    after: Found


@dataclass(frozen=True)
class Side:
    """Vectors (n, n_dims) of the items that the eraser learnt from, of fresh ones to learn from,
    and of those that judge.
    """

    train: Floats
    fresh: Floats
    held: Floats


@dataclass(frozen=True)
class Split:
    """Labels of the same items, as positions in ``classes``.

    Attributes
    ----------
    train, fresh, held : ndarray (n,)
    classes : list of str
    words : ndarray (n_dims,), optional
        The concept's name as a vector, for an attacker who starts from it.
    """

    train: NDArray[np.int64]
    fresh: NDArray[np.int64]
    held: NDArray[np.int64]
    classes: list[str]
    words: Floats | None = None


def attacks(before: Side, after: Side, split: Split, *, random_state: int = 0) -> list[Attack]:
    """What every attack finds on the held-out items.

    A logistic probe, a small neural network and the nearest neighbours learn from the items that
    the eraser learnt from. There the probe is a constant by the theorem; what an eraser cannot know
    are other items, so more probes learn from fresh ones: from all of them, and from 5 and 20 of
    each class (the mean of 5 draws). The last attack searches one embedding that ranks the fresh
    items, as textual inversion does, starting from the concept's name where it can be encoded.

    Parameters
    ----------
    before, after : Side
    split : Split
    random_state : int

    Returns
    -------
    list of Attack

    Source: the last attack after Pham et al. 2024, "Circumventing concept erasure methods", arXiv
    2308.01508.
    """
    rng = np.random.default_rng(random_state)
    ways: list[tuple[str, bool, Callable[[Side], Scores]]] = [
        ("linear probe", True, lambda side: _fit(_logistic(), side.train, split.train, side.held)),
        (
            "linear probe on fresh items",
            True,
            lambda side: _fit(_logistic(), side.fresh, split.fresh, side.held),
        ),
        (
            "neural network",
            False,
            lambda side: _fit(
                _network(split.train, random_state), side.train, split.train, side.held
            ),
        ),
        (
            "nearest neighbours",
            False,
            lambda side: _fit(_neighbours(len(split.train)), side.train, split.train, side.held),
        ),
    ]
    out = []
    for name, linear, way in ways:
        found = [_score(way(side), split) for side in (before, after)]
        out.append(Attack(name=name, linear=linear, before=found[0], after=found[1]))
    for n in _FEW:
        draws = [_draw(split, n, rng) for _ in range(_DRAWS)]
        found = [_few(side, split, draws) for side in (before, after)]
        out.append(
            Attack(
                name=f"linear probe on {n} fresh items a class",
                linear=True,
                before=found[0],
                after=found[1],
            )
        )
    if len(split.classes) == 2:
        found = [_score(_searched(side, split), split) for side in (before, after)]
        out.append(
            Attack(name="a searched embedding", linear=True, before=found[0], after=found[1])
        )
    return out


def _score(scores: Scores, split: Split) -> Found:
    """The mean AUROC of each class against the rest, with the mean of their half intervals, as if
    all erred together.
    """
    columns = [1] if len(split.classes) == 2 else list(range(len(split.classes)))
    parts = []
    for c in columns:
        inside, outside = scores[split.held == c, c], scores[split.held != c, c]
        parts.append(auroc_interval(inside, outside))
    found, low, high = (float(v) for v in np.mean(parts, axis=0))
    return Found(auroc=round(found, 4), low=round(low, 4), high=round(high, 4))


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=200, tol=1e-3, class_weight="balanced")
    )


def _network(y: NDArray[np.int64], random_state: int) -> Any:
    """Stops early by a tenth of the items, where that holds every class."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    early = bool(np.unique(y, return_counts=True)[1].min() >= _NEAREST)
    net = MLPClassifier(
        (64,),
        alpha=1e-3,
        max_iter=30,
        early_stopping=early,
        n_iter_no_change=4,
        random_state=random_state,
    )
    return make_pipeline(StandardScaler(), net)


def _neighbours(n: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(min(_NEAREST, n), weights="distance")


def _fit(model: Any, X: Floats, y: NDArray[np.int64], held: Floats) -> Scores:
    """Probabilities (n_held, n_classes); a network that has not converged by its last epoch counts
    as it is.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(model.fit(X, y).predict_proba(held), dtype=np.float64)


def _draw(split: Split, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of at most n items of each class."""
    rows = [np.flatnonzero(split.fresh == c) for c in range(len(split.classes))]
    return np.concatenate([rng.choice(r, min(n, len(r)), replace=False) for r in rows])


def _few(side: Side, split: Split, draws: list[NDArray[np.int64]]) -> Found:
    found = [
        _score(_fit(_logistic(), side.fresh[at], split.fresh[at], side.held), split) for at in draws
    ]
    fields = {
        name: round(float(np.mean([getattr(f, name) for f in found])), 4)
        for name in ("auroc", "low", "high")
    }
    return Found(**fields)


def _searched(side: Side, split: Split) -> Scores:
    from begriff.probes import ConceptVector

    at = _draw(split, 400, np.random.default_rng(0))
    probe = ConceptVector(start=split.words).fit(side.fresh[at], split.fresh[at])
    along = side.held @ probe.direction_
    return np.stack([-along, along], axis=1).astype(np.float64)
