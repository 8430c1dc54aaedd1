"""Requests and answers: addresses, JSON, and the library's own exceptions."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import numpy as np
from pydantic import BaseModel, ConfigDict
from scipy.sparse import csr_array

from begriff import errors
from begriff.documents.models import Concept, ConceptList
from begriff.errors import BegriffError, MissingExtraError, RemoteError
from begriff.search.query import read_vector
from begriff.search.steer import Given, Resolver, parse_weights
from begriff.store.names import whole_text

__all__ = ["by", "EditList", "part", "query_of", "side", "texts", "weights", "Wire"]

D = TypeVar("D", bound=BaseModel)


class Wire:
    """A server that is asked, about one atlas; see :class:`begriff.Client`."""

    def __init__(self, url: str, atlas: str | None, api_key: str | None, timeout: float) -> None:
        try:
            import httpx
        except ImportError as e:
            raise MissingExtraError("the client", "client") from e
        if api_key and not re.fullmatch(r"[!-~]+", api_key):
            raise errors.InputError(
                "the API key must be printable ASCII without spaces: it travels in a header"
            )
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._http = httpx.Client(
            base_url=url.rstrip("/") + "/api/v1", headers=headers, timeout=timeout
        )
        self._atlas = atlas

    def close(self) -> None:
        """Close connections."""
        self._http.close()

    def id_of(self, given: int | str) -> int:
        """The id of a concept given by id or name, found as :class:`begriff.Atlas` finds it."""
        if not isinstance(given, str):
            return int(given)
        concepts: list[Concept] = []
        after: int | None = 0
        while after is not None:
            page = self.ask(ConceptList, "GET", "/concepts", limit=500, cursor=after, hidden=True)
            concepts, after = [*concepts, *page], page.next
        none = np.empty((0, 0), dtype=np.float32)
        return (
            Resolver(sorted(concepts, key=lambda c: c.row), none, none, csr_array(none), None)
            .find(given)
            .id
        )

    def ask(self, kind: type[D], method: str, path: str, body: Any = None, /, **query: Any) -> D:
        """The answer as a document of this kind."""
        answer = self.send(method, path, body, **query)
        try:
            return kind.model_validate_json(answer.content)
        except ValueError as e:
            raise RemoteError(
                f"{answer.url} answered no {kind.__name__}: is it a begriff server of the same"
                " version?"
            ) from e

    def entry(self, method: str, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """An entry of the journal."""
        return self.ask(_Entry, method, path, body, **query).model_dump()

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The answer as it came; one that is no success is raised."""
        with self._reached():
            answer = self._http.request(method, path, params=self._params(query), json=body)
        return answer if answer.is_success else _raise(answer)

    def job(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The result of a job, asked after every half second until it has ended."""
        job = self.send("POST", path, {k: v for k, v in body.items() if v is not None}).json()
        while job["state"] == "running":
            time.sleep(0.5)
            job = self.send("GET", f"/jobs/{job['id']}").json()
        return job["result"] if job["state"] == "done" else _raise_problem(job["problem"])

    def lines(self, path: str, **query: Any) -> Iterator[str]:
        """The lines of an answer, as they come."""
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
            raise RemoteError(
                f"{self._http.base_url} cannot be reached ({said}): is `begriff serve` running"
                " there?"
            ) from e


class _Entry(BaseModel):
    """An entry of the journal; its other fields depend on the action."""

    model_config = ConfigDict(extra="allow")
    number: int
    action: str


class EditList(BaseModel):
    """The journal."""

    edits: list[dict[str, Any]]


def _raise(answer: Any) -> Any:
    """The library's exception for a problem document."""
    try:
        said = answer.json()
        return _raise_problem({"kind": str(said["kind"]), "detail": str(said["detail"])})
    except (ValueError, KeyError, TypeError) as e:
        if isinstance(e, BegriffError):
            raise
        raise RemoteError(
            f"{answer.url} answered {answer.status_code}: is it a begriff server?"
        ) from None


def _raise_problem(said: dict[str, str]) -> Any:
    kinds = (errors.InputError, errors.NotFoundError, errors.ChangedError, errors.LockedError)
    known: dict[str, type[BegriffError]] = {k.__name__: k for k in kinds}
    raise known.get(said["kind"], RemoteError)(said["detail"])


def part(name: str) -> str:
    """A name as a part of an address: no dot is left that httpx would take for a folder."""
    return quote(name, safe="").replace(".", "%2E")


def query_of(given: Any) -> dict[str, Any]:
    """Words, or a vector as a list of numbers; the server says what is wrong with either."""
    if isinstance(given, str):
        return {"q": whole_text(given)}
    width = np.shape(given)[-1] if np.ndim(given) in (1, 2) else 1
    return {"vector": read_vector(given, width).tolist()}


def weights(**given: Given) -> dict[str, Any]:
    """``more``, ``less`` and ``has`` as the server takes them: it knows which names there are, and
    what is a weight.
    """
    return {
        k: dict(parse_weights(g, 0.0, k)) if isinstance(g, Mapping) else _listed(g, k) or None
        for k, g in given.items()
    }


def _listed(given: Any, option: str) -> list[str | int]:
    single = isinstance(given, str | int | np.integer)
    listed: list[str | int] = (
        []
        if given is None
        else [g if isinstance(g, str) else int(g) for g in ([given] if single else given)]
    )
    parse_weights(
        [str(g) for g in listed if not str(g).strip()], 0.0, option
    )  # refuses an empty name, as the server's types would less clearly
    return listed


def texts(given: Given, option: str) -> list[str]:
    """The same as texts, for an address."""
    if isinstance(given, Mapping):
        return [f"{n}:{w!r}" for n, w in parse_weights(given, 0.0, option)]
    return [g if isinstance(g, str) else f"#{g}" for g in _listed(given, option)]


def by(who: str | None) -> Mapping[str, str]:
    """Who edits, for the body of a request."""
    return {} if who is None else {"who": who}


def side(given: str | Sequence[str] | None) -> dict[str, Any] | None:
    """A group of items: those that meet a condition, or those with some ids."""
    return (
        None
        if given is None
        else {"where": given}
        if isinstance(given, str)
        else {"ids": list(given)}
    )
