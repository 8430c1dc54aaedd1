"""Ids in addresses: a slash that is part of an id is told from one that parts the address."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import Path
from pydantic import AfterValidator
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["EncodedIds", "ItemId"]

_ITEMS = "/api/v1/items/"
ItemId = Annotated[
    str, Path(description="Id of an item; encode a slash in it as %2F."), AfterValidator(unquote)
]
"""An id as :class:`EncodedIds` leaves it in the path, decoded."""


class EncodedIds:
    """Keeps ``%2F`` and ``%25`` encoded in the addresses of items, so that ``/items/blog%2Fmarks``
    is the item ``blog/marks``.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _ITEMS in scope["path"]:
            whole = (
                (scope.get("raw_path") or quote(scope["path"]).encode())
                .decode("ascii", "replace")
                .partition("?")[0]
            )
            before, _, after = whole.partition(_ITEMS)
            parts = [
                unquote(part).replace("%", "%25").replace("/", "%2F") for part in after.split("/")
            ]
            scope = (
                {**scope, "path": unquote(before) + _ITEMS + "/".join(parts)} if after else scope
            )
        await self.app(scope, receive, send)
