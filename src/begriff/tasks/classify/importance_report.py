"""Which concepts a model depends on, as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.documents.models import Document
from begriff.reports.report import Cells, ConceptRef, Report, Table, chance

if TYPE_CHECKING:
    pass

__all__ = ["Importance", "TestedConcept"]


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
