"""A guard as one file: arrays in safetensors, the rest as JSON in its header; nothing
executable.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.errors import AtlasError, InputError
from begriff.files import write_tensors
from begriff.tasks.guard.similarity import Head, Similarities

__all__ = ["read", "write"]

_FORMAT = 1


def write(path: str | Path, guard: Any, extra: dict[str, Any]) -> None:
    """Write a fitted guard and ``extra`` (any JSON) to ``path``; a file that is there is replaced
    in one step.
    """
    from sklearn.utils.validation import check_is_fitted

    check_is_fitted(guard, "threshold_")
    arrays: dict[str, NDArray[Any]] = {
        "prompts": guard.similarities_.prompts,
        "owner": guard.similarities_.owner,
        "allowed": guard.allowed_,
        "prompt_rows": guard.prompt_rows_,
    }
    for c, head in enumerate(guard.heads_):
        for i, (weight, bias) in enumerate(zip(head.weights, head.biases, strict=True)):
            arrays |= {f"head{c}.weight{i}": weight, f"head{c}.bias{i}": bias}
    params = {k: v for k, v in guard.get_params().items() if k != "prompts"}
    learnt = {
        "concepts": guard.concepts_,
        "threshold": guard.threshold_,
        "n_calibration": guard.n_calibration_,
    }
    meta = {"format": _FORMAT, "params": params, "learnt": learnt, "extra": extra}
    write_tensors(path, arrays, {"begriff_guard": json.dumps(meta)})


def read(path: str | Path, make: Callable[..., Any]) -> tuple[Any, dict[str, Any]]:
    """The guard of a file, as ``make`` makes one of its parameters, and what was written beside it.

    Raises
    ------
    InputError
        When there is no file, or it holds something else.
    AtlasError
        When it is damaged, or written by a newer version.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise InputError(f"no guard file {str(path)!r}: write one with `begriff guard train`")
    try:
        with safe_open(path, "np") as f:
            said = (f.metadata() or {}).get("begriff_guard")
            arrays = {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118  (it is no dict)
    except (SafetensorError, ValueError) as e:
        raise InputError(
            f"{str(path)!r} is no guard file ({e}): write one with `begriff guard train`"
        ) from e
    if said is None:
        raise InputError(
            f"{str(path)!r} holds arrays, but no guard: write one with `begriff guard train`"
        )
    try:
        meta = json.loads(said)
        if meta["format"] > _FORMAT:
            raise AtlasError(
                f"{str(path)!r} was written by a newer version of begriff: update begriff, or train"
                " the guard again"
            )
        return _fitted(make, meta, arrays), dict(meta["extra"])
    except (KeyError, TypeError, ValueError, IndexError) as e:
        raise AtlasError(
            f"{str(path)!r} is damaged ({type(e).__name__}: {e}): train the guard again"
        ) from e


def _fitted(make: Callable[..., Any], meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Any:
    """A fitted guard; ValueError where arrays do not fit together or are not finite, since a score
    that is NaN would flag nothing.
    """
    guard, learnt = make(**meta["params"]), meta["learnt"]
    guard.concepts_ = [str(n) for n in learnt["concepts"]]
    guard.threshold_, guard.n_calibration_ = (
        float(learnt["threshold"]),
        int(learnt["n_calibration"]),
    )
    guard.similarities_ = Similarities(arrays["prompts"], arrays["owner"], float(guard.sharpness))
    guard.allowed_, guard.prompt_rows_ = arrays["allowed"], arrays["prompt_rows"]
    guard.heads_ = [_head(arrays, c) for c in range(len(guard.concepts_))]
    guard.n_features_in_ = arrays["prompts"].shape[1]
    if not np.isfinite(guard.threshold_) or not all(np.isfinite(a).all() for a in arrays.values()):
        raise ValueError("a number is not finite")
    if guard.similarities_.n_concepts != len(guard.heads_) or len(arrays["owner"]) != len(
        arrays["prompts"]
    ):
        raise ValueError("prompts and concepts do not fit together")
    if not (guard.decision_function(guard.allowed_) <= 0).all():
        raise ValueError("a vector that should pass is flagged")
    return guard


def _head(arrays: dict[str, NDArray[Any]], c: int) -> Head:
    n = sum(k.startswith(f"head{c}.weight") for k in arrays)
    if not n:
        raise KeyError(f"head{c}")
    return Head(
        tuple(arrays[f"head{c}.weight{i}"] for i in range(n)),
        tuple(arrays[f"head{c}.bias{i}"] for i in range(n)),
    )
