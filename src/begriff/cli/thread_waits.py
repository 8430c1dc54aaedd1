"""How threads wait in a process of our own: asleep."""

from __future__ import annotations

import os

__all__ = ["wait_asleep"]

_SETTINGS = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}
"""For GNU's OpenMP, Intel's and LLVM's, and OpenBLAS, which else spin for some milliseconds after
every product.
"""


def wait_asleep() -> None:
    """Let the threads of torch, numpy and scipy sleep between products, except where the user has
    set how they wait.

    Spinning threads take the cores from whatever else runs, and from each other's libraries: a
    build of 2,000 papers beside a busy process took 16 minutes with them and 4 without. The
    libraries read these variables when they are loaded, so this comes first.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
