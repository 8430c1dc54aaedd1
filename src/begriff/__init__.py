"""A concept layer for embeddings: every vector as a few named concepts.

>>> import begriff as bg
>>> atlas = bg.build("papers.jsonl", text=["title", "abstract"])  # doctest: +SKIP
>>> print(atlas.search("protein folding"))  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import (
    AtlasError,
    BegriffError,
    ChangedError,
    InputError,
    LockedError,
    MissingExtraError,
    NotFoundError,
    RemoteError,
)

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.atlas.making import build, import_items, refit, restore
    from begriff.client import Client
    from begriff.kinds.encoder import Encoder
    from begriff.kinds.index import Index
    from begriff.pipeline.check import check
    from begriff.pipeline.dry_run import dry_run
    from begriff.reports.compare_dictionaries import compare_dictionaries
    from begriff.reports.conceptualize import conceptualize
    from begriff.reports.diff import diff
    from begriff.reports.duplicates import duplicates
    from begriff.reports.geometry import geometry
    from begriff.reports.identity import diff_dictionaries, identity
    from begriff.reports.novelty import novelty
    from begriff.reports.tree import tree
    from begriff.reports.trends import trends
    from begriff.reports.why_not import why_not
    from begriff.store.versions import versions
    from begriff.tasks.classify.classifier import Classifier
    from begriff.tasks.classify.fit import classify
    from begriff.tasks.classify.storage import list_models
    from begriff.tasks.classify.what_matters import what_matters
    from begriff.tasks.erase.erase import erase, erasures

__all__ = [
    "Atlas",
    "AtlasError",
    "BegriffError",
    "build",
    "ChangedError",
    "check",
    "Classifier",
    "classify",
    "Client",
    "compare_dictionaries",
    "conceptualize",
    "delete_model",
    "diff",
    "diff_dictionaries",
    "dry_run",
    "duplicates",
    "erase",
    "erasures",
    "geometry",
    "identity",
    "import_items",
    "InputError",
    "list_models",
    "LockedError",
    "MissingExtraError",
    "NotFoundError",
    "novelty",
    "open",
    "refit",
    "RemoteError",
    "restore",
    "tree",
    "trends",
    "versions",
    "what_matters",
    "why_not",
]
__version__ = "0.1.0"

_LAZY = {
    "Atlas": "begriff.atlas.atlas",
    **dict.fromkeys(("build", "import_items", "refit", "restore"), "begriff.atlas.making"),
    "check": "begriff.pipeline.check",
    "dry_run": "begriff.pipeline.dry_run",
    "Client": "begriff.client",
    **dict.fromkeys(
        ("Classifier", "classify", "delete_model", "list_models", "what_matters"),
        "begriff.tasks.classify",
    ),
    **dict.fromkeys(("erase", "erasures"), "begriff.tasks.erase"),
    "versions": "begriff.store.versions",
    **dict.fromkeys(
        (
            "compare_dictionaries",
            "conceptualize",
            "diff",
            "diff_dictionaries",
            "duplicates",
            "geometry",
            "identity",
            "novelty",
            "tree",
            "trends",
            "why_not",
        ),
        "begriff.reports",
    ),
}


def open(
    path: str | Path, *, encoder: Encoder | None = None, index: Index | str = "exact"
) -> Atlas:
    """Open an atlas.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        For queries, where the atlas was made with an encoder that is not in the catalogue.
    index : Index or str, default "exact"
        What finds the candidates of a search, unbuilt or by its name in the catalogue
        (`begriff methods indexes`); search scores them exactly.

    Returns
    -------
    Atlas

    Raises
    ------
    InputError
        When the folder is missing or is no atlas.
    AtlasError
        When it is damaged or newer than this version.
    """
    from begriff.atlas.atlas import Atlas

    return Atlas(path, encoder=encoder, index=index)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'begriff' has no attribute {name!r}")
