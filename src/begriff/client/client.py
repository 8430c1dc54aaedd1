"""The same methods as :class:`begriff.Atlas`, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike

from begriff._moved import FLAT
from begriff.catalog import Method
from begriff.client.edits import Edits, Searches, Seeds
from begriff.client.model_calls import ModelCalls
from begriff.client.wire import Wire, part, query_of, side, texts, weights
from begriff.documents.method_list import MethodList
from begriff.documents.models import (
    ConceptDetail,
    ConceptList,
    ExampleList,
    Facets,
    Hits,
    Info,
    ItemDetail,
    Marks,
    VersionList,
)
from begriff.search.query import check_number
from begriff.search.steer import Given

if TYPE_CHECKING:
    from begriff.reports.diff import Diff
    from begriff.reports.trends import Trends
    from begriff.reports.why_not import WhyNot
    from begriff.tasks.erase.erasure import Erasure, ErasureList
    from begriff.tasks.guard.documents import Verdicts

__all__ = ["Client"]


class Client(ModelCalls):
    """An atlas that a server holds; answers are the library's own documents, errors its own
    exceptions.

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

    def __init__(
        self,
        url: str,
        *,
        atlas: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
    ) -> None:
        self._wire = Wire(url, atlas, api_key, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close connections."""
        self._wire.close()

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
        steer = weights(more=more, less=less, has=has)
        asked = {
            "k": check_number(k, "k", 1),
            "mode": mode,
            "where": where,
            "explain": explain,
            "cursor": after,
        }
        return self._wire.ask(Hits, "POST", "/search", {**query_of(query), **asked, **steer})

    def neighbours(self, id: str, *, k: int = 10, where: str | None = None, after: int = 0) -> Hits:
        """See :meth:`begriff.Atlas.neighbours`."""
        return self._wire.ask(
            Hits, "GET", f"/items/{part(id)}/neighbours", k=k, where=where, cursor=after
        )

    def facets(
        self,
        query: str | None = None,
        *,
        where: str | None = None,
        has: Given = None,
        columns: Sequence[str] | None = None,
    ) -> Facets:
        """See :meth:`begriff.Atlas.facets`."""
        return self._wire.ask(
            Facets,
            "GET",
            "/facets",
            q=query,
            where=where,
            has=texts(has, "has"),
            column=list(columns or ()),
        )

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
        to = None if near is None else self._wire.id_of(near)
        options = {
            "like": like,
            "near": to,
            "sort": sort,
            "limit": limit,
            "cursor": after,
            "hidden": include_hidden,
            "examples": examples,
        }
        return self._wire.ask(ConceptList, "GET", "/concepts", **options)

    def concept(self, id_or_name: int | str) -> ConceptDetail:
        """See :meth:`begriff.Atlas.concept`."""
        return self._wire.ask(ConceptDetail, "GET", f"/concepts/{self._wire.id_of(id_or_name)}")

    def concept_items(
        self, id_or_name: int | str, *, order: str = "strongest", limit: int = 20, after: int = 0
    ) -> ExampleList:
        """See :meth:`begriff.Atlas.concept_items`."""
        return self._wire.ask(
            ExampleList,
            "GET",
            f"/concepts/{self._wire.id_of(id_or_name)}/items",
            order=order,
            limit=limit,
            cursor=after,
        )

    def item(self, id: str) -> ItemDetail:
        """See :meth:`begriff.Atlas.item`."""
        return self._wire.ask(ItemDetail, "GET", f"/items/{part(id)}")

    def marks(self, id: str) -> Marks:
        """See :meth:`begriff.Atlas.marks`."""
        return self._wire.ask(Marks, "GET", f"/items/{part(id)}/marks")

    def info(self) -> Info:
        """See :meth:`begriff.Atlas.info`."""
        return self._wire.ask(Info, "GET", "/info")

    def versions(self) -> VersionList:
        """See :meth:`begriff.Atlas.versions`."""
        return self._wire.ask(VersionList, "GET", "/versions")

    def restore(self, version: int) -> VersionList:
        """See :func:`begriff.restore`; returns the versions that there are then."""
        return self._wire.ask(VersionList, "POST", f"/versions/{int(version)}/restore")

    @property
    def edits(self) -> Edits:
        """See :attr:`begriff.Atlas.edits`."""
        return Edits(self._wire)

    @property
    def seeds(self) -> Seeds:
        """See :attr:`begriff.Atlas.seeds`."""
        return Seeds(self._wire)

    @property
    def searches(self) -> Searches:
        """See :attr:`begriff.Atlas.searches`."""
        return Searches(self._wire)

    def diff(
        self,
        *,
        a: str | Sequence[str] | None = None,
        b: str | Sequence[str] | None = None,
        **options: Any,
    ) -> Diff:
        """See :func:`begriff.diff`; groups are conditions or ids.

        ``options``: where, alpha, limit, examples.
        """
        from begriff.reports.diff import Diff

        return self._wire.ask(Diff, "POST", "/compare", {"a": side(a), "b": side(b), **options})

    def trends(self, by: str | None = None, **options: Any) -> Trends:
        """See :func:`begriff.trends`. ``options``: period, bins, where, alpha, limit."""
        from begriff.reports.trends import Trends

        return self._wire.ask(Trends, "GET", "/trends", by=by, **options)

    def why_not(
        self,
        query: str,
        id: str,
        *,
        k: int = 10,
        more: Given = None,
        less: Given = None,
        where: str | None = None,
    ) -> WhyNot:
        """See :func:`begriff.why_not`."""
        from begriff.reports.why_not import WhyNot

        steer = {name: texts(g, name) for name, g in (("more", more), ("less", less))}
        return self._wire.ask(WhyNot, "GET", "/why-not", q=query, id=id, k=k, where=where, **steer)

    def methods(self, kind: str | None = None) -> list[Method]:
        """Methods that the server can use, as :func:`begriff.catalog.methods` lists them here."""
        return self._wire.ask(MethodList, "GET", "/methods", None, kind=kind).methods

    def erase(
        self, concept: str, *, labels: str | Mapping[str, Any] | None = None, **options: Any
    ) -> Erasure:
        """See :func:`begriff.erase`; waits until the server has written the new version."""
        from begriff.tasks.erase.erasure import Erasure

        given = labels if labels is None or isinstance(labels, str) else dict(labels)
        return Erasure(
            **self._wire.job("/erasures", {"concept": concept, "labels": given, **options})
        )

    def erasures(self) -> ErasureList:
        """See :func:`begriff.erasures`."""
        from begriff.tasks.erase.erasure import ErasureList

        return self._wire.ask(ErasureList, "GET", "/erasures")

    def guard(self, texts: Sequence[str]) -> Verdicts:
        """See :meth:`begriff.tasks.guard.TextGuard.check`; at most 64 texts, by the guard that the
        server was started with.
        """
        from begriff.tasks.guard.documents import Verdicts

        return self._wire.ask(Verdicts, "POST", "/guard", {"texts": list(texts)})

    def export_items(self, *, where: str | None = None, format: str = "ndjson") -> Iterator[str]:
        """Items with their concepts, a line at a time."""
        yield from self._wire.lines("/export/items", where=where, format=format)


Client._moved = {**FLAT, "models": "list_models"}
