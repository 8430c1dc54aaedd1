"""Is this still the concept I named last month? What became of every concept in a refit, or from
one atlas to another.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from begriff.documents.models import Document, Example
from begriff.pipeline.concept_ids import compare_cores
from begriff.reports.concept_columns import examples_of
from begriff.reports.groups import same_space
from begriff.reports.report import Cells, ConceptRef, Report, Table, shorten

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["diff_dictionaries", "Fate", "identity", "Identity"]

_ORDER = ("died", "merged", "split", "moved", "born", "split off", "kept")


class Fate(Document):
    """What became of a concept.

    ``fate`` is kept (cosine of the directions at least .9), moved (at least .7), split (others took
    their items from it), merged (another one holds at least half of its items), died, born, or
    split off. ``old`` is None for what is new, ``new`` for what is gone; ``others`` are what it
    split or merged into.
    """

    fate: str
    old: ConceptRef | None
    new: ConceptRef | None
    cosine: float | None
    others: list[ConceptRef]
    examples: list[Example]


class Identity(Report):
    """Concepts of an old dictionary in a new one."""

    old: str
    new: str
    fates: list[Fate]
    counts: dict[str, int]
    lost_edits: list[dict[str, Any]]
    refit: bool

    def tables(self) -> list[Table]:
        """Everything but what was kept, then what was kept."""
        rows = [
            (
                f.fate,
                *((f.old.name, f.old.id) if f.old else (None, None)),
                *((f.new.name, f.new.id) if f.new else (None, None)),
                f.cosine,
                [o.name for o in f.others],
                [o.id for o in f.others],
                f.examples[0].text if f.examples else None,
            )
            for f in self.fates
        ]
        shown = [
            (
                f.fate,
                f.old and f"{f.old.name} [{f.old.id}]",
                f.new and f"{f.new.name} [{f.new.id}]",
                f.cosine,
                ", ".join(o.name for o in f.others) or None,
                shorten(f.examples[0].text, 50) if f.examples else None,
            )
            for f in self.fates
        ]
        columns = (
            "fate",
            "old",
            "old_id",
            "new",
            "new_id",
            "cosine",
            "into",
            "into_ids",
            "example",
        )
        headings = ("fate", "old", "new", "cosine", "into", "an example")
        split = sum(f.fate != "kept" for f in self.fates)
        parts = (("Changed", slice(0, split)), ("Kept", slice(split, None)))
        return [
            Table(title, columns, rows[part], Cells(headings, shown[part])) for title, part in parts
        ]

    def summary(self) -> list[str]:
        """Counts, and lost edits."""
        total = sum(v for k, v in self.counts.items() if k not in ("born", "split off"))
        said = ", ".join(f"{self.counts[k]} {k}" for k in reversed(_ORDER) if self.counts.get(k))
        stay = sum(self.counts.get(k, 0) for k in ("kept", "moved", "split"))
        out = [
            f"{self.old} -> {self.new}: {said}.",
            f"{stay / max(total, 1):.1%} of {total} concepts are found again"
            + (" and keep their id." if self.refit else "."),
        ]
        lost = [f"{e['action']} of {e['was']!r} (concept {e['concept']})" for e in self.lost_edits]
        return [*out, f"Edits that lost their concept: {'; '.join(lost)}."] if lost else out

    def plot(self) -> Any:
        """Cosines of the concepts that continue."""
        from begriff.plots.figures import bars

        edges = np.array([0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0001])
        continued = [
            f.cosine
            for f in self.fates
            if f.old is not None and f.new is not None and f.cosine is not None
        ]
        heights = np.histogram(continued, edges)[0]
        return bars(
            [f"{a:.2f} to {min(b, 1):.2f}" for a, b in pairwise(edges)],
            heights.tolist(),
            title="cosine of old and new",
            x="concepts",
        )


def identity(atlas: Atlas) -> Identity | None:
    """What became of every core concept in the last refit or rebuild; None when there was none."""
    found = (
        atlas.snapshot.store.json("identity", "identity")["core"]
        if "identity" in atlas.snapshot.store.require()["stages"]
        else None
    )
    if found is None:
        return None
    before = atlas.snapshot.store.json("identity", "before")
    old = [ConceptRef(id=b["id"], name=b["name"]) for b in before]
    return _document(
        f"version {atlas.version - 1}", f"version {atlas.version}", found, old, atlas, refit=True
    )


def diff_dictionaries(old: Atlas, new: Atlas) -> Identity:
    """Which concepts of one atlas are those of another, made with the same encoder.

    Raises
    ------
    InputError
        When the atlases were made with different encoders.
    """
    same_space(old, new)
    found = compare_cores(old.dictionary, new.dictionary, new.item_vectors)[1]
    return _document(
        old.path.name,
        new.path.name,
        found,
        [_ref(c) for c in old.snapshot.concept_records],
        new,
        refit=False,
    )


def _document(
    before: str,
    after: str,
    found: list[dict[str, Any]],
    old: list[ConceptRef],
    new: Atlas,
    *,
    refit: bool,
) -> Identity:
    here = [_ref(c) for c in new.snapshot.concept_records]
    fates = [
        Fate(
            fate=f["fate"],
            old=None if f["old"] is None else old[f["old"]],
            new=None if f["new"] is None else here[f["new"]],
            cosine=f["cosine"],
            others=[here[j] for j in f["into"]],
            examples=_examples(new, f),
        )
        for f in sorted(found, key=lambda f: (_ORDER.index(f["fate"]), f["cosine"] or 0))
    ]
    counts = {k: sum(f.fate == k for f in fates) for k in _ORDER}
    shown = {k: v for k, v in counts.items() if v}
    lost = new.info().lost_edits if refit else []
    return Identity(old=before, new=after, fates=fates, counts=shown, lost_edits=lost, refit=refit)


def _examples(atlas: Atlas, fate: dict[str, Any]) -> list[Example]:
    """The strongest items of a concept that changed."""
    shown = [j for j in [fate["new"], *fate["into"]] if j is not None][:1]
    if fate["fate"] == "kept" or not shown:
        return []
    from begriff.search.views import strongest_items

    return examples_of(atlas, strongest_items(atlas.snapshot, shown[0])[:2])


def _ref(concept: Any) -> ConceptRef:
    return ConceptRef(id=concept.id, name=concept.label)
