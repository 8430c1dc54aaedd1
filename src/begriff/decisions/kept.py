"""Models as they are kept in the folder of an atlas: ``models/NAME/model.json`` and ``model.safetensors``; nothing executable."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.atlas.edits import PATIENCE
from begriff.atlas.store import write_json
from begriff.base import Floats
from begriff.decisions.documents import ModelList
from begriff.errors import AtlasError

if TYPE_CHECKING:
    from begriff.atlas.atlas import Atlas

__all__ = ["models", "read_arrays", "read_model", "save_model"]


def models(atlas: Atlas) -> ModelList:
    """Names of the models that an atlas keeps."""
    folder = atlas.path / "models"
    return ModelList(models=sorted(p.parent.name for p in folder.glob("*/model.json")))


def save_model(atlas: Atlas, name: str, meta: dict[str, Any], arrays: dict[str, Floats]) -> None:
    """Keep a model under its name; one that has the name already is replaced as a whole."""
    from safetensors.numpy import save_file

    folder = atlas.path / "models" / name
    partial = folder.with_name(f".{name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    save_file({k: np.ascontiguousarray(v, dtype=np.float64) for k, v in arrays.items()}, partial / "model.safetensors")
    write_json(partial / "model.json", meta)
    with atlas.store.lock(wait=PATIENCE):
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)


def read_model(folder: Path) -> dict[str, Any]:
    """What a model is, without its arrays."""
    try:
        found: dict[str, Any] = json.loads((folder / "model.json").read_text())
    except (OSError, ValueError) as e:
        raise AtlasError(f"{folder} holds no readable model ({e}): run `begriff classify` again") from e
    return found


def read_arrays(folder: Path) -> dict[str, NDArray[np.float64]]:
    """Weights, and what is known of every concept."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as e:
        raise AtlasError(f"{folder} holds no readable model ({e}): run `begriff classify` again") from e
