"""What was erased, what is proved of it, and what is only measured."""

from __future__ import annotations

from typing import Any

from begriff.reports.report import Cells, Report, Table
from begriff.tasks.erase.attacks import Attack, Found
from begriff.tasks.erase.costs import Cost

__all__ = ["Erasure", "ErasureList"]

_LISTED = 10


class Erasure(Report):
    """A concept taken out of the vectors of an atlas: before and after, on items that neither
    eraser nor attacker saw.

    ``number`` is the edit in the journal, None where nothing was written. ``covariance`` is the
    largest covariance that is left between a dimension and a class, as a share of what there was,
    over all labelled items and the eraser that is written.
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
        """Whether no linear function of the vectors tells the labelled items' classes apart better
        than a constant.
        """
        return self.covariance < 1e-4

    @property
    def still(self) -> list[Attack]:
        """Attacks that find the concept after the erasure beyond chance."""
        return [a for a in self.attacks if a.after.low > 0.5]

    def in_short(self) -> str:
        """What holds and what does not, in one sentence."""
        done = "would be" if self.number is None else "is"
        if not self.proved:
            held = f"{self.concept!r} {done} weakened, not removed"
        else:
            tells = "would tell" if self.number is None else "tells"
            held = (
                f"no linear model {tells} {self.concept!r} from the vectors of the labelled items"
            )
        if not self.still:
            return (
                f"In short: {held}, and none of {len(self.attacks)} attacks finds it in others;"
                " searches by words still do."
            )
        best = max(self.still, key=lambda a: a.after.auroc)
        return (
            f"In short: {held}, but other ways still find it: {best.name} best (AUROC"
            f" {best.before.auroc:.2f} before, {best.after.auroc:.2f} after; .5 is chance), and"
            " searches for it still meet such items."
        )

    def tables(self) -> list[Table]:
        """Attacks and costs."""
        columns = (
            "attack",
            "linear",
            "before",
            "before_low",
            "before_high",
            "after",
            "after_low",
            "after_high",
        )
        found = [(a.name, a.linear, *_numbers(a.before), *_numbers(a.after)) for a in self.attacks]
        shown = [
            (
                a.name,
                str(a.before),
                str(a.after),
                "nothing" if a.after.low <= 0.5 else "still finds it",
            )
            for a in self.attacks
        ]
        lost = [(c.name, c.before, c.after, c.note or None) for c in self.costs]
        title = f"Finding {self.concept!r} on {self.held:,} held-out items (AUROC, 95 % interval)"
        return [
            Table(title, columns, found, Cells(("attack", "before", "after", "finds"), shown)),
            Table("What else changed", ("figure", "before", "after", "note"), lost),
        ]

    def summary(self) -> list[str]:
        """In short, what is proved, what is measured, what did not change."""
        n = sum(self.classes.values())
        out = [
            self.in_short(),
            (
                f"{self.concept!r} ({self.labels}; {n:,} labelled items, {len(self.classes)}"
                f" classes), erased by {self.method}."
            ),
            self._written(),
        ]
        if self.proved:
            out.append(
                f"Proved: on the {n:,} labelled items no linear probe of the item vectors does"
                f" better than a constant (the covariance with the classes is {self.covariance:.0e}"
                " of what it was). Of other items nothing is proved."
            )
        else:
            out.append(
                f"Nothing is proved: {self.covariance:.1%} of the covariance with the classes is"
                " left."
            )
        said = (
            f"these still find it: {', '.join(a.name for a in self.still)}"
            if self.still
            else "no attack finds it any more"
        )
        out.append(
            f"Measured, on held-out items only: {said}. What is measured holds for these attacks,"
            " not for every one."
        )
        out.append(
            "Not changed: the texts, search by words, the columns, and the names of concepts."
        )
        if self.small:
            out.append(
                "Classes left out, too few items: "
                + ", ".join(f"{k!r} ({v})" for k, v in list(self.small.items())[:_LISTED])
                + "."
            )
        if self.unknown_ids:
            first = ", ".join(map(repr, self.unknown_ids[:_LISTED])) + (
                " ..." if len(self.unknown_ids) > _LISTED else ""
            )
            out.append(f"{len(self.unknown_ids):,} labelled ids belong to no item: {first}.")
        return out

    def _written(self) -> str:
        if self.number is None:
            return "Nothing was written: this is what an erasure would do."
        return (
            f"Written as edit {self.number}; the vectors before it stay in the folder, and `begriff"
            " undo` brings them back."
        )

    def plot(self) -> Any:
        """AUROC of every attack before and after, with intervals."""
        from begriff.plots.figures import forest

        pairs = [
            (f"{a.name}, {when}", f)
            for a in self.attacks
            for when, f in (("before", a.before), ("after", a.after))
        ]
        return forest(
            [name for name, _ in pairs],
            [f.auroc for _, f in pairs],
            [f.low for _, f in pairs],
            [f.high for _, f in pairs],
            title=f"Finding {self.concept!r}",
            x="AUROC on held-out items, 95 % interval (.5: chance)",
        )


def _numbers(found: Found) -> tuple[float, float, float]:
    return found.auroc, found.low, found.high


class ErasureList(Report):
    """The erasures of an atlas that are in force, oldest first."""

    erasures: list[Erasure]

    def tables(self) -> list[Table]:
        """One row an erasure."""
        probes = [(e, e.attacks[0]) for e in self.erasures]
        rows = [
            (e.number, e.concept, e.method, e.labels, *_numbers(p.before), *_numbers(p.after))
            for e, p in probes
        ]
        columns = (
            "edit",
            "concept",
            "method",
            "labels",
            "before",
            "before_low",
            "before_high",
            "after",
            "after_low",
            "after_high",
        )
        headings = ("edit", "concept", "method", "labels", "linear probe before", "after")
        shown = [
            (e.number, e.concept, e.method, e.labels, str(p.before), str(p.after))
            for e, p in probes
        ]
        return [Table("Erased", columns, rows, Cells(headings, shown))]

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
