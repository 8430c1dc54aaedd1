"""What requests carry: bodies and the kinds of query parameters, with their limits."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from begriff.documents.models import SavedQuery
from begriff.tasks.erase.erase import check_method

__all__ = [
    "Change",
    "ClassifyBody",
    "CompareBody",
    "CorrectionBody",
    "Cursor",
    "EraseBody",
    "Fields",
    "Given",
    "Ids",
    "Limit",
    "MergeBody",
    "Mode",
    "NoveltyBody",
    "Number",
    "PatchBody",
    "Point",
    "Reports",
    "SaveBody",
    "SearchBody",
    "SeedBody",
    "Side",
    "Text",
    "UndoBody",
    "WeightBody",
    "Where",
]

MOST = 1000
Mode = Literal["dense", "text", "hybrid"]
Reports = Literal["json", "csv", "markdown", "html", "svg", "png"]
Text = Annotated[
    str,
    Query(
        min_length=1,
        max_length=2000,
        description="Words to look for.",
        examples=["protein folding"],
    ),
]
Number = Annotated[
    int, Query(ge=1, le=MOST, description="Hits on a page; all items, where there are fewer.")
]
Fields = Annotated[
    list[str] | None,
    Query(
        max_length=100,
        description=(
            "Only these parts of the answer, as id, score, explanation or names of columns;"
            " comma-separated, or repeated."
        ),
        examples=[["score,title"]],
    ),
]
Limit = Annotated[int, Query(ge=1, le=500, description="Rows on a page.")]
Cursor = Annotated[int, Query(ge=0, le=1_000_000, description="`next` of the page before.")]
Where = Annotated[
    str | None,
    Query(max_length=4000, description="SQL condition on the columns.", examples=["year >= 2020"]),
]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Given = Annotated[
    list[Name] | None,
    Query(
        max_length=20,
        description="CONCEPT or CONCEPT:NUMBER; may be repeated.",
        examples=[["survey:0.5"]],
    ),
]
Ids = Annotated[list[Name], Field(max_length=1000)]
# a JSON list
Point = Annotated[
    tuple[Annotated[float, Field(ge=-1, le=2)], Annotated[float, Field(ge=-1, le=2)]],
    Field(strict=False),
]
Who = Annotated[
    str, Field(max_length=100, description="Who edits, for the journal.", examples=["Ada"])
]
Weights = list[Name | int] | dict[Name, float] | None


class Body(BaseModel):
    """A request's body: nothing that is not known is accepted, and no type for another."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SearchBody(Body):
    """A search by words (``q``) or by a vector; the same names as in the query of GET.

    A vector has as many numbers as those of the atlas, any length but 0, and goes with mode
    "dense".
    """

    q: Annotated[str | None, Field(min_length=1, max_length=2000, examples=["protein folding"])] = (
        None
    )
    vector: Annotated[list[float] | None, Field(min_length=1, max_length=20_000)] = None
    k: Annotated[int, Field(ge=1, le=MOST)] = 10
    mode: Mode = "dense"
    where: Annotated[str | None, Field(max_length=4000, examples=["year >= 2020"])] = None
    more: Annotated[Weights, Field(max_length=20, examples=[{"417": 0.8}])] = None
    less: Annotated[Weights, Field(max_length=20)] = None
    has: Annotated[Weights, Field(max_length=20)] = None
    explain: bool = True
    cursor: Annotated[int, Field(ge=0, le=10_000)] = 0
    fields: Annotated[list[Name] | None, Field(max_length=100)] = None


class Side(Body):
    """A group of items: by a condition, by ids, or by a polygon on the map (coordinates from 0 to
    1).
    """

    where: Annotated[str | None, Field(max_length=4000)] = None
    ids: Ids | None = None
    polygon: Annotated[list[Point] | None, Field(min_length=3, max_length=2000)] = None


class CompareBody(Body):
    """Two groups; one that is left out is all other items."""

    a: Side | None = None
    b: Side | None = None
    where: Annotated[str | None, Field(max_length=4000)] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 40
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.05
    examples: Annotated[int, Field(ge=0, le=10)] = 2


class Change(Body):
    """An edit says who makes it."""

    who: Who = "web"


class NoveltyBody(Body):
    """A text to be judged among the items, against earlier ones where a column of time is given."""

    text: Annotated[
        str,
        Field(
            min_length=1, max_length=20_000, examples=["We fold proteins with diffusion models."]
        ),
    ]
    by: Annotated[str | None, Field(max_length=200)] = None
    k: Annotated[int, Field(ge=1, le=100)] = 5


class PatchBody(Change):
    """What to change of a concept; what is left out stays."""

    name: Annotated[
        str | None, Field(min_length=1, max_length=200, examples=["protein structure"])
    ] = None
    note: Annotated[str | None, Field(max_length=2000)] = None
    hidden: bool | None = None
    pinned: bool | None = None


class MergeBody(Change):
    """The id of the concept to count under."""

    into: Annotated[int, Field(ge=0, le=2**53)]


class UndoBody(Change):
    """The number of an edit; by default the last."""

    number: Annotated[int | None, Field(ge=1, le=2**53)] = None


class SeedBody(Change):
    """A seeded concept; words and answers are added to those it has."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    words: Annotated[list[Name], Field(max_length=50)] = []
    yes: Ids = []
    no: Ids = []
    probe: Name | None = None


class SaveBody(Change):
    """A search to keep under a name."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    query: SavedQuery


Seed = Annotated[int, Field(ge=0, lt=2**32, description="Random seed.")]
Label = Annotated[str, Field(max_length=300)] | bool | int | float
Labels = Annotated[dict[Name, Label], Field(max_length=200_000)]


class ClassifyBody(Body):
    """A model to fit: a column, or labels by id; through the concepts of the atlas, seeded ones, or
    texts that are given.
    """

    label: Annotated[str | Labels, Field(examples=["venue"])]
    name: Annotated[str | None, Field(min_length=1, max_length=64, examples=["venue"])] = None
    concepts: (
        Literal["discovered", "seeded"]
        | Annotated[list[Name], Field(min_length=2, max_length=2000)]
    ) = "discovered"
    n_active: Annotated[int, Field(ge=1, le=200)] = 30
    hybrid: bool = False
    promise: Annotated[float, Field(gt=0.5, lt=1)] = 0.9
    controls: bool = True
    random_state: Seed = 0


class CorrectionBody(Change):
    """What an item holds: yes, no, an activation, or null for what was computed."""

    item: Name
    concept: Name | int
    value: bool | Annotated[float, Field(ge=-1e6, le=1e6)] | None


class WeightBody(Change):
    """A weight of a concept for a class; null for what was learnt."""

    of: Name
    concept: Name | int
    weight: Annotated[float | None, Field(ge=-1e6, le=1e6)]


def _eraser(method: str) -> str:
    check_method(method)
    return method


class EraseBody(Change):
    """What is to go: a concept by its name, or what labels (a column, or labels by id) say, or
    where a concept is active.
    """

    concept: Annotated[str, Field(min_length=1, max_length=200, examples=["gender"])]
    labels: str | Labels | None = None
    seeded: Name | int | None = None
    method: Annotated[
        str,
        AfterValidator(_eraser),
        Field(description="An eraser: GET /methods?kind=erasers lists them."),
    ] = "leace"
    dry_run: bool = False
    random_state: Seed = 0
