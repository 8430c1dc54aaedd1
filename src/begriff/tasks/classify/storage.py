"""Models as they are kept in the folder of an atlas: ``models/NAME.safetensors``, arrays and what
is known of them; nothing executable.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError, unknown
from begriff.files import write_tensors
from begriff.kinds.checks import Floats
from begriff.store.journal import open_journal
from begriff.store.stages import PATIENCE
from begriff.tasks.classify.documents import ModelList

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["basis", "delete_model", "list_models", "read_model", "save_model"]

_PATIENCE = 600.0
_KEY = "begriff_model"


def basis(atlas: Atlas) -> list[Any]:
    """What codes are made with: the dictionary, and what was erased. Items may come and go."""
    return [
        atlas.snapshot.store.require()["stages"]["dictionary"],
        [e["number"] for e in atlas.snapshot.erased],
    ]


def list_models(atlas: Atlas) -> ModelList:
    """Names of the models that an atlas keeps."""
    return ModelList(models=sorted(p.stem for p in (atlas.path / "models").glob("*.safetensors")))


def save_model(atlas: Atlas, name: str, meta: dict[str, Any], arrays: dict[str, Floats]) -> None:
    """Keep a model under its name; one that has the name already is replaced as a whole.

    Fitting takes longer than most writers: it waits for them for up to ten minutes.
    """
    path = _path(atlas, name)
    path.parent.mkdir(exist_ok=True)
    with atlas.snapshot.store.lock(wait=_PATIENCE):
        write_tensors(
            path,
            {k: np.asarray(v, dtype=np.float64) for k, v in arrays.items()},
            {_KEY: json.dumps(meta)},
        )


def delete_model(atlas: Atlas, name: str, *, who: str | None = None) -> ModelList:
    """Delete a model with the labels that it keeps, and take back the corrections and weights that
    people gave it.

    That cannot be undone: only ``classify`` makes the model again.

    Parameters
    ----------
    atlas : Atlas
    name : str
    who : str, optional
        Who deletes it, for the journal.

    Returns
    -------
    ModelList
        The models that are left.

    Raises
    ------
    NotFoundError
        When there is no model of this name.
    LockedError
        When another process writes to the atlas.
    """
    known = list_models(atlas).models
    if name not in known:
        raise unknown("model", name, known)
    with atlas.snapshot.store.lock(wait=PATIENCE):
        journal = open_journal(atlas.snapshot.store)
        for entry in journal.active():
            if entry["action"] in ("correct", "weigh") and entry["name"] == name:
                journal.append("undo", who=who, of=entry["number"])
        _path(atlas, name).unlink(missing_ok=True)
    atlas.snapshot.forget_edits()
    return list_models(atlas)


def read_model(atlas: Atlas, name: str) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """What is known of a model, and its arrays.

    Raises
    ------
    AtlasError
        When the file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = _path(atlas, name)
    try:
        with safe_open(path, "np") as f:
            return json.loads(f.metadata()[_KEY]), {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as e:
        raise AtlasError(
            f"{path} holds no readable model ({e}): run `begriff classify` again"
        ) from e


def _path(atlas: Atlas, name: str) -> Path:
    return atlas.path / "models" / f"{name}.safetensors"
