"""Arrays, codes and JSON documents of a stage, each written whole."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from begriff.files import write_whole

__all__ = ["digest", "load_codes", "new_array", "save_codes", "sum_of", "write_json"]


def digest(*parts: Any) -> str:
    """Short hash of JSON-able values: the key of a stage."""
    return hashlib.blake2b(
        json.dumps(parts, sort_keys=True, default=str).encode(), digest_size=8
    ).hexdigest()


def sum_of(path: Path) -> str:
    """Hash of a file's content."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "blake2b").hexdigest()[:32]


def write_json(path: Path, value: Any) -> None:
    """Write a file so that it is there whole or not at all; what a killed run leaves of it is
    hidden, and no part of a stage.
    """
    write_whole(path, json.dumps(value, indent=1).encode())


def new_array(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap[Any, Any]:
    """A new .npy file as a writable memory map, all of whose bytes are there: a full disk is an
    error here, and no signal later.

    Raises
    ------
    OSError
        When the disk has too little room.
    """
    made = np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
    with path.open("r+b") as f:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(f.fileno(), 0, path.stat().st_size)
    return made


def save_codes(folder: Path, name: str, codes: csr_array) -> None:
    """Write a code matrix as three .npy files."""
    for part in ("indptr", "indices", "data"):
        kind = {"indptr": np.int64, "indices": np.int32, "data": np.float32}[part]
        np.save(folder / f"{name}-{part}.npy", getattr(codes, part).astype(kind))


def load_codes(folder: Path, name: str, n_concepts: int) -> csr_array:
    """Read a code matrix; its arrays are memory maps."""
    indptr, indices, data = (
        np.load(folder / f"{name}-{p}.npy", mmap_mode="r") for p in ("indptr", "indices", "data")
    )
    return csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_concepts), copy=False)
