"""A classifier that is kept in an atlas: its view, an item's, and what people correct in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import expit

from begriff.errors import InputError, unknown
from begriff.kinds.checks import Floats
from begriff.kinds.policy import Policy
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
from begriff.tasks.classify.stored_model import StoredModel

if TYPE_CHECKING:
    pass

__all__ = ["Classifier"]

_STRONGEST = 1e6
_WHICH = ("all", "wrong", "unsure", "corrected")


class Classifier(StoredModel):
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
        """The model as a whole: figures with their controls, and the concepts of each class.

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
            For an unknown item or concept, or an activation beyond a million.
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
                f"value={value}: yes, no, or an activation from -{_STRONGEST:g} to {_STRONGEST:g}"
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
