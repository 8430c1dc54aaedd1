"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["write_tensors", "write_whole"]


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; what a killed run leaves of it is
    hidden.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written to.
    """
    path = Path(path)
    # two may write the same file at once
    partial = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as f:
            f.write(data)
            f.flush()
            os.fsync(f.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_tensors(
    path: str | Path, arrays: Mapping[str, NDArray[Any]], metadata: dict[str, str] | None = None
) -> None:
    """Write arrays as a .safetensors file, there whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written to.
    """
    from safetensors.numpy import save

    write_whole(path, save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata))
