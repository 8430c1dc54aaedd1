"""concept-erasure's erasers on arrays given; runs in the peers' environment.

python leace_peer.py edit FIXTURE.npz OUT.npz      erased vectors under every option
python leace_peer.py time X.npy Y.npy              one JSON line: median seconds of three fits, in float32 and float64
"""

import itertools
import json
import statistics
import sys
import time
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore", category=FutureWarning)
from concept_erasure import LeaceEraser, LeaceFitter, OracleEraser, QuadraticEraser  # noqa: E402


def edit(fixture, out):
    given = np.load(fixture)
    torch.set_num_threads(1)
    X, Z, labels = (torch.from_numpy(given[k]) for k in ("X", "Z", "labels"))
    found = {}
    for method, shrinkage, affine, guard in itertools.product(
        ("leace", "orth"), (True, False), (True, False), (True, False)
    ):
        options = {
            "shrinkage": shrinkage,
            "affine": affine,
            "constrain_cov_trace": guard,
            "svd_tol": 1e-9,
        }
        found[f"{method} {shrinkage} {affine} {guard}"] = LeaceEraser.fit(
            X, Z, method=method, **options
        )(X).numpy()
    found["default"] = LeaceEraser.fit(X, Z)(X).numpy()
    found["oracle"] = OracleEraser.fit(X, Z, svd_tol=1e-9)(X, Z).numpy()
    for shrinkage in (True, False):
        found[f"quadratic {shrinkage}"] = QuadraticEraser.fit(X, labels, shrinkage=shrinkage)(
            X, labels
        ).numpy()
    np.savez(out, **found)


def timed(x, y):
    X, Z = torch.from_numpy(np.load(x)), torch.from_numpy(np.load(y)).float()[:, None]
    torch.set_num_threads(2)
    seconds = {}
    for dtype in (torch.float32, torch.float64):
        A, B, runs = X.to(dtype), Z.to(dtype), []
        for _ in range(3):
            start = time.perf_counter()
            _ = LeaceFitter.fit(A, B).eraser
            runs.append(time.perf_counter() - start)
        seconds[str(dtype).removeprefix("torch.")] = statistics.median(runs)
    print(json.dumps(seconds))


if __name__ == "__main__":
    {"edit": edit, "time": timed}[sys.argv[1]](*sys.argv[2:])
