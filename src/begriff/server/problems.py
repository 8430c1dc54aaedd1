"""Errors as problem documents (RFC 9457): what was given, the rule, and the way out."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from begriff.errors import (
    AtlasError,
    BegriffError,
    ChangedError,
    InputError,
    LockedError,
    MissingExtraError,
    NotFoundError,
    unknown,
)
from begriff.server.work import BusyError, TooSlowError

__all__ = ["add_handlers", "described", "failure", "Problem", "problem", "PROBLEMS"]

_LOG = logging.getLogger("begriff.server")
_TITLES = {
    400: "This request cannot be read",
    401: "An API key is needed",
    403: "Not allowed",
    404: "There is no such thing",
    405: "This address does not do that",
    408: "The request came too slowly",
    409: "The atlas cannot do that now",
    413: "The request is too large",
    415: "The request is of another type",
    422: "A value breaks a rule",
    500: "The server failed",
    501: "A part is not installed",
    503: "The server is busy",
    504: "The request took too long",
}
_OURS = "the server failed on this request; its log says why"
_STATUS: list[tuple[type[Exception], int]] = [
    (NotFoundError, 404),
    (InputError, 422),
    (LockedError, 503),
    (ChangedError, 409),
    (MissingExtraError, 501),
    (AtlasError, 500),
    (BegriffError, 500),
]


class Problem(BaseModel):
    """What went wrong: ``detail`` names the value, the rule and the way out; ``kind`` is the name
    of the library's error.
    """

    type: str
    title: str
    status: int
    detail: str
    kind: str


_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": _TITLES[status], "content": _CONTENT}
    for status in (400, 401, 403, 404, 408, 409, 413, 415, 422, 501, 503, 504)
}


def describe(status: int, detail: str, kind: str = "HTTPError") -> Problem:
    """A problem document; half a character of a request is shown as U+FFFD."""
    detail = detail.encode("utf-8", "replace").decode()
    return Problem(
        type="about:blank",
        title=_TITLES.get(status, "This request failed"),
        status=status,
        detail=detail,
        kind=kind,
    )


def described(error: Exception) -> Problem:
    """The document of an exception: the library's say what they say, a full disk what it is, others
    nothing.
    """
    status = next((s for kind, s in _STATUS if isinstance(error, kind)), 500)
    if isinstance(error, BegriffError):
        return describe(status, str(error), type(error).__name__)
    if isinstance(error, OSError):
        return describe(
            500,
            f"{error.strerror or 'the disk failed'}: free space, or serve another folder; the atlas"
            " is as it was",
            "AtlasError",
        )
    return describe(500, _OURS)


def problem(
    status: int, detail: str, kind: str = "HTTPError", headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document as a response."""
    return JSONResponse(
        describe(status, detail, kind).model_dump(), status, headers, "application/problem+json"
    )


def add_handlers(app: FastAPI) -> None:
    """Answer every exception that is known with a problem document;
    :class:`begriff.server.middleware.Guard` answers for the rest.
    """
    app.add_exception_handler(BegriffError, _library)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(BusyError, _busy)
    app.add_exception_handler(TooSlowError, _slow)


async def _library(request: Request, error: Exception) -> JSONResponse:
    made = described(error)
    headers = {"Retry-After": "2"} if made.status in (409, 503) else None
    return problem(made.status, made.detail, made.kind, headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    body = getattr(getattr(request.scope.get("route"), "body_field", None), "field_info", None)
    known = list(getattr(getattr(body, "annotation", None), "model_fields", ()))
    said = "; ".join(
        f"{'.'.join(str(p) for p in e['loc'][1:]) or e['loc'][0]}: {_reason(e, known)}"
        for e in error.errors()[:5]
    )
    return problem(422, said, "InputError")


def _reason(error: dict[str, Any], known: list[str]) -> str:
    """What is wrong with a value; of a field that the body does not have, which it has."""
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 2 and known:
        return str(unknown("field", error["loc"][1], known))
    return f"{error['msg']}{_given(error)}"


def _given(error: dict[str, Any]) -> str:
    """The value that was refused, where it is short enough to be shown."""
    value = error.get("input")
    return (
        f", not {str(value)!r}"
        if isinstance(value, str | int | float) and len(str(value)) <= 60
        else ""
    )


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = str(error.detail)
    if error.status_code == 404 and detail == "Not Found":
        detail = f"no address {request.url.path!r}: the API is described at /api/v1/openapi.json"
    elif error.status_code == 405:
        detail = (
            f"{request.method} is not done at {request.url.path!r}: /api/v1/openapi.json says"
            " what is"
        )
    elif error.status_code == 400 and detail == "There was an error parsing the body":
        detail = (
            "the body cannot be read: send JSON in UTF-8, not deeply nested, without overlong"
            " numbers"
        )
    return problem(error.status_code, detail, headers=dict(error.headers or {}))


async def _busy(request: Request, error: Exception) -> JSONResponse:
    return problem(
        503, "too many requests wait: try again in a second", headers={"Retry-After": "1"}
    )


async def _slow(request: Request, error: Exception) -> JSONResponse:
    return problem(
        504,
        "this request took longer than the server allows: narrow it (a smaller k or limit, a"
        " stricter where)",
    )


def failure(error: Exception) -> JSONResponse:
    """What is ours: logged, not shown."""
    _LOG.error("request failed", exc_info=error)
    return problem(500, _OURS)
