"""Which concepts matter to a model's decisions, beyond chance."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.importance.results import PerConcept
from begriff.kinds.checks import Floats
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance
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
from begriff.tasks.classify.space import Space, columns_of, read_space

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Importance", "TestedConcept", "what_matters"]

_HALF = 1000


class TestedConcept(Document):
    """A concept and whether the model's output depends on it.

    ``matters`` is the test's verdict at the false discovery rate, ``items`` how many it took, ``p``
    its anytime-valid p-value; ``given_others`` the same given the other listed concepts. ``spread``
    is, for a model through concepts, the standard deviation of what it adds to the logit. By
    another method than the default one there is a ``value`` with an interval, and None stands for
    what that method does not say.
    """

    concept: ConceptRef
    matters: bool | None
    items: int | None
    p: float | None
    given_others: bool | None = None
    p_given_others: float | None = None
    spread: float | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Importance(Report):
    """Tests of every listed concept, with the control: how many of as many shuffled columns were
    called important.

    ``method`` is None for the default, both betting tests. By another one ``shuffled`` counts
    concepts that were called important with shuffled outputs, None where it does not test given
    outputs; ``statistic`` says what ``value`` is, ``item`` is the one it explains.
    """

    model: str
    of: str | None
    alpha: float
    items: int
    concepts: list[TestedConcept]
    shuffled: int | None
    shuffled_given_others: int | None = None
    method: str | None = None
    statistic: str | None = None
    item: str | None = None

    @property
    def _subject(self) -> str:
        return (
            self.model
            + (f" for {self.of}" if self.of else "")
            + (f" on item {self.item!r}" if self.item is not None else "")
        )

    def tables(self) -> list[Table]:
        """Concepts, strongest evidence first."""
        if self.method is not None:
            return [self._measured()]
        columns = (
            "concept",
            "id",
            "matters",
            "items",
            "p",
            "given_others",
            "p_given_others",
            "spread",
        )
        rows = [
            (
                c.concept.name,
                c.concept.id,
                c.matters,
                c.items,
                c.p,
                c.given_others,
                c.p_given_others,
                c.spread,
            )
            for c in self.concepts
        ]
        headings = (
            "concept",
            "matters",
            "items",
            "p",
            "given the others",
            "p ",
            "spread of its part",
        )
        yes = {True: "yes", False: "no", None: None}
        shown = [
            (
                c.concept.name,
                yes[c.matters],
                c.items,
                _chance(c.p),
                yes[c.given_others],
                _chance(c.p_given_others),
                c.spread,
            )
            for c in self.concepts
        ]
        title = f"What matters to {self.model}" + (f" for {self.of}" if self.of else "")
        return [Table(title, columns, rows, Cells(headings, shown))]

    def _measured(self) -> Table:
        rows = [
            (c.concept.name, c.concept.id, c.value, c.low, c.high, c.p, c.matters)
            for c in self.concepts
        ]
        columns = ("concept", "id", "value", "low", "high", "p", "matters")
        yes = {True: "yes", False: "no", None: None}
        shown = [
            (c.concept.name, c.value, c.low, c.high, _chance(c.p), yes[c.matters])
            for c in self.concepts
        ]
        headings = ("concept", self.statistic or "value", "low", "high", "p", "matters")
        return Table(
            f"What matters to {self._subject}, by {self.method}",
            columns,
            rows,
            Cells(headings, shown),
        )

    def summary(self) -> list[str]:
        """What was tested, and the control."""
        n = len(self.concepts)
        if self.method is not None:
            tested = any(c.matters is not None for c in self.concepts)
            verdicts = (
                f": {sum(bool(c.matters) for c in self.concepts)} matter at a false discovery rate"
                f" of {self.alpha:.0%}"
                if tested
                else ""
            )
            control = (
                "It changes concepts and looks at what the model says then, so no shuffled outputs"
                " stand beside it."
            )
            if self.shuffled is not None:
                control = (
                    f"Control: with the outputs dealt out to other items {self.shuffled} of {n}"
                    " concepts were called important."
                )
            return [
                (
                    f"{n} concepts by {self.method} over {self.items:,} items, for"
                    f" {self._subject}{verdicts}."
                ),
                control,
            ]
        found, given = (
            sum(c.matters is True for c in self.concepts),
            sum(c.given_others is True for c in self.concepts),
        )
        subject = self.model + (f" for {self.of}" if self.of else "")
        return [
            (
                f"{found} of {n} concepts matter to the output of {subject}, at a false discovery"
                f" rate of {self.alpha:.0%} over {self.items:,} items; {given} still do given the"
                " others."
            ),
            (
                f"Control: of {n} shuffled columns {self.shuffled} were called important, and"
                f" {self.shuffled_given_others} given the others."
            ),
            (
                "The first test holds its rate for any model; the second one estimates how concepts"
                " go together, and may say yes too often."
            ),
        ]

    def plot(self) -> Any:
        """Evidence of every concept."""
        from begriff.plots.figures import bars

        names = [c.concept.name for c in self.concepts]
        if self.method is not None:
            return bars(
                names,
                [c.value or 0.0 for c in self.concepts],
                title=f"What matters to {self._subject}",
                x=self.statistic or "",
            )
        values = [float(-np.log10(max(c.p or 0.0, 1e-12))) for c in self.concepts]
        return bars(names, values, title=f"What matters to {self.model}", x="evidence, -log10 p")


def _chance(p: float | None) -> str | None:
    return None if p is None else chance(p)


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
    from begriff.importance import KernelSampler, conditional_skit, skit

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
    first, second = np.arange(len(rows)) < len(rows) // 2, np.arange(len(rows)) >= len(rows) // 2
    known = Classifier(atlas, model) if isinstance(model, str) else model
    space, y, spread, called = _outputs(atlas, known, of, rows)
    Z = space.codes[rows].toarray().astype(np.float64)
    chosen = _go_with(Z[first], y[first], limit)
    Z = Z[:, chosen]
    if ask is not None:
        inputs = _inputs(atlas, known, of, space, chosen, rows, y)
        place = None if item is None else len(inputs.y) - 1
        measured = importance_by(ask, inputs, at=place, alpha=alpha, random_state=random_state)
        refs = [space.refs[c] for c in chosen]
        shuffled = _shuffled(ask, inputs, rng, alpha, random_state) if shuffles(ask) else None
        return Importance(
            model=called,
            of=of,
            alpha=alpha,
            items=len(inputs.y),
            concepts=_measured(measured, refs),
            shuffled=shuffled,
            method=ask.__name__,
            statistic=measured.statistic,
            item=item,
        )
    # the control: the same columns, dealt out to other items
    Z = np.concatenate([Z, rng.permuted(Z, axis=0)], axis=1)
    # guards a concept that the first half does not hold
    Z = (Z - Z[first].mean(0)) / np.maximum(Z[first].std(0), 1e-9)
    n = len(chosen)
    found = skit(y[second], Z[second][:, :n], alpha=alpha, fdr=True, random_state=random_state)
    nulls = skit(y[second], Z[second][:, n:], alpha=alpha, fdr=True, random_state=random_state)
    given = []
    for part in (slice(None, n), slice(n, None)):
        sampler = KernelSampler(n_near=min(50, int(first.sum()))).fit(Z[first][:, part])
        given.append(
            conditional_skit(
                y[second],
                Z[second][:, part],
                sampler,
                alpha=alpha,
                fdr=True,
                random_state=random_state,
            )
        )
    tested = [
        TestedConcept(
            concept=space.refs[chosen[i]],
            matters=bool(found.rejected[i]),
            items=2 * int(found.steps[i]),
            p=float(found.p[i]),
            given_others=bool(given[0].rejected[i]),
            p_given_others=float(given[0].p[i]),
            spread=None if spread is None else float(spread[chosen[i]]),
        )
        for i in found.ranking
    ]
    return Importance(
        model=called,
        of=of,
        alpha=alpha,
        items=int(second.sum()),
        concepts=tested,
        shuffled=int(nulls.rejected.sum()),
        shuffled_given_others=int(given[1].rejected.sum()),
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
    """How many concepts a method calls important when outputs are dealt out to other items; None
    where it tests nothing.

    The concepts stay as they go together, so this also counts what comes from a sampler that does
    not know how they do.
    """
    dealt = replace(inputs, y=rng.permutation(inputs.y))
    rejected = importance_by(ask, dealt, at=None, alpha=alpha, random_state=random_state).rejected
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
