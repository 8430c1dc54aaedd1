"""Concepts that were taken out of the vectors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from begriff.atlas.atlas import Atlas
from begriff.errors import NotFoundError
from begriff.server.atlas_pool import Opened
from begriff.server.bodies import EraseBody, Reports
from begriff.server.context import At_
from begriff.server.jobs import Job
from begriff.server.routes.classify import labels_of
from begriff.server.routes.reports import FILES, report
from begriff.tasks.erase.erase import erase, erasures
from begriff.tasks.erase.erasure import Erasure, ErasureList

__all__ = ["router"]

router = APIRouter(tags=["erasure"])


@router.get("/erasures", response_model=ErasureList)
async def listed(at: At_) -> Response:
    """The erasures that are in force, each with its report."""
    return await at.answer(lambda held: erasures(held.atlas))


@router.get("/erasures/{number}", response_model=Erasure, responses=FILES)
async def one(
    at: At_,
    number: Annotated[int, Path(ge=1, le=2**53, description="Number of the edit.")],
    format: Reports = "json",
) -> Response:
    """The report of an erasure: what finds the concept before and after, and what else changed."""
    return await report(
        at, ("erasure", number), lambda held: _one(held, number), f"erasure-{number}", format
    )


@router.post("/erasures", response_model=Job, status_code=202)
async def remove(at: At_, body: EraseBody) -> Response:
    """Take a concept out of the vectors, or only say what that would do; answers with a job whose
    result is the report.
    """
    given = body.model_dump(exclude={"labels", "concept"})
    labels = None if body.labels is None else labels_of(at, body.labels)

    def work(atlas: Atlas, meter: Any) -> Erasure:
        return erase(atlas, body.concept, labels=labels, progress=meter, **given)

    return await at.begin("erase", work)


def _one(held: Opened, number: int) -> Erasure:
    found = [e for e in erasures(held.atlas).erasures if e.number == number]
    if not found:
        raise NotFoundError(f"no erasure {number} is in force: GET /api/v1/erasures lists them")
    return found[0]
