"""A vector on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from begriff.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["read_vector"]


def read_vector(given: str) -> NDArray[Any] | list[Any]:
    """A vector from ``FILE.npy``, ``FILE.npy:ROW``, or a JSON list of numbers.

    Raises
    ------
    InputError
        For a file that cannot be read, a row that is not there, or several rows without one.
    """
    if given.lstrip().startswith("["):
        try:
            found: list[Any] = json.loads(given)
        except ValueError as e:
            raise InputError(
                f"--vector {given[:40]!r} is no JSON list ({e}): give numbers, as '[0.1, -0.2]'"
            ) from e
        return found
    path, row = Path(given), None
    numbered = re.fullmatch(r"(.+):(-?\d+)", given)
    if numbered and not path.exists():
        path, row = Path(numbered[1]), int(numbered[2])
    array = _load(path)
    if row is not None and (array.ndim != 2 or not 0 <= row < len(array)):
        raise InputError(
            f"{str(path)!r} of shape {array.shape} has no row {row}: rows count from 0 to"
            f" {len(array) - 1 if array.ndim else 0}"
        )
    if array.ndim == 2 and row is None and len(array) != 1:
        raise InputError(f"{str(path)!r} holds {len(array)} vectors: say which, as {path!s}:0")
    return array if row is None else array[row]


def _load(path: Path) -> NDArray[Any]:
    """The array of an .npy file, as a memory map; nothing in it is executed."""
    import numpy as np

    if not path.is_file():
        raise InputError(
            f"no file {str(path)!r}: --vector takes FILE.npy, FILE.npy:ROW or a JSON list"
        )
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as e:
        raise InputError(
            f"{str(path)!r} cannot be read as .npy ({e}): --vector takes FILE.npy, FILE.npy:ROW or"
            " a JSON list"
        ) from e
    if not isinstance(array, np.ndarray):
        raise InputError(
            f"{str(path)!r} holds several arrays: save the one with the vectors as .npy"
        )
    return array
