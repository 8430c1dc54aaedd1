"""Models through concepts: fitting, views of a class and of an item, corrections; and the jobs that
fit them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from begriff.atlas.atlas import Atlas
from begriff.errors import unknown
from begriff.server.atlas_pool import Opened
from begriff.server.bodies import ClassifyBody, CorrectionBody, Cursor, Reports, WeightBody
from begriff.server.context import At, At_
from begriff.server.jobs import Job
from begriff.server.routes.reports import FILES, file_headers, report
from begriff.tasks.classify.classifier import Classifier
from begriff.tasks.classify.documents import SHOWN, Decision, DecisionList, Model, ModelList
from begriff.tasks.classify.fit import classify
from begriff.tasks.classify.storage import delete_model, list_models
from begriff.tasks.classify.what_matters import Importance
from begriff.tasks.classify.what_matters import what_matters as test_concepts

__all__ = ["labels_of", "router"]

router = APIRouter(tags=["decisions"])
Name = Annotated[str, Path(max_length=64, description="Name of a model.")]
Of = Annotated[str | None, Query(max_length=300, description="A class.")]
Shown = Annotated[
    int, Query(ge=1, le=500, description="Concepts listed; people do not use more than 32.")
]


@router.get("/models", response_model=ModelList)
async def listed(at: At_) -> Response:
    """Names of the models that the atlas keeps."""
    return await at.answer(lambda held: list_models(held.atlas))


@router.post("/models", response_model=Job, status_code=202)
async def fit(at: At_, body: ClassifyBody) -> Response:
    """Fit a model through concepts; answers with a job whose result is the model."""
    given = body.model_dump(exclude={"label"})
    label = labels_of(at, body.label)

    def work(atlas: Atlas, meter: Any) -> Model:
        return classify(atlas, label, progress=meter, **given).report()

    return await at.begin("classify", work)


@router.get("/models/{name}", response_model=Model, responses=FILES)
async def model(at: At_, name: Name, limit: Shown = SHOWN, format: Reports = "json") -> Response:
    """A model: figures with their controls, concepts of each class."""
    return await report(
        at, ("model", name, limit), lambda held: _opened(held, name).report(limit), name, format
    )


@router.delete("/models/{name}", response_model=ModelList)
async def delete(
    at: At_,
    name: Name,
    who: Annotated[
        str | None, Query(max_length=100, description="Who deletes it, for the journal.")
    ] = None,
) -> Response:
    """Delete a model and the corrections that it was given; answers with the models that are left.

    It cannot be undone.
    """
    return await at.edit(lambda atlas: delete_model(atlas, name, who=who))


@router.get(
    "/models/{name}/items",
    response_model=DecisionList,
    responses={200: {"content": {"text/csv": {}}}},
)
async def items(
    at: At_,
    name: Name,
    which: Literal["all", "wrong", "unsure", "corrected"] = "all",
    of: Of = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items on a page.")] = 20,
    cursor: Cursor = 0,
    format: Annotated[
        Literal["json", "csv"],
        Query(description="json: a page; csv: a file of all of them, with their labels."),
    ] = "json",
) -> Response:
    """Items with what is predicted: all, surest mistakes first, least sure first, or those that
    people corrected.
    """
    if format == "json":
        return await at.answer(
            lambda held: _opened(held, name).list_items(which, of=of, limit=limit, after=cursor)
        )
    response = await at.answer(
        lambda held: (
            _opened(held, name).list_items(which, of=of, limit=None).table().to_csv().encode()
        )
    )
    if response.status_code == 200:
        response.headers.update(file_headers("csv", f"{name}-{which}"))
    return response


@router.get("/models/{name}/decision", response_model=Decision)
async def decision(
    at: At_,
    name: Name,
    item: Annotated[str, Query(min_length=1, max_length=300, description="Id of an item.")],
    of: Of = None,
    limit: Shown = SHOWN,
    policy: Annotated[
        str,
        Query(max_length=50, description="What decides what to ask next: see /methods."),
    ] = "influence",
) -> Response:
    """Why an item is given its class, as an exact sum, and what to ask about it next."""
    return await at.answer(
        lambda held: _opened(held, name).decide(item, of=of, limit=limit, policy=policy)
    )


@router.get("/models/{name}/importance", response_model=Importance, responses=FILES)
async def what_matters(
    at: At_,
    name: Name,
    of: Annotated[str, Query(min_length=1, max_length=300, description="A class.")],
    limit: Annotated[int, Query(ge=2, le=64, description="Concepts that are tested.")] = SHOWN,
    alpha: Annotated[float, Query(gt=0, lt=1, description="False discovery rate.")] = 0.05,
    method: Annotated[
        str | None, Query(max_length=100, description="GET /methods?kind=importance lists them.")
    ] = None,
    item: Annotated[
        str | None, Query(max_length=1000, description="Id, for methods that explain one item.")
    ] = None,
    format: Reports = "json",
) -> Response:
    """Which concepts matter to what a model says of a class: tests beside shuffled concepts."""
    given: dict[str, Any] = {
        "of": of,
        "method": method,
        "item": item,
        "limit": limit,
        "alpha": alpha,
    }
    key = ("importance", name, *given.values())
    return await report(
        at,
        key,
        lambda held: test_concepts(held.atlas, _opened(held, name), **given),
        "importance",
        format,
    )


@router.post("/models/{name}/corrections", response_model=Decision)
async def correct(at: At_, name: Name, body: CorrectionBody) -> Response:
    """Set a concept on an item; the prediction follows."""
    return await at.edit(
        lambda atlas: Classifier(atlas, name).correct(
            body.item, body.concept, body.value, who=body.who
        )
    )


@router.post("/models/{name}/weights", response_model=Model)
async def weigh(at: At_, name: Name, body: WeightBody) -> Response:
    """Set the weight of a concept for a class."""
    return await at.edit(
        lambda atlas: Classifier(atlas, name).weigh(
            body.of, body.concept, body.weight, who=body.who
        )
    )


@router.get("/jobs/{id}", response_model=Job)
async def job(at: At_, id: Annotated[str, Path(max_length=40)]) -> Response:
    """How far a job is, and its result when it has ended; jobs are the same for all atlases of a
    server.
    """
    found: Job = at.jobs.get(id)
    return JSONResponse(found.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


def labels_of(at: At, given: Any) -> Any:
    """Labels of a request: a column or a mapping, never a file of the server."""
    columns = at.pool.get(at.name).atlas.columns
    if isinstance(given, str) and given not in columns:
        raise unknown("column", given, list(columns))
    return given


def _opened(held: Opened, name: str) -> Classifier:
    """A model, read once for each state of the atlas."""
    found: Classifier = held.remember(("classifier", name), lambda: Classifier(held.atlas, name))
    return found
