"""Which concepts matter to a model's decisions, beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.documents.models import Document
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance
from begriff.tasks.classify.classifier import Classifier
from begriff.tasks.classify.documents import SHOWN
from begriff.tasks.classify.space import Space, columns_of, read_space

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Importance", "TestedConcept", "what_matters"]

_HALF = 1000


class TestedConcept(Document):
    """A concept and whether the model's output depends on it.

    ``matters`` is the test's verdict at the false discovery rate, ``items`` how many it took, ``p`` its anytime-valid p-value;
    ``given_others`` the same given the other listed concepts. ``spread`` is, for a model through concepts, the standard deviation of
    what it adds to the logit.
    """

    concept: ConceptRef
    matters: bool
    items: int
    p: float
    given_others: bool
    p_given_others: float
    spread: float | None


class Importance(Report):
    """Tests of every listed concept, with the control: how many of as many shuffled columns were called important."""

    model: str
    of: str | None
    alpha: float
    items: int
    concepts: list[TestedConcept]
    shuffled: int
    shuffled_given_others: int

    def tables(self) -> list[Table]:
        """Concepts, strongest evidence first."""
        columns = ("concept", "id", "matters", "items", "p", "given_others", "p_given_others", "spread")
        rows = [(c.concept.name, c.concept.id, c.matters, c.items, c.p, c.given_others, c.p_given_others, c.spread) for c in self.concepts]
        headings = ("concept", "matters", "items", "p", "given the others", "p ", "spread of its part")
        yes = {True: "yes", False: "no"}
        shown = [
            (c.concept.name, yes[c.matters], c.items, chance(c.p), yes[c.given_others], chance(c.p_given_others), c.spread)
            for c in self.concepts
        ]
        title = f"What matters to {self.model}" + (f" for {self.of}" if self.of else "")
        return [Table(title, columns, rows, Cells(headings, shown))]

    def summary(self) -> list[str]:
        """What was tested, and the control."""
        n = len(self.concepts)
        found, given = sum(c.matters for c in self.concepts), sum(c.given_others for c in self.concepts)
        subject = self.model + (f" for {self.of}" if self.of else "")
        return [
            f"{found} of {n} concepts matter to the output of {subject}, at a false discovery rate of {self.alpha:.0%} over {self.items:,} "
            f"items; {given} still do given the others.",
            f"Control: of {n} shuffled columns {self.shuffled} were called important, and {self.shuffled_given_others} given the others.",
            "The first test holds its rate for any model; the second one estimates how concepts go together, and may say yes too often.",
        ]

    def plot(self) -> Any:
        """Evidence of every concept."""
        from begriff.plots.figures import bars

        values = [float(-np.log10(max(c.p, 1e-12))) for c in self.concepts]
        return bars([c.concept.name for c in self.concepts], values, title=f"What matters to {self.model}", x="evidence, -log10 p")


def what_matters(
    atlas: Atlas,
    model: Any,
    *,
    of: str | None = None,
    limit: int = SHOWN,
    alpha: float = 0.05,
    random_state: int = 0,
) -> Importance:
    """Which concepts matter to a model's output, with tests instead of scores alone.

    Half of a sample of items says which concepts go with the output most; those are tested on the other half, by betting: first
    whether the output depends on the concept at all, then whether it does given the other listed ones.

    Parameters
    ----------
    atlas : Atlas
    model : str, Classifier, estimator or callable
        A model of the atlas, or anything that says one number an item from vectors (n_items, n_dims): a fitted scikit-learn estimator, or
        a function, as ``lambda X: net(torch.as_tensor(X))``.
    of : str, optional
        The class whose output is looked at; needed for a model of several.
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
        For an unknown model or class, a class that is needed, or a model that says something else than one number an item.

    Examples
    --------
    >>> import begriff as bg
    >>> bg.what_matters(bg.open("papers.atlas"), "venue", of="icml")  # doctest: +SKIP

    Source: Teneggi and Sulam 2024, "Testing semantic importance via betting", arXiv 2405.19146.
    """
    from begriff.importance import KernelSampler, conditional_skit, skit

    if not 2 <= limit <= 200:
        raise InputError(f"limit={limit}: test 2 to 200 concepts")
    rng = np.random.default_rng(random_state)
    rows = rng.permutation(atlas.n_items)[: 2 * _HALF]
    first, second = np.arange(len(rows)) < len(rows) // 2, np.arange(len(rows)) >= len(rows) // 2
    space, y, spread, called = _outputs(atlas, model, of, rows)
    Z = space.codes[rows].toarray().astype(np.float64)
    chosen = _go_with(Z[first], y[first], limit)
    Z = Z[:, chosen]
    Z = np.concatenate([Z, rng.permuted(Z, axis=0)], axis=1)  # the control: the same columns, dealt out to other items
    Z = (Z - Z[first].mean(0)) / np.maximum(Z[first].std(0), 1e-9)  # guards a concept that the first half does not hold
    n = len(chosen)
    found = skit(y[second], Z[second][:, :n], alpha=alpha, fdr=True, random_state=random_state)
    nulls = skit(y[second], Z[second][:, n:], alpha=alpha, fdr=True, random_state=random_state)
    given = []
    for part in (slice(None, n), slice(n, None)):
        sampler = KernelSampler(n_near=min(50, int(first.sum()))).fit(Z[first][:, part])
        given.append(conditional_skit(y[second], Z[second][:, part], sampler, alpha=alpha, fdr=True, random_state=random_state))
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


def _outputs(atlas: Atlas, model: Any, of: str | None, rows: NDArray[np.int64]) -> tuple[Space, Floats, Floats | None, str]:
    """Concepts, the output (n,) on items at positions, how far each concept moves it, and what to call the model."""
    from begriff.importance import scores

    known = Classifier(atlas, model) if isinstance(model, str) else model
    if isinstance(known, Classifier):
        if of is None:
            raise InputError(f"the model {known.name!r} has the classes {', '.join(known.classes[:10])}: give of=CLASS")
        return known.space, known.margins(of)[rows], known.spreads(of), f"the model {known.name!r}"
    classes = [str(c) for c in getattr(known, "classes_", [])]
    if of is not None and of not in classes:
        raise InputError(f"of={of!r}: the model has the classes {', '.join(classes[:10]) or 'none'}")
    target = None if of is None or len(classes) == 2 else classes.index(of)
    said = scores(known, np.asarray(atlas.item_vectors[rows]), target=target)
    return read_space(atlas, columns_of(atlas, "discovered")), said, None, type(known).__name__


def _go_with(Z: Floats, y: Floats, limit: int) -> NDArray[np.int64]:
    """Columns that go with the output most, those that never vary last."""
    centred, out = Z - Z.mean(0), y - y.mean()
    spread = centred.std(0)
    along = np.abs(out @ centred) / np.maximum(spread, 1e-12)  # guards columns that never vary
    return np.argsort(-np.where(spread > 0, along, -1.0), kind="stable")[: min(limit, int((spread > 0).sum()))]
