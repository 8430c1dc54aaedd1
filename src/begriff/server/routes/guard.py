"""Texts checked by the server's guard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from begriff.server.bodies import Body
from begriff.tasks.guard import TextGuard, Verdicts

__all__ = ["router"]

router = APIRouter(tags=["guard"])


class GuardBody(Body):
    """Texts to check."""

    texts: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=10_000)]],
        Field(min_length=1, max_length=64, examples=[["how are you?"]]),
    ]


@router.post("/guard", response_model=Verdicts)
async def guard(request: Request, body: GuardBody) -> Response:
    """Whether texts are flagged, by which concept, and which prompt they are most like."""
    held: TextGuard | None = request.app.state.guard
    if held is None:
        raise HTTPException(
            404,
            "this server has no guard: start it with `begriff serve ATLAS --guard FILE`, as"
            " `begriff guard train` writes",
        )
    said = await request.app.state.work.run(lambda: held.check(body.texts).model_dump_json())
    return Response(said, media_type="application/json", headers={"Cache-Control": "no-store"})
