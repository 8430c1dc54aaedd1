"""A classifier that is kept in an atlas: its view, an item's, and what people correct in both."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit, log_softmax, softmax

from begriff.errors import InputError, unknown
from begriff.kinds.checks import Floats
from begriff.kinds.policy import Policy
from begriff.store.journal import Journal
from begriff.store.record_edits import record
from begriff.tasks.classify.ask import Held, questions
from begriff.tasks.classify.documents import (
    SHOWN,
    ClassView,
    Decision,
    DecisionList,
    DecisionRow,
    Model,
    Part,
    Question,
    Weight,
)
from begriff.tasks.classify.space import Column, Space, read_space
from begriff.tasks.classify.storage import basis, list_models, read_model

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["Classifier"]

_STRONGEST = 1e6
_WHICH = ("all", "wrong", "unsure", "corrected")


class Classifier:
    """A model of an atlas, with people's corrections.

    Parameters
    ----------
    atlas : Atlas
    name : str

    Raises
    ------
    NotFoundError
        When there is no model of this name.
    InputError
        When the codes that it was fitted on were replaced since, by a refit or an erasure.
    """

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

    def __repr__(self) -> str:
        m = self._meta
        answers = (
            "abstains on all"
            if m["threshold"] is None
            else f"answers {m['coverage']:.0%} at a promised {m['promised']:.0%}"
        )
        return (
            f"Classifier({self.name!r}: {m['label']} in {len(self.classes)} classes through"
            f" {len(m['columns']):,} concepts, accuracy {m['accuracy']:.1%}, {answers})"
        )

    def _repr_html_(self) -> str:
        return self.report()._repr_html_()

    # -- what it says
    # ----------------------------------------------------------------------------------------------

    def report(self, limit: int = SHOWN) -> Model:
        """The model as a whole: figures beside their controls, and the concepts of each class.

        Parameters
        ----------
        limit : int
            Most concepts shown a class.
        """
        fields = {k: v for k, v in self._meta.items() if k in Model.model_fields and k != "classes"}
        if fields["threshold"] is None:  # models of version 0.1.0 say 1 here
            fields["coverage"] = 0.0
        views = [self._class(i, limit) for i in range(len(self.classes))]
        return Model(
            **fields,
            classes=views,
            n_concepts=len(self.space.columns),
            corrections=len(self._corrected),
            weights_edited=len(self._weighed),
        )

    def decide(
        self,
        id: str,
        *,
        of: str | None = None,
        limit: int = SHOWN,
        policy: str | Policy = "influence",
    ) -> Decision:
        """Why an item is given its class.

        Parameters
        ----------
        id : str
            Of the item.
        of : str, optional
            The class whose logit is split; by default the predicted one.
        limit : int
            Most concepts listed; the others are summed.
        policy : str or Policy
            What decides which concepts to ask a person about: a name of the catalogue
            (`begriff methods policies`), or an object that is ready to score.

        Raises
        ------
        NotFoundError
            For an unknown item, class or policy.
        InputError
            For the name of a policy that has to be fitted first.
        """
        row = self._atlas.snapshot.row_of(id)
        codes, rest = self._codes_of(np.array([row])), self._rest_of(np.array([row]))
        logits = codes @ self.coef.T + self.intercept + rest
        P = self._calibrated(logits)[0]
        c = int(P.argmax()) if of is None else self._class_of(of)
        found = self._atlas.snapshot.records([row])[0]
        values = codes.toarray()[0] * self.coef[c]
        listed = np.union1d(
            np.flatnonzero(values), [column for i, column in self._corrected if i == found.id]
        ).astype(np.int64)
        order = listed[np.argsort(-np.abs(values[listed]), kind="stable")]
        best = int(P.argmax())
        return Decision(
            model=self.name,
            item=found.id,
            text=found.text[:2000],
            label=self._labels.get(row),
            predicted=self.classes[best],
            probability=float(P[best]),
            answered=self._answers(P[best]),
            probabilities={self.classes[i]: float(P[i]) for i in np.argsort(-P)[:8]},
            of=self.classes[c],
            logit=float(logits[0, c]),
            intercept=float(self.intercept[c]),
            parts=[self._part(found.id, codes, c, int(i)) for i in order[:limit]],
            other=float(values[order[limit:]].sum()),
            rest=float(rest[0, c]),
            questions=self._questions(row, found.id, codes, logits, policy),
        )

    def list_items(
        self, which: str = "all", *, of: str | None = None, limit: int | None = 20, after: int = 0
    ) -> DecisionList:
        """Items with their predictions.

        Parameters
        ----------
        which : {"all", "wrong", "unsure", "corrected"}
            All items; those whose label is another, surest first; those below the threshold, least
            sure first; those that people corrected.
        of : str, optional
            Only items that are predicted to be of this class.
        limit : int or None
            Items of a page, at most 200; None for all.
        after : int
            Items to skip.

        Returns
        -------
        DecisionList
            ``.table().to_csv()`` of it is a file of labels that ``classify`` takes, to put wrong
            labels right.
        """
        if which not in _WHICH:
            raise unknown("selection", which, _WHICH)
        if (limit is not None and not 1 <= limit <= 200) or after < 0:
            raise InputError(f"limit={limit}, after={after}: 1 to 200 items, after 0 or more")
        rows = self._selected(which, None if of is None else self._class_of(of))
        end = len(rows) if limit is None else after + limit
        page = rows[after:end]
        P, corrected = (
            self._probabilities[page],
            {self._atlas.snapshot.row_of(i) for i, _ in self._corrected},
        )
        items = [
            DecisionRow(
                id=r.id,
                text=" ".join(r.text.split())[:200],
                label=self._labels.get(int(row)),
                predicted=self.classes[int(p.argmax())],
                probability=float(p.max()),
                answered=self._answers(float(p.max())),
                corrected=int(row) in corrected,
            )
            for r, row, p in zip(self._atlas.snapshot.records(page), page, P, strict=True)
        ]
        return DecisionList(
            model=self.name, items=items, total=len(rows), next=end if end < len(rows) else None
        )

    def predict_proba(self) -> Floats:
        """Calibrated probabilities (n_items, n_classes) of all items of the atlas, with
        corrections.
        """
        return self._probabilities

    def margins(self, of: str) -> Floats:
        """How far the logit of a class is ahead of the best other one (n_items,), with
        corrections.
        """
        at = self._class_of(of)
        logits = self._codes_of(None) @ self.coef.T + self.intercept + self._rest_of(None)
        return np.asarray(logits[:, at] - np.delete(logits, at, axis=1).max(axis=1))

    def spreads(self, of: str) -> Floats:
        """Standard deviation over the items of what every concept adds to the logit of a class
        (n_concepts,).
        """
        codes = self._codes_of(None)
        mean = np.asarray(codes.mean(axis=0)).ravel()
        square = np.asarray(codes.multiply(codes).mean(axis=0)).ravel()
        # guards rounding below 0
        return np.abs(self.coef[self._class_of(of)]) * np.sqrt(np.maximum(square - mean**2, 0))

    # -- what people correct
    # -----------------------------------------------------------------------------------------

    def correct(
        self, id: str, concept: int | str, value: bool | float | None, *, who: str | None = None
    ) -> Decision:
        """Set a concept on an item; the prediction of this item follows, that of all others stays.

        The model is not fitted again.

        Parameters
        ----------
        id : str
        concept : int or str
            Id or name.
        value : bool, float or None
            Whether the item holds it (as strongly as was computed where that says the same, else
            typically), its strength, or None for what was computed.
        who : str, optional

        Raises
        ------
        InputError
            For an unknown item or concept, or a strength beyond a million.
        """
        self._atlas.snapshot.row_of(id)
        column = self._column(concept)
        if isinstance(value, bool):
            computed = float(self.space.codes[[self._atlas.snapshot.row_of(id)], [column]][0])
            active = computed > self._arrays["on"][column]
            value = (
                computed
                if active == value
                else float(self._arrays["typical" if value else "off"][column])
            )
        if value is not None and not (np.isfinite(value) and abs(value) <= _STRONGEST):
            raise InputError(
                f"value={value}: yes, no, or a strength from -{_STRONGEST:g} to {_STRONGEST:g}"
            )
        fields = {
            "item": id,
            "concept_key": self._key(column),
            "concept_name": self.space.refs[column].name,
            "value": value,
        }
        record(self._atlas.snapshot, "correct", who=who, name=self.name, **fields)
        self._forget()
        return self.decide(id)

    def weigh(
        self, of: str, concept: int | str, weight: float | None, *, who: str | None = None
    ) -> Model:
        """Set the weight of a concept for a class; None for what was learnt, 0 takes it out.

        Raises
        ------
        InputError
            For an unknown class or concept, or a weight that is not finite.
        """
        at, column = self._class_of(of), self._column(concept)
        if weight is not None and not (np.isfinite(weight) and abs(weight) <= _STRONGEST):
            raise InputError(f"weight={weight}: a number")
        fields = {
            "class": self.classes[at],
            "concept_key": self._key(column),
            "concept_name": self.space.refs[column].name,
        }
        record(self._atlas.snapshot, "weigh", who=who, name=self.name, weight=weight, **fields)
        self._forget()
        return self.report()

    # -- parts
    # ----------------------------------------------------------------------------------------------

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
        """Strengths that people set, by item and column."""
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

    def _class(self, i: int, limit: int) -> ClassView:
        effects = self.coef[i] * self._arrays["typical"]
        strength = np.maximum(self._arrays["inside"][i], self._arrays["inside"].mean(0))
        edited = {column for of, column in self._weighed if of == i}
        used = np.flatnonzero((self.coef[i] != 0) | np.isin(np.arange(len(effects)), list(edited)))
        order = used[np.argsort(-np.abs(self.coef[i] * strength)[used], kind="stable")]
        weights = [
            Weight(
                concept=self.space.refs[j],
                weight=float(self.coef[i, j]),
                effect=float(effects[j]),
                share=float(self._arrays["share"][j]),
                edited=int(j) in edited,
            )
            for j in order[:limit]
        ]
        return ClassView(
            name=self.classes[i],
            items=self._meta["counts"][i],
            recall=self._meta["recall"][i],
            intercept=float(self.intercept[i]),
            concepts=weights,
            used=len(used),
        )

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

    def _selected(self, which: str, of: int | None) -> NDArray[np.int64]:
        """Rows of items, in the order in which they are listed."""
        P = self._probabilities
        best, top = P.argmax(axis=1), P.max(axis=1)
        if which == "wrong":
            rows = np.array(
                [
                    r
                    for r, v in self._labels.items()
                    if v in self.classes and self.classes[best[r]] != v
                ],
                dtype=np.int64,
            )
            rows = rows[np.argsort(-top[rows], kind="stable")]
        elif which == "unsure":
            rows = np.argsort(top, kind="stable")
            rows = (
                rows
                if self._meta["threshold"] is None
                else rows[: int((top < self._meta["threshold"]).sum())]
            )
        elif which == "corrected":
            rows = np.array(
                sorted({self._atlas.snapshot.row_of(i) for i, _ in self._corrected}), dtype=np.int64
            )
        else:
            rows = np.arange(len(P))
        return rows if of is None else rows[best[rows] == of]

    def _part(self, id: str, codes: csr_array, c: int, column: int) -> Part:
        strength, weight = float(codes[0, column]), float(self.coef[c, column])
        ref = self.space.refs[column]
        return Part(
            concept=ref,
            strength=strength,
            weight=weight,
            value=strength * weight,
            corrected=(id, column) in self._corrected,
        )

    def _questions(
        self, row: int, id: str, codes: csr_array, logits: Floats, policy: str | Policy
    ) -> list[Question]:
        """What to ask of an item that has not been asked, among the concepts that the
        model reads.
        """
        asked = {column for i, column in self._corrected if i == id}
        used = (self.coef != 0).any(axis=0)
        columns = np.array(
            [c for c in np.flatnonzero(used & self._answerable) if c not in asked], dtype=np.int64
        )
        along = self.space.directions[columns] @ np.asarray(self._atlas.item_vectors[row])
        held = Held(
            now=codes[:, columns].toarray()[0],
            on=self._arrays["on"][columns],
            off=self._arrays["off"][columns],
            typical=self._arrays["typical"][columns],
            present=expit(
                self._arrays["slope"][columns] * along + self._arrays["offset_of"][columns]
            ),
            coef=self.coef[:, columns],
        )
        refs = [self.space.refs[c] for c in columns]
        return questions(held, refs, self.classes, logits, self._calibrated, policy)

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

    def _forget(self) -> None:
        """Read the journal again at the next use."""
        for name in ("_entries", "_answerable", "_corrected", "_weighed", "coef", "_probabilities"):
            self.__dict__.pop(name, None)
