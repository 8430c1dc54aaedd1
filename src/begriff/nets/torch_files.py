"""Files of torch, read and written without executing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["read_state", "write_state"]


def read_state(path: str | Path) -> dict[str, NDArray[Any]]:
    """Arrays of a ``.pt`` file that holds a state dictionary.

    Raises
    ------
    OSError, ValueError
        When it cannot be read, or holds more than tensors.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    # torch raises many kinds for files that are damaged, or that would execute code
    except Exception as e:
        raise ValueError(f"no file of tensors alone: {str(e).splitlines()[0]}") from e
    if not isinstance(state, dict):
        raise ValueError(f"holds a {type(state).__name__}, no state dictionary")
    return {
        k: v.float().numpy() if v.is_floating_point() else v.numpy()
        for k, v in state.items()
        if isinstance(v, torch.Tensor)
    }


def write_state(path: str | Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write a state dictionary that ``load_state_dict`` takes."""
    torch.save({k: torch.from_numpy(np.array(v)) for k, v in arrays.items()}, path)
