"""What a folder of sentence-transformers says of itself, read safely."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import InputError

if TYPE_CHECKING:
    pass

__all__ = ["check_settings", "poolings", "read_json", "read_modules"]


_SETTINGS = {"precision": ("auto", "bfloat16", "float32"), "backend": ("auto", "torch", "openvino")}

_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")

_POOLINGS = ("cls_token", "mean_tokens", "max_tokens", "lasttoken")


def check_settings(precision: str, backend: str) -> None:
    """Refuse settings that do not exist."""
    for (name, known), given in zip(_SETTINGS.items(), (precision, backend), strict=True):
        if given not in known:
            raise InputError(f"{name}={given!r}: must be one of {', '.join(map(repr, known))}")


def read_json(path: Path, default: Any = None) -> Any:
    """A JSON file of the folder; ``default`` where it is missing."""
    if default is not None and not path.exists():
        return default
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise InputError(
            f"{path} cannot be read ({e}): give a folder as sentence-transformers writes it"
        ) from e


def read_modules(folder: Path) -> list[tuple[str, Path]]:
    """Kinds of modules and where they lie; all must be known, and the files that a Transformer
    needs be there.
    """
    if not folder.is_dir():
        raise InputError(f"no folder {str(folder)!r}: give one as sentence-transformers writes it")
    found = []
    for module in read_json(folder / "modules.json"):
        kind = str(module.get("type", "")).rsplit(".", 1)[-1]
        if kind not in _MODULES or not str(module.get("type", "")).startswith(
            "sentence_transformers."
        ):
            raise InputError(
                f"{folder.name!r} has a module of type {module.get('type')!r}; known are"
                f" {', '.join(_MODULES)}"
            )
        path = (folder / str(module.get("path", ""))).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError(
                f"{folder.name!r} has a module outside its folder ({module.get('path')!r})"
            )
        found.append((kind, path))
    if [k for k, _ in found if k != "Dense"][:2] != ["Transformer", "Pooling"]:
        raise InputError(
            f"{folder.name!r} holds {', '.join(k for k, _ in found) or 'nothing'}: a Transformer"
            " and a Pooling must come first"
        )
    first = found[0][1]
    for name in ("config.json", "tokenizer.json"):
        if not (first / name).is_file():
            raise InputError(f"{str(first)!r} holds no {name}")
    if not list(first.glob("*.safetensors")):
        raise InputError(
            f"{str(first)!r} holds no safetensors; other weights can execute code and are not read:"
            " save the model again"
        )
    return found


def poolings(folder: Path) -> list[str]:
    """What a Pooling module makes one vector of."""
    config = read_json(folder / "config.json")
    asked = [
        k.removeprefix("pooling_mode_")
        for k, v in config.items()
        if k.startswith("pooling_mode_") and v is True
    ]
    unknown = [k for k in asked if k not in _POOLINGS]
    if unknown or not asked:
        raise InputError(
            f"{folder} asks for pooling {unknown[0] if unknown else 'of no kind'!r}; known are"
            f" {', '.join(_POOLINGS)}"
        )
    return [k for k in _POOLINGS if k in asked]
