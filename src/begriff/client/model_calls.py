"""Calls of a server about models that predict through concepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from begriff._moved import MovedNames
from begriff.client.wire import Wire, by, part

if TYPE_CHECKING:
    from begriff.tasks.classify.documents import Decision, DecisionList, Model, ModelList
    from begriff.tasks.classify.what_matters import Importance

__all__ = ["ModelCalls"]


class ModelCalls(MovedNames):
    """What a client asks about classification."""

    _wire: Wire

    def list_models(self) -> ModelList:
        """See :func:`begriff.list_models`."""
        from begriff.tasks.classify.documents import ModelList

        return self._wire.ask(ModelList, "GET", "/models")

    def classify(
        self, label: str | Mapping[str, Any], *, name: str | None = None, **options: Any
    ) -> Model:
        """See :func:`begriff.classify`; waits until the server has fitted the model, and gives it
        as a whole.
        """
        from begriff.tasks.classify.documents import Model

        given = label if isinstance(label, str) else dict(label)
        return Model(**self._wire.job("/models", {"label": given, "name": name, **options}))

    def model(self, name: str, *, limit: int = 32) -> Model:
        """See :meth:`begriff.Classifier.report`."""
        from begriff.tasks.classify.documents import Model

        return self._wire.ask(Model, "GET", f"/models/{part(name)}", limit=limit)

    def delete_model(self, name: str, *, who: str | None = None) -> ModelList:
        """See :func:`begriff.delete_model`."""
        from begriff.tasks.classify.documents import ModelList

        return self._wire.ask(ModelList, "DELETE", f"/models/{part(name)}", who=who)

    def decide(
        self,
        model: str,
        id: str,
        *,
        of: str | None = None,
        limit: int = 32,
        policy: str = "influence",
    ) -> Decision:
        """See :meth:`begriff.Classifier.decide`."""
        from begriff.tasks.classify.documents import Decision

        return self._wire.ask(
            Decision,
            "GET",
            f"/models/{part(model)}/decision",
            item=id,
            of=of,
            limit=limit,
            policy=policy,
        )

    def list_items(
        self,
        model: str,
        which: str = "all",
        *,
        of: str | None = None,
        limit: int = 20,
        after: int = 0,
    ) -> DecisionList:
        """See :meth:`begriff.Classifier.list_items`."""
        from begriff.tasks.classify.documents import DecisionList

        return self._wire.ask(
            DecisionList,
            "GET",
            f"/models/{part(model)}/items",
            which=which,
            of=of,
            limit=limit,
            cursor=after,
        )

    def what_matters(
        self,
        model: str,
        *,
        of: str,
        method: str | None = None,
        item: str | None = None,
        limit: int = 32,
        alpha: float = 0.05,
    ) -> Importance:
        """See :func:`begriff.what_matters`."""
        from begriff.tasks.classify.what_matters import Importance

        given = {"of": of, "method": method, "item": item, "limit": limit, "alpha": alpha}
        return self._wire.ask(Importance, "GET", f"/models/{part(model)}/importance", None, **given)

    def correct(
        self,
        model: str,
        id: str,
        concept: int | str,
        value: bool | float | None,
        *,
        who: str | None = None,
    ) -> Decision:
        """See :meth:`begriff.Classifier.correct`."""
        from begriff.tasks.classify.documents import Decision

        body = {"item": id, "concept": concept, "value": value, **by(who)}
        return self._wire.ask(Decision, "POST", f"/models/{part(model)}/corrections", body)

    def weigh(
        self,
        model: str,
        of: str,
        concept: int | str,
        weight: float | None,
        *,
        who: str | None = None,
    ) -> Model:
        """See :meth:`begriff.Classifier.weigh`."""
        from begriff.tasks.classify.documents import Model

        body = {"of": of, "concept": concept, "weight": weight, **by(who)}
        return self._wire.ask(Model, "POST", f"/models/{part(model)}/weights", body)
