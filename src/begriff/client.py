"""The same methods as :class:`begriff.Atlas`, over HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict
from scipy.sparse import csr_array

from begriff import errors
from begriff.documents.models import (
    Concept,
    ConceptDetail,
    ConceptList,
    ExampleList,
    Facets,
    Hits,
    Info,
    ItemDetail,
    Marks,
    SavedSearch,
    SearchList,
    Seed,
    SeedList,
    VersionList,
)
from begriff.errors import BegriffError, MissingExtraError, RemoteError
from begriff.search.query import check_number, read_vector
from begriff.search.steer import Given, Resolver, parse_weights
from begriff.store.names import whole_text

if TYPE_CHECKING:
    from begriff.reports.diff import Diff
    from begriff.reports.trends import Trends
    from begriff.reports.why_not import WhyNot
    from begriff.tasks.classify.documents import Decision, DecisionList, Model, ModelList
    from begriff.tasks.classify.what_matters import Importance
    from begriff.tasks.erase.report import Erasure, ErasureList
    from begriff.tasks.guard.documents import Verdicts

__all__ = ["Client"]

D = TypeVar("D", bound=BaseModel)


class Client:
    """An atlas that a server holds; answers are the library's own documents, errors its own exceptions.

    Parameters
    ----------
    url : str
        As ``"http://127.0.0.1:8765"``.
    atlas : str, optional
        Its name, where the server holds several; by default the first.
    api_key : str, optional
    timeout : float
        Seconds to wait for an answer.

    Raises
    ------
    MissingExtraError
        Without the ``[client]`` extra.
    RemoteError
        When the server cannot be reached, fails, or answers something else.
    InputError, NotFoundError
        As the methods of :class:`begriff.Atlas` do.

    Examples
    --------
    >>> import begriff as bg
    >>> atlas = bg.Client("http://127.0.0.1:8765")
    >>> atlas.search("protein folding", more={"graph": 0.5})  # doctest: +SKIP
    """

    def __init__(self, url: str, *, atlas: str | None = None, api_key: str | None = None, timeout: float = 60.0) -> None:
        try:
            import httpx
        except ImportError as e:
            raise MissingExtraError("the client", "client") from e
        if api_key and not re.fullmatch(r"[!-~]+", api_key):
            raise errors.InputError("the API key must be printable ASCII without spaces: it travels in a header")
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.Client(base_url=url.rstrip("/") + "/api/v1", headers=headers, timeout=timeout)
        self._atlas = atlas

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    @property
    def concepts(self) -> ConceptList:
        """The table of concepts that are shown."""
        return self.list_concepts()

    def search(
        self,
        query: str | ArrayLike,
        *,
        k: int = 10,
        mode: str = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        explain: bool = True,
        after: int = 0,
    ) -> Hits:
        """See :meth:`begriff.Atlas.search`; at most 1,000 hits at once."""
        steer = _weights(more=more, less=less, has=has)
        asked = {"k": check_number(k, "k", 1), "mode": mode, "where": where, "explain": explain, "cursor": after}
        return self._ask(Hits, "POST", "/search", {**_query(query), **asked, **steer})

    def neighbours(self, id: str, *, k: int = 10, where: str | None = None, after: int = 0) -> Hits:
        """See :meth:`begriff.Atlas.neighbours`."""
        return self._ask(Hits, "GET", f"/items/{_part(id)}/neighbours", k=k, where=where, cursor=after)

    def facets(
        self, query: str | None = None, *, where: str | None = None, has: Given = None, columns: Sequence[str] | None = None
    ) -> Facets:
        """See :meth:`begriff.Atlas.facets`."""
        return self._ask(Facets, "GET", "/facets", q=query, where=where, has=_texts(has, "has"), column=list(columns or ()))

    def list_concepts(
        self,
        *,
        like: str | None = None,
        near: int | str | None = None,
        sort: str = "quality",
        limit: int = 100,
        after: int = 0,
        include_hidden: bool = False,
        examples: bool = False,
    ) -> ConceptList:
        """See :meth:`begriff.Atlas.list_concepts`."""
        to = None if near is None else self._id(near)
        options = {"like": like, "near": to, "sort": sort, "limit": limit, "cursor": after, "hidden": include_hidden, "examples": examples}
        return self._ask(ConceptList, "GET", "/concepts", **options)

    def concept(self, id_or_name: int | str) -> ConceptDetail:
        """See :meth:`begriff.Atlas.concept`."""
        return self._ask(ConceptDetail, "GET", f"/concepts/{self._id(id_or_name)}")

    def concept_items(self, id_or_name: int | str, *, order: str = "strongest", limit: int = 20, after: int = 0) -> ExampleList:
        """See :meth:`begriff.Atlas.concept_items`."""
        return self._ask(ExampleList, "GET", f"/concepts/{self._id(id_or_name)}/items", order=order, limit=limit, cursor=after)

    def item(self, id: str) -> ItemDetail:
        """See :meth:`begriff.Atlas.item`."""
        return self._ask(ItemDetail, "GET", f"/items/{_part(id)}")

    def marks(self, id: str) -> Marks:
        """See :meth:`begriff.Atlas.marks`."""
        return self._ask(Marks, "GET", f"/items/{_part(id)}/marks")

    def info(self) -> Info:
        """See :meth:`begriff.Atlas.info`."""
        return self._ask(Info, "GET", "/info")

    def versions(self) -> VersionList:
        """See :meth:`begriff.Atlas.versions`."""
        return self._ask(VersionList, "GET", "/versions")

    def restore(self, version: int) -> VersionList:
        """See :func:`begriff.restore`; returns the versions that there are then."""
        return self._ask(VersionList, "POST", f"/versions/{int(version)}/restore")

    def rename(self, concept: int | str, name: str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.Atlas.rename`."""
        return self._change(concept, who, name=name)

    def hide(self, concept: int | str, hidden: bool = True, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.Atlas.hide`."""
        return self._change(concept, who, hidden=hidden)

    def pin(self, concept: int | str, pinned: bool = True, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.Atlas.pin`."""
        return self._change(concept, who, pinned=pinned)

    def note(self, concept: int | str, text: str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.Atlas.note`."""
        return self._change(concept, who, note=text)

    def merge(self, concept: int | str, into: int | str, *, who: str | None = None) -> Concept:
        """See :meth:`begriff.Atlas.merge`."""
        return self._ask(Concept, "POST", f"/concepts/{self._id(concept)}/merge", {"into": self._id(into), **_by(who)})

    def seed(
        self,
        name: str,
        *,
        words: str | Sequence[str] | None = None,
        yes: Sequence[str] = (),
        no: Sequence[str] = (),
        who: str | None = None,
    ) -> Seed:
        """See :meth:`begriff.Atlas.seed`."""
        said = [words] if isinstance(words, str) else list(words or ())
        return self._ask(Seed, "POST", "/seeds", {"name": name, "words": said, "yes": list(yes), "no": list(no), **_by(who)})

    def list_seeds(self) -> SeedList:
        """See :meth:`begriff.Atlas.list_seeds`."""
        return self._ask(SeedList, "GET", "/seeds")

    def save_search(
        self,
        name: str,
        query: str,
        *,
        mode: str = "dense",
        more: Given = None,
        less: Given = None,
        has: Given = None,
        where: str | None = None,
        who: str | None = None,
    ) -> SavedSearch:
        """See :meth:`begriff.Atlas.save_search`."""
        steer = {name: _texts(g, name) for name, g in (("more", more), ("less", less), ("has", has))}
        asked = {"q": query, "mode": mode, "where": where, **steer}
        return self._ask(SavedSearch, "POST", "/searches", {"name": name, "query": asked, **_by(who)})

    def list_searches(self) -> SearchList:
        """See :meth:`begriff.Atlas.list_searches`."""
        return self._ask(SearchList, "GET", "/searches")

    def forget_search(self, name: str, *, who: str | None = None) -> dict[str, Any]:
        """See :meth:`begriff.Atlas.forget_search`."""
        return self._entry("DELETE", f"/searches/{_part(name)}", who=who)

    def list_edits(self) -> list[dict[str, Any]]:
        """See :meth:`begriff.Atlas.list_edits`."""
        return self._ask(_Edits, "GET", "/edits").edits

    def undo(self, number: int | None = None, *, who: str | None = None) -> dict[str, Any]:
        """See :meth:`begriff.Atlas.undo`."""
        return self._entry("POST", "/edits/undo", {"number": number, **_by(who)})

    def undo_all(self, *, who: str | None = None) -> list[dict[str, Any]]:
        """See :meth:`begriff.Atlas.undo_all`."""
        return [self.undo(e["number"], who=who) for e in reversed(self.list_edits())]

    def diff(self, *, a: str | Sequence[str] | None = None, b: str | Sequence[str] | None = None, **options: Any) -> Diff:
        """See :func:`begriff.diff`; groups are conditions or ids. ``options``: where, alpha, limit, examples."""
        from begriff.reports.diff import Diff

        return self._ask(Diff, "POST", "/compare", {"a": _side(a), "b": _side(b), **options})

    def trends(self, by: str | None = None, **options: Any) -> Trends:
        """See :func:`begriff.trends`. ``options``: period, bins, where, alpha, limit."""
        from begriff.reports.trends import Trends

        return self._ask(Trends, "GET", "/trends", by=by, **options)

    def why_not(self, query: str, id: str, *, k: int = 10, more: Given = None, less: Given = None, where: str | None = None) -> WhyNot:
        """See :func:`begriff.why_not`."""
        from begriff.reports.why_not import WhyNot

        steer = {name: _texts(g, name) for name, g in (("more", more), ("less", less))}
        return self._ask(WhyNot, "GET", "/why-not", q=query, id=id, k=k, where=where, **steer)

    def models(self) -> ModelList:
        """See :func:`begriff.models`."""
        from begriff.tasks.classify.documents import ModelList

        return self._ask(ModelList, "GET", "/models")

    def classify(self, label: str | Mapping[str, Any], *, name: str | None = None, **options: Any) -> Model:
        """See :func:`begriff.classify`; waits until the server has fitted the model, and gives it as a whole."""
        from begriff.tasks.classify.documents import Model

        given = label if isinstance(label, str) else dict(label)
        return Model(**self._job("/models", {"label": given, "name": name, **options}))

    def model(self, name: str, *, limit: int = 32) -> Model:
        """See :meth:`begriff.Classifier.report`."""
        from begriff.tasks.classify.documents import Model

        return self._ask(Model, "GET", f"/models/{_part(name)}", limit=limit)

    def delete_model(self, name: str, *, who: str | None = None) -> ModelList:
        """See :func:`begriff.delete_model`."""
        from begriff.tasks.classify.documents import ModelList

        return self._ask(ModelList, "DELETE", f"/models/{_part(name)}", who=who)

    def decide(self, model: str, id: str, *, of: str | None = None, limit: int = 32) -> Decision:
        """See :meth:`begriff.Classifier.decide`."""
        from begriff.tasks.classify.documents import Decision

        return self._ask(Decision, "GET", f"/models/{_part(model)}/decision", item=id, of=of, limit=limit)

    def list_items(self, model: str, which: str = "all", *, of: str | None = None, limit: int = 20, after: int = 0) -> DecisionList:
        """See :meth:`begriff.Classifier.list_items`."""
        from begriff.tasks.classify.documents import DecisionList

        return self._ask(DecisionList, "GET", f"/models/{_part(model)}/items", which=which, of=of, limit=limit, cursor=after)

    def what_matters(self, model: str, *, of: str, limit: int = 32, alpha: float = 0.05) -> Importance:
        """See :func:`begriff.what_matters`."""
        from begriff.tasks.classify.what_matters import Importance

        return self._ask(Importance, "GET", f"/models/{_part(model)}/importance", of=of, limit=limit, alpha=alpha)

    def correct(self, model: str, id: str, concept: int | str, value: bool | float | None, *, who: str | None = None) -> Decision:
        """See :meth:`begriff.Classifier.correct`."""
        from begriff.tasks.classify.documents import Decision

        body = {"item": id, "concept": concept, "value": value, **_by(who)}
        return self._ask(Decision, "POST", f"/models/{_part(model)}/corrections", body)

    def weigh(self, model: str, of: str, concept: int | str, weight: float | None, *, who: str | None = None) -> Model:
        """See :meth:`begriff.Classifier.weigh`."""
        from begriff.tasks.classify.documents import Model

        body = {"of": of, "concept": concept, "weight": weight, **_by(who)}
        return self._ask(Model, "POST", f"/models/{_part(model)}/weights", body)

    def erase(self, concept: str, *, labels: str | Mapping[str, Any] | None = None, **options: Any) -> Erasure:
        """See :func:`begriff.erase`; waits until the server has written the new version."""
        from begriff.tasks.erase.report import Erasure

        given = labels if labels is None or isinstance(labels, str) else dict(labels)
        return Erasure(**self._job("/erasures", {"concept": concept, "labels": given, **options}))

    def erasures(self) -> ErasureList:
        """See :func:`begriff.erasures`."""
        from begriff.tasks.erase.report import ErasureList

        return self._ask(ErasureList, "GET", "/erasures")

    def guard(self, texts: Sequence[str]) -> Verdicts:
        """See :meth:`begriff.tasks.guard.TextGuard.check`; at most 64 texts, by the guard that the server was started with."""
        from begriff.tasks.guard.documents import Verdicts

        return self._ask(Verdicts, "POST", "/guard", {"texts": list(texts)})

    def export_items(self, *, where: str | None = None, format: str = "ndjson") -> Iterator[str]:
        """Items with their concepts, a line at a time."""
        yield from self._lines("/export/items", where=where, format=format)

    def _id(self, given: int | str) -> int:
        """The id of a concept given by id or name, found as :class:`begriff.Atlas` finds it."""
        if not isinstance(given, str):
            return int(given)
        concepts: list[Concept] = []
        after: int | None = 0
        while after is not None:
            page = self.list_concepts(limit=500, after=after, include_hidden=True)
            concepts, after = [*concepts, *page], page.next
        none = np.empty((0, 0), dtype=np.float32)
        return Resolver(sorted(concepts, key=lambda c: c.row), none, none, csr_array(none), None).find(given).id

    def _change(self, concept: int | str, who: str | None, **fields: Any) -> Concept:
        return self._ask(Concept, "PATCH", f"/concepts/{self._id(concept)}", {**fields, **_by(who)})

    def _ask(self, kind: type[D], method: str, path: str, body: Any = None, **query: Any) -> D:
        answer = self._send(method, path, body, **query)
        try:
            return kind.model_validate_json(answer.content)
        except ValueError as e:
            raise RemoteError(f"{answer.url} answered no {kind.__name__}: is it a begriff server of the same version?") from e

    def _entry(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """An entry of the journal."""
        return self._ask(_Entry, method, path, body, **query).model_dump()

    def _send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        with self._reached():
            answer = self._http.request(method, path, params=self._params(query), json=body)
        return answer if answer.is_success else _raise(answer)

    def _job(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The result of a job, asked after every half second until it has ended."""
        job = self._send("POST", path, {k: v for k, v in body.items() if v is not None}).json()
        while job["state"] == "running":
            time.sleep(0.5)
            job = self._send("GET", f"/jobs/{job['id']}").json()
        return job["result"] if job["state"] == "done" else _raise_problem(job["problem"])

    def _lines(self, path: str, **query: Any) -> Iterator[str]:
        with self._reached(), self._http.stream("GET", path, params=self._params(query)) as answer:
            if not answer.is_success:
                answer.read()
                _raise(answer)
            yield from answer.iter_lines()

    def _params(self, query: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in {"atlas": self._atlas, **query}.items() if v is not None}

    @contextmanager
    def _reached(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            said = str(e) or type(e).__name__
            raise RemoteError(f"{self._http.base_url} cannot be reached ({said}): is `begriff serve` running there?") from e


class _Entry(BaseModel):
    """An entry of the journal; its other fields depend on the action."""

    model_config = ConfigDict(extra="allow")
    number: int
    action: str


class _Edits(BaseModel):
    edits: list[dict[str, Any]]


def _raise(answer: Any) -> Any:
    """The library's exception for a problem document."""
    try:
        said = answer.json()
        return _raise_problem({"kind": str(said["kind"]), "detail": str(said["detail"])})
    except (ValueError, KeyError, TypeError) as e:
        if isinstance(e, BegriffError):
            raise
        raise RemoteError(f"{answer.url} answered {answer.status_code}: is it a begriff server?") from None


def _raise_problem(said: dict[str, str]) -> Any:
    kinds = (errors.InputError, errors.NotFoundError, errors.ChangedError, errors.LockedError)
    known: dict[str, type[BegriffError]] = {k.__name__: k for k in kinds}
    raise known.get(said["kind"], RemoteError)(said["detail"])


def _part(name: str) -> str:
    """A name as a part of an address: no dot is left that httpx would take for a folder."""
    return quote(name, safe="").replace(".", "%2E")


def _query(given: Any) -> dict[str, Any]:
    """Words, or a vector as a list of numbers; the server says what is wrong with either."""
    if isinstance(given, str):
        return {"q": whole_text(given)}
    width = np.shape(given)[-1] if np.ndim(given) in (1, 2) else 1
    return {"vector": read_vector(given, width).tolist()}


def _weights(**given: Given) -> dict[str, Any]:
    """``more``, ``less`` and ``has`` as the server takes them: it knows which names there are, and what is a weight."""
    return {k: dict(parse_weights(g, 0.0, k)) if isinstance(g, Mapping) else _listed(g, k) or None for k, g in given.items()}


def _listed(given: Any, option: str) -> list[str | int]:
    single = isinstance(given, str | int | np.integer)
    listed: list[str | int] = [] if given is None else [g if isinstance(g, str) else int(g) for g in ([given] if single else given)]
    parse_weights(
        [str(g) for g in listed if not str(g).strip()], 0.0, option
    )  # refuses an empty name, as the server's types would less clearly
    return listed


def _texts(given: Given, option: str) -> list[str]:
    """The same as texts, for an address."""
    if isinstance(given, Mapping):
        return [f"{n}:{w!r}" for n, w in parse_weights(given, 0.0, option)]
    return [g if isinstance(g, str) else f"#{g}" for g in _listed(given, option)]


def _by(who: str | None) -> Mapping[str, str]:
    return {} if who is None else {"who": who}


def _side(given: str | Sequence[str] | None) -> dict[str, Any] | None:
    return None if given is None else {"where": given} if isinstance(given, str) else {"ids": list(given)}
