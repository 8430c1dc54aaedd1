"""A concept layer for embeddings: every vector as a few named concepts.

>>> import begriff as bg
>>> atlas = bg.build("papers.jsonl", text=["title", "abstract"])  # doctest: +SKIP
>>> print(atlas.search("protein folding"))  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import AtlasError, BegriffError, ChangedError, InputError, LockedError, MissingExtraError, NotFoundError, RemoteError

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas
    from begriff.atlas.build import build
    from begriff.atlas.check import check
    from begriff.atlas.dry_run import dry_run
    from begriff.atlas.imports import import_items
    from begriff.atlas.refit import refit
    from begriff.atlas.versions import restore, versions
    from begriff.base import Encoder
    from begriff.client import Client
    from begriff.decisions import Classifier, classify, models, what_matters
    from begriff.erasure import erase, erasures
    from begriff.findings import (
        compare_dictionaries,
        conceptualize,
        diff,
        diff_dictionaries,
        duplicates,
        geometry,
        identity,
        novelty,
        tree,
        trends,
        why_not,
    )

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
    "LockedError",
    "MissingExtraError",
    "models",
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
    "build": "begriff.atlas.build",
    "check": "begriff.atlas.check",
    "dry_run": "begriff.atlas.dry_run",
    "import_items": "begriff.atlas.imports",
    "Client": "begriff.client",
    **dict.fromkeys(("Classifier", "classify", "delete_model", "models", "what_matters"), "begriff.decisions"),
    **dict.fromkeys(("erase", "erasures"), "begriff.erasure"),
    "refit": "begriff.atlas.refit",
    **dict.fromkeys(("restore", "versions"), "begriff.atlas.versions"),
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
        "begriff.findings",
    ),
}


def open(path: str | Path, *, encoder: Encoder | None = None) -> Atlas:
    """Open an atlas.

    Parameters
    ----------
    path : str or Path
    encoder : Encoder, optional
        For queries, where the atlas was made with an encoder that is not in the catalogue.

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

    return Atlas(path, encoder=encoder)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'begriff' has no attribute {name!r}")
