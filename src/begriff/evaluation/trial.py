"""One fit in a process of its own, so that its seconds and its peak memory are its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from sklearn.base import clone

from begriff import catalog
from begriff.errors import BegriffError, InputError
from begriff.files import write_whole
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, plain

__all__ = ["fit_apart", "Fitted"]


@dataclass(frozen=True)
class Fitted:
    """What one fit gave.

    Attributes
    ----------
    dictionary : Dictionary
    starts : ndarray (n_concepts, n_dims) or None
        Directions before the first step, where the method has some.
    seconds : float
        Of ``fit`` alone.
    peak : int
        Bytes that the process held at most, libraries included.
    """

    dictionary: Dictionary
    starts: Floats | None
    seconds: float
    peak: int


def fit_apart(dictionary: Dictionary, vectors: str | Path, folder: str | Path) -> Fitted:
    """Fit an unfitted dictionary on a .npy file in another process, and keep it in ``folder``.

    What lies in the folder from an equal request is read instead, so that a killed comparison goes
    on.

    Raises
    ------
    InputError
        When the method refuses the vectors, is not in the catalogue, or its process was killed.
    """
    folder, vectors = Path(folder), Path(vectors)
    name = type(dictionary).__name__
    catalog.find("dictionaries", name)
    of = [str(vectors), vectors.stat().st_mtime_ns]
    asked = {"dictionary": dictionary.request(), "vectors": of, "version": version("begriff")}
    request = json.loads(json.dumps(asked, default=plain))
    done = folder / "trial.json"
    if not done.exists() or json.loads(done.read_text())["request"] != request:
        folder.mkdir(parents=True, exist_ok=True)
        done.unlink(missing_ok=True)
        (folder / "request.json").write_text(json.dumps(request))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        ran = subprocess.run(
            [sys.executable, "-m", "begriff.evaluation.trial", str(folder)],
            capture_output=True,
            text=True,
            env=environment,
        )
        if ran.returncode:
            said = (
                ran.stderr.strip().splitlines() or [f"its process ended with {ran.returncode}"]
            )[-1]
            raise InputError(f"{name} could not be fitted: {said}")
    told = json.loads(done.read_text())
    starts = folder / "starts.npy"
    return Fitted(
        Dictionary.load(folder),
        np.load(starts) if starts.exists() else None,
        told["seconds"],
        told["peak"],
    )


def _main(folder: Path) -> None:
    """The other process."""
    request = json.loads((folder / "request.json").read_text())
    name, params, *_ = request["dictionary"]
    made: Dictionary = catalog.find("dictionaries", name)(**params)
    X = np.load(request["vectors"][0], mmap_mode="r")
    # what it imports is no part of the seconds; what it refuses, the fit below says
    with suppress(Exception):
        clone(made).sized(8, 2, 64).fit(X[:256])
    try:
        begun = time.perf_counter()
        made.fit(X)
        seconds, peak = time.perf_counter() - begun, _peak()
        starts = made.starts(X)
    except BegriffError as e:
        sys.exit(str(e))
    made.save(folder)
    (folder / "starts.npy").unlink(missing_ok=True)
    if starts is not None:
        np.save(folder / "starts.npy", starts)
    write_whole(
        folder / "trial.json",
        json.dumps({"request": request, "seconds": seconds, "peak": peak}).encode(),
    )


def _peak() -> int:
    """Bytes that this process held at most.

    Linux hands what getrusage tells on to a child: the peak of the process that compares would be
    every fit's.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
