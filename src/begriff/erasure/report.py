"""What was erased, what is proved of it, and what is only measured."""

from __future__ import annotations

from typing import Any

from begriff.erasure.attacks import Attack
from begriff.erasure.costs import Cost
from begriff.findings.report import Report, Table

__all__ = ["Erasure", "ErasureList"]

_LISTED = 10


class Erasure(Report):
    """A concept taken out of the vectors of an atlas: before and after, on items that neither eraser nor attacker saw.

    ``number`` is the edit in the journal, None where nothing was written. ``covariance`` is the largest covariance that is left
    between a dimension and a class, as a share of what there was, over all labelled items and the eraser that is written.
    """

    number: int | None
    concept: str
    method: str
    labels: str
    classes: dict[str, int]
    held: int
    covariance: float
    attacks: list[Attack]
    costs: list[Cost]
    unknown_ids: list[str]
    small: dict[str, int]
    seconds: float

    @property
    def proved(self) -> bool:
        """Whether no linear function of the vectors tells the labelled items' classes apart better than a constant."""
        return self.covariance < 1e-4

    def tables(self) -> list[Table]:
        """Attacks and costs."""
        found = [(a.name, str(a.before), str(a.after), "nothing" if a.after.low <= 0.5 else "still finds it") for a in self.attacks]
        lost = [(c.name, c.before, c.after, c.note or None) for c in self.costs]
        title = f"Finding {self.concept!r} on {self.held:,} held-out items (AUROC, 95 % interval)"
        return [
            Table(title, ("attack", "before", "after", "finds"), found),
            Table("What else changed", ("figure", "before", "after", ""), lost),
        ]

    def summary(self) -> list[str]:
        """What is proved, what is measured, what did not change."""
        n = sum(self.classes.values())
        out = [f"{self.concept!r} ({self.labels}; {n:,} labelled items, {len(self.classes)} classes), erased by {self.method}."]
        out.append(self._written())
        if self.proved:
            out.append(
                f"Proved: on the {n:,} labelled items no linear probe of the item vectors does better than a constant (the covariance with "
                f"the classes is {self.covariance:.0e} of what it was)."
            )
        else:
            out.append(f"Nothing is proved: {self.covariance:.1%} of the covariance with the classes is left.")
        still = [a.name for a in self.attacks if a.after.low > 0.5]
        said = f"these still find it: {', '.join(still)}" if still else "no attack finds it any more"
        out.append(f"Measured, on held-out items only: {said}. What is measured holds for these attacks, not for every one.")
        out.append("Not changed: the texts, search by words, the columns, and the names of concepts.")
        if self.small:
            out.append("Classes left out, too few items: " + ", ".join(f"{k!r} ({v})" for k, v in list(self.small.items())[:_LISTED]) + ".")
        if self.unknown_ids:
            first = ", ".join(map(repr, self.unknown_ids[:_LISTED])) + (" ..." if len(self.unknown_ids) > _LISTED else "")
            out.append(f"{len(self.unknown_ids):,} labelled ids belong to no item: {first}.")
        return out

    def _written(self) -> str:
        if self.number is None:
            return "Nothing was written: this is what an erasure would do."
        return f"Written as edit {self.number}; the vectors before it stay in the folder, and `begriff undo` brings them back."

    def plot(self) -> Any:
        """AUROC of every attack before and after, with intervals."""
        from begriff.plots.figures import forest

        pairs = [(f"{a.name}, {when}", f) for a in self.attacks for when, f in (("before", a.before), ("after", a.after))]
        return forest(
            [name for name, _ in pairs],
            [f.auroc for _, f in pairs],
            [f.low for _, f in pairs],
            [f.high for _, f in pairs],
            title=f"Finding {self.concept!r}",
            x="AUROC on held-out items, 95 % interval (.5: chance)",
        )


class ErasureList(Report):
    """The erasures of an atlas that are in force, oldest first."""

    erasures: list[Erasure]

    def tables(self) -> list[Table]:
        """One row an erasure."""
        columns = ("edit", "concept", "method", "labels", "linear probe before", "after")
        rows: list[tuple[Any, ...]] = []
        for e in self.erasures:
            probe = e.attacks[0]
            rows.append((e.number, e.concept, e.method, e.labels, str(probe.before), str(probe.after)))
        return [Table("Erased", columns, rows)]

    def summary(self) -> list[str]:
        """How many."""
        n = len(self.erasures)
        return [f"{n} concept{'' if n == 1 else 's'} erased."]

    def plot(self) -> Any:
        """The last erasure's figure."""
        from begriff.errors import InputError

        if not self.erasures:
            raise InputError("nothing is erased: there is nothing to draw")
        return self.erasures[-1].plot()
