"""A model as its file keeps it, with what people corrected."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import log_softmax, softmax

from begriff.errors import InputError, unknown
from begriff.kinds.checks import Floats
from begriff.store.journal import Journal
from begriff.tasks.classify.space import Column, Space, read_space
from begriff.tasks.classify.storage import basis, list_models, read_model

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["StoredModel"]


class StoredModel:
    """Weights, concepts and corrections of one model."""

    def __init__(self, atlas: Atlas, name: str) -> None:
        self._atlas = atlas
        known = list_models(atlas).models
        if name not in known:
            raise unknown("model", name, known)
        self._meta, self._arrays = read_model(atlas, name)
        if self._meta["basis"] != basis(atlas):
            raise InputError(
                f"the model {name!r} is outdated: it was fitted on version {self._meta['version']},"
                " and the codes were replaced since. Run `begriff classify` again; corrections are"
                " kept"
            )
        self.name = name

    @property
    def classes(self) -> list[str]:
        """Classes, sorted."""
        return list(self._meta["classes"])

    @property
    def intercept(self) -> NDArray[np.float64]:
        """What classes have without any concept (n_classes,)."""
        return self._arrays["intercept"]

    @cached_property
    def coef(self) -> NDArray[np.float64]:
        """Weights (n_classes, n_concepts), with people's edits."""
        coef = self._arrays["coef"].copy()
        for (of, column), weight in self._weighed.items():
            coef[of, column] = weight
        return coef

    @cached_property
    def space(self) -> Space:
        """The concepts that the model reads, and how strongly every item holds them."""
        return read_space(
            self._atlas,
            [Column(c["name"], tuple(c["ids"]), c["kind"]) for c in self._meta["columns"]],
        )

    @cached_property
    def _labels(self) -> dict[int, str]:
        """Known labels by row."""
        from begriff.reports.labels import column_labels

        if self._meta["column"] is None:
            labels = self._meta["labels"]
            return {
                row: labels[i]
                for row, i in enumerate(self._atlas.snapshot.items.column("_id"))
                if i in labels
            }
        known = column_labels(self._atlas, self._meta["column"])
        return dict(zip(known.rows.tolist(), map(str, known.values), strict=True))

    @cached_property
    def _entries(self) -> list[dict[str, Any]]:
        active = Journal(self._atlas.path / "journal.jsonl").active()
        return [e for e in active if e["action"] in ("correct", "weigh") and e["name"] == self.name]

    @cached_property
    def _corrected(self) -> dict[tuple[str, int], float]:
        """Activations that people set, by item and column."""
        out: dict[tuple[str, int], float] = {}
        for e in self._entries:
            column = self._places.get(e["concept_key"])
            if e["action"] == "correct" and column is not None:
                out.pop((e["item"], column), None)
                if e["value"] is not None:
                    out[e["item"], column] = float(e["value"])
        there = self._atlas.snapshot.known({i for i, _ in out}) if out else set()
        return {key: v for key, v in out.items() if key[0] in there}

    @cached_property
    def _weighed(self) -> dict[tuple[int, int], float]:
        """Weights that people set, by class and column."""
        out: dict[tuple[int, int], float] = {}
        for e in self._entries:
            column = self._places.get(e["concept_key"])
            if e["action"] == "weigh" and column is not None and e["class"] in self.classes:
                key = (self.classes.index(e["class"]), column)
                out.pop(key, None)
                if e["weight"] is not None:
                    out[key] = float(e["weight"])
        return out

    @cached_property
    def _places(self) -> dict[str, int]:
        return {self._key(i): i for i in range(len(self.space.columns))}

    def _key(self, column: int) -> str:
        """What a column is called in the journal: the id of a concept of the
        dictionary, or a name.
        """
        c = self.space.columns[column]
        return str(c.ids[0]) if c.kind == "discovered" else f"{c.kind}:{c.name}"

    def _column(self, concept: int | str) -> int:
        """The column of a concept given by id or name."""
        refs = self.space.refs
        wanted = str(concept).strip()
        found = [i for i, r in enumerate(refs) if str(r.id) == wanted] or [
            i
            for i, r in enumerate(refs)
            if r.name.lower() == wanted.lower()
            or self.space.columns[i].name.lower() == wanted.lower()
        ]
        if len(found) != 1:
            raise unknown(f"concept of the model {self.name!r}", wanted, [r.name for r in refs])
        return found[0]

    def _class_of(self, name: str) -> int:
        if name not in self.classes:
            raise unknown("class", name, self.classes)
        return self.classes.index(name)

    def _codes_of(self, rows: NDArray[np.int64] | None) -> csr_array:
        """Codes (n, n_concepts) of items at positions, or of all, with corrections."""
        at = np.arange(self._atlas.n_items) if rows is None else rows
        codes = self.space.codes if rows is None else csr_array(self.space.codes[rows])
        place = dict(zip(at.tolist(), range(len(at)), strict=True)) if rows is not None else None
        changes = [
            (self._atlas.snapshot.row_of(id), column, v)
            for (id, column), v in self._corrected.items()
        ]
        changes = [
            (r if place is None else place[r], c, v)
            for r, c, v in changes
            if place is None or r in place
        ]
        if not changes:
            return codes
        r, c, v = (np.array(x) for x in zip(*changes, strict=True))
        change = v - np.asarray(codes[r, c]).ravel()
        return csr_array(codes + csr_array((change, (r, c)), shape=codes.shape))

    def _rest_of(self, rows: NDArray[np.int64] | None) -> Floats:
        """What the linear part on the vectors adds to the logits (n, n_classes); zeros where it has
        no say.
        """
        n = self._atlas.n_items if rows is None else len(rows)
        if "rest_coef" not in self._arrays:
            return np.zeros((n, len(self.classes)))
        at = np.arange(n) if rows is None else rows
        out = np.empty((n, len(self.classes)))
        for start in range(0, n, 8192):
            out[start : start + 8192] = (
                self.space.vectors(at[start : start + 8192]) @ self._arrays["rest_coef"].T
            )
        return out + self._arrays["rest_intercept"]

    def _calibrated(self, logits: Floats) -> NDArray[np.float64]:
        """Probabilities (n, n_classes) whose size can be believed."""
        return np.asarray(softmax(self._meta["scale"] * log_softmax(logits, axis=1), axis=1))

    @cached_property
    def _probabilities(self) -> Floats:
        return self._calibrated(
            self._codes_of(None) @ self.coef.T + self.intercept + self._rest_of(None)
        )

    def _answers(self, probability: float) -> bool:
        threshold = self._meta["threshold"]
        return threshold is not None and probability >= threshold

    def _forget(self) -> None:
        """Read the journal again at the next use."""
        for name in ("_entries", "_answerable", "_corrected", "_weighed", "coef", "_probabilities"):
            self.__dict__.pop(name, None)

    @cached_property
    def _answerable(self) -> NDArray[np.bool_]:
        """Concepts (n_concepts,) that a person can be asked about: by a good name; by any name
        where the model reads no well-named one.
        """
        records = {c.id: c for c in self._atlas.snapshot.concept_records}
        own = [
            records.get(c.ids[0]) if c.kind == "discovered" else None for c in self.space.columns
        ]
        others = np.array([c.kind != "discovered" for c in self.space.columns])
        named, well = (
            others | [c is not None and bool(getattr(c, f)) for c in own]
            for f in ("name", "well_named")
        )
        return np.asarray(well if (well & (self.coef != 0).any(axis=0)).any() else named)
