"""Which concepts matter to a model's decisions, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import InputError
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats
from begriff.reports.report import ConceptRef
from begriff.tasks.classify.by_method import (
    Inputs,
    LinearOutput,
    OneOutput,
    find_method,
    importance_by,
    shuffles,
)
from begriff.tasks.classify.classifier import Classifier
from begriff.tasks.classify.documents import SHOWN
from begriff.tasks.classify.importance_report import Importance, TestedConcept
from begriff.tasks.classify.space import Space, columns_of, read_space

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.importance import BettingTests

__all__ = ["Importance", "TestedConcept", "what_matters"]

_HALF = 1000


def what_matters(
    atlas: Atlas,
    model: Any,
    *,
    of: str | None = None,
    method: str | None = None,
    item: str | None = None,
    limit: int = SHOWN,
    alpha: float = 0.05,
    random_state: int = 0,
) -> Importance:
    """Which concepts matter to a model's output, with tests instead of scores alone.

    Half of a sample of items says which concepts go with the output most; those are tested on the
    other half, by betting: first whether the output depends on the concept at all, then whether it
    does given the other listed ones.

    Parameters
    ----------
    atlas : Atlas
    model : str, Classifier, estimator or callable
        A model of the atlas, or anything that says one number an item from vectors (n_items,
        n_dims): a fitted scikit-learn estimator, or a function, as ``lambda X:
        net(torch.as_tensor(X))``.
    of : str, optional
        The class whose output is looked at; needed for a model of several.
    method : str, optional
        Another way to say what matters: a name of ``begriff methods importance``, such as
        "permutation", "hsic", "linear" or "sobol". What changes concepts (permutation, linear,
        sobol, local-skit) looks at the logit of the class.
    item : str, optional
        Id of the one item that is explained; for methods of one item.
    limit : int
        Concepts that are tested.
    alpha : float
        False discovery rate.
    random_state : int

    Returns
    -------
    Importance

    Raises
    ------
    InputError
        For an unknown model, class or method, a class or an item that is needed, a model that the
        method cannot take, or one that says something else than one number an item.

    Examples
    --------
    >>> import begriff as bg
    >>> bg.what_matters(bg.open("papers.atlas"), "venue", of="icml")  # doctest: +SKIP

    Source: Teneggi and Sulam 2024, "Testing semantic importance via betting", arXiv 2405.19146.
    """
    if not 2 <= limit <= 200:
        raise InputError(f"limit={limit}: test 2 to 200 concepts")
    if item is not None and method is None:
        raise InputError(
            f"item={item!r}: give a method of one item with it; `begriff methods importance`"
            " lists all"
        )
    ask = None if method is None else find_method(method, of_an_item=item is not None)
    rng = np.random.default_rng(random_state)
    rows = rng.permutation(atlas.n_items)[: 2 * _HALF]
    if item is not None:
        at = atlas.snapshot.row_of(item)
        rows = np.append(rows[rows != at], at)  # the last one, among those that are tested
    first = np.arange(len(rows)) < len(rows) // 2
    known = Classifier(atlas, model) if isinstance(model, str) else model
    space, y, spread, called = _outputs(atlas, known, of, rows)
    Z = space.codes[rows].toarray().astype(np.float64)
    chosen = _go_with(Z[first], y[first], limit)
    Z = Z[:, chosen]
    sample = _Sample(space, chosen, rows, y, spread)
    if ask is None:
        return _by_betting(sample, Z, first, called, of, alpha, random_state, rng)
    inputs = _inputs(atlas, known, of, space, chosen, rows, y)
    place = None if item is None else len(inputs.y) - 1
    measured = importance_by(ask, inputs, at=place, alpha=alpha, random_state=random_state)
    shuffled = _shuffled(ask, inputs, rng, alpha, random_state) if shuffles(ask) else None
    return Importance(
        model=called,
        of=of,
        alpha=alpha,
        items=len(inputs.y),
        concepts=_measured(measured, [space.refs[c] for c in chosen]),
        shuffled=shuffled,
        method=ask.__name__,
        statistic=measured.statistic,
        item=item,
    )


@dataclass(frozen=True)
class _Sample:
    """Items that concepts are tested on.

    Attributes
    ----------
    space : Space
    chosen : ndarray (n_concepts,)
        Columns that are tested.
    rows : ndarray (n_items,)
    y : ndarray (n_items,)
        What the model says.
    spread : ndarray or None
        How far each column moves the model's own logit.
    """

    space: Space
    chosen: NDArray[np.int64]
    rows: NDArray[np.int64]
    y: Floats
    spread: Floats | None


def _by_betting(
    sample: _Sample,
    Z: Floats,
    first: NDArray[np.bool_],
    model: str,
    of: str | None,
    alpha: float,
    random_state: int,
    rng: np.random.Generator,
) -> Importance:
    """Both betting tests on the half of the items that chose nothing, and on shuffled columns."""
    from begriff.importance import KernelSampler, conditional_skit, skit

    # the control: the same columns, shuffled among the items
    Z = np.concatenate([Z, rng.permuted(Z, axis=0)], axis=1)
    # guards a concept that the first half does not hold
    Z = (Z - Z[first].mean(0)) / np.maximum(Z[first].std(0), 1e-9)
    y, n = sample.y[~first], len(sample.chosen)
    real, null = slice(None, n), slice(n, None)
    options: dict[str, Any] = {"alpha": alpha, "fdr": True, "random_state": random_state}
    alone = [skit(y, Z[~first][:, part], **options) for part in (real, null)]
    sampler = [
        KernelSampler(n_near=min(50, int(first.sum()))).fit(Z[first][:, part])
        for part in (real, null)
    ]
    given = [
        conditional_skit(y, Z[~first][:, part], s, **options)
        for part, s in zip((real, null), sampler, strict=True)
    ]
    return Importance(
        model=model,
        of=of,
        alpha=alpha,
        items=len(y),
        concepts=[_tested(sample, alone[0], given[0], int(i)) for i in alone[0].ranking],
        shuffled=int(alone[1].rejected.sum()),
        shuffled_given_others=int(given[1].rejected.sum()),
    )


def _tested(sample: _Sample, alone: BettingTests, given: BettingTests, i: int) -> TestedConcept:
    column = sample.chosen[i]
    return TestedConcept(
        concept=sample.space.refs[column],
        matters=bool(alone.rejected[i]),
        items=2 * int(alone.steps[i]),
        p=float(alone.p[i]),
        given_others=bool(given.rejected[i]),
        p_given_others=float(given.p[i]),
        spread=None if sample.spread is None else float(sample.spread[column]),
    )


def _inputs(
    atlas: Atlas,
    model: Any,
    of: str | None,
    space: Space,
    chosen: NDArray[np.int64],
    rows: NDArray[np.int64],
    y: Floats,
) -> Inputs:
    """What methods may ask for: of the second half of the items, with the first as reference."""
    n = len(rows) // 2
    codes = space.codes[rows][:, chosen].toarray().astype(np.float64)
    # guards a concept that the first half does not hold
    Z = (codes - codes[:n].mean(0)) / np.maximum(codes[:n].std(0), 1e-9)
    if isinstance(model, Classifier):
        at = model.classes.index(str(of))
        read: Any = LinearOutput(model.coef[at, chosen], float(model.intercept[at]))
        X: Any = codes
        components: Any = np.eye(len(chosen))
    else:
        X, components = np.asarray(atlas.item_vectors[rows]), space.directions[chosen]
        target = _target(model, of)
        read = model if target is None else OneOutput(model, target)
    return Inputs(read, X[n:], codes[n:], components, y[n:], Z[n:], X[:n], Z[:n])


def _shuffled(
    ask: Any, inputs: Inputs, rng: np.random.Generator, alpha: float, random_state: int
) -> int | None:
    """How many concepts a method calls important when outputs are shuffled out to other items; None
    where it tests nothing.

    The concepts stay as they go together, so this also counts what comes from a sampler that does
    not know how they do.
    """
    shuffled = replace(inputs, y=rng.permutation(inputs.y))
    rejected = importance_by(
        ask, shuffled, at=None, alpha=alpha, random_state=random_state
    ).rejected
    return None if rejected is None else int(rejected.sum())


def _measured(found: PerConcept, refs: list[ConceptRef]) -> list[TestedConcept]:
    """Concepts by value, largest first."""

    def at(values: Any, i: int) -> float | None:
        return None if values is None else float(values[i])

    return [
        TestedConcept(
            concept=refs[i],
            matters=None if found.rejected is None else bool(found.rejected[i]),
            items=None,
            p=at(found.p, i),
            value=at(found.value, i),
            low=at(found.low, i),
            high=at(found.high, i),
        )
        for i in np.argsort(-found.value, kind="stable")
    ]


def _target(model: Any, of: str | None) -> int | None:
    """The column of an estimator's output that a class is; None where there is one column."""
    classes = [str(c) for c in getattr(model, "classes_", [])]
    if of is not None and of not in classes:
        raise InputError(
            f"of={of!r}: the model has the classes {', '.join(classes[:10]) or 'none'}"
        )
    return None if of is None or len(classes) == 2 else classes.index(of)


def _outputs(
    atlas: Atlas, known: Any, of: str | None, rows: NDArray[np.int64]
) -> tuple[Space, Floats, Floats | None, str]:
    """Concepts, the output (n,) on items at positions, how far each concept moves it, and what to
    call the model.
    """
    from begriff.importance import scores

    if isinstance(known, Classifier):
        if of is None:
            raise InputError(
                f"the model {known.name!r} has the classes {', '.join(known.classes[:10])}: give"
                " of=CLASS"
            )
        return known.space, known.margins(of)[rows], known.spreads(of), f"the model {known.name!r}"
    said = scores(known, np.asarray(atlas.item_vectors[rows]), target=_target(known, of))
    return read_space(atlas, columns_of(atlas, "discovered")), said, None, type(known).__name__


def _go_with(Z: Floats, y: Floats, limit: int) -> NDArray[np.int64]:
    """Columns that go with the output most, those that never vary last."""
    centred, out = Z - Z.mean(0), y - y.mean()
    spread = centred.std(0)
    along = np.abs(out @ centred) / np.maximum(spread, 1e-12)  # guards columns that never vary
    return np.argsort(-np.where(spread > 0, along, -1.0), kind="stable")[
        : min(limit, int((spread > 0).sum()))
    ]
