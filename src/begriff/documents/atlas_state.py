"""What an atlas is, how it grows, and what its folder keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass
from begriff.documents.document import Document

__all__ = [
    "Building",
    "Checked",
    "Drift",
    "ErrorDocument",
    "Growth",
    "Info",
    "Problem",
    "Version",
    "VersionList",
    "Written",
]


class Building(Document):
    """How far the build of the next version is: ``done`` of ``total`` steps of a stage, and 0 where
    the total is not known.
    """

    stage: str
    done: int
    total: int


class Info(Document):
    """What is in an atlas, how it was made, and how good it is.

    ``ids`` is the column of ids, None where they are row numbers, and ``possible_ids`` those that
    could be; ``time`` is the column that timelines use by default; ``steerable`` says whether texts
    can be encoded, ``map`` whether there is a layout. ``roles`` names the columns that hold title,
    authors, year, venue, doi, url, abstract and keywords, of those that there are. ``building``
    says how far a better version is that is being made right now.
    """

    path: str
    version: int
    items: int
    passages: int
    rejected: int
    concepts: int
    core: int
    named: int
    columns: dict[str, str]
    roles: dict[str, str] = {}
    time: str | None
    steerable: bool
    map: bool
    made: dict[str, Any]
    quality: dict[str, Any]
    edits: list[dict[str, Any]]
    lost_edits: list[dict[str, Any]]
    grown: list[dict[str, Any]] = []
    building: Building | None = None
    ids: str | None = None
    possible_ids: list[str] = []


class Drift(Document):
    """A concept that fresh items hold more or less often than the corpus; ``q`` is corrected for
    the number of concepts.
    """

    concept: int
    name: str
    before: float
    fresh: float
    q: float


class Growth(Document):
    """What was added to an atlas or taken out of it, and how well its dictionary fits what came.

    ``fvu_before`` and ``fvu_fresh`` are the variance that concepts leave unexplained, of the corpus
    as it was and of the fresh items, both as shares of the corpus's variance, and ``fvu_expected``
    what they would leave of items of the same kind that they were not learnt on; None where nothing
    fresh came. ``columns_left_out`` are those of the source that the atlas does not have.
    """

    path: str
    version: int
    items: int
    added: int
    updated: int
    unchanged: int
    removed: int
    rejected: int
    rejected_file: str | None
    fvu_before: float | None
    fvu_expected: float | None
    fvu_fresh: float | None
    drift: list[Drift]
    refit_due: bool
    why: str
    purged: bool = False
    columns_left_out: list[str] = []


class Version(Document):
    """One version of an atlas.

    ``bytes`` is what its files take; ``own_bytes`` what they take that no other version shares, and
    what its end would free. ``when`` and ``what`` are None for a version that was published before
    versions were kept.
    """

    version: int
    when: str | None
    what: str | None
    items: int
    bytes: int
    own_bytes: int
    current: bool


class VersionList(Document):
    """The versions that a folder keeps, oldest first; of ``keep`` at most, and of those that
    somebody still reads.
    """

    path: str
    keep: int
    bytes: int
    versions: list[Version]


class Written(Document):
    """What was written into a database: how many of its ``rows`` are ``items`` of the atlas, and
    hold concepts now.
    """

    path: str
    target: str
    version: int
    rows: int
    items: int


class Problem(Document):
    """What is wrong with a stage of an atlas, and what to do about it."""

    stage: str
    file: str
    what: str
    repairable: bool
    way_out: str


class Checked(Document):
    """Whether an atlas is whole, what was made again, and folders that no version needs."""

    path: str
    version: int
    files: int
    bytes: int
    whole: bool
    problems: list[Problem]
    repaired: list[str]
    left_over: list[str]


class ErrorDocument(Document):
    """What went wrong, as ``--json`` prints it."""

    error: str
    kind: str
