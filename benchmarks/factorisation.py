"""Factorisations at equal error: seconds beside scikit-learn's coordinate descent and overcomplete.

    BEGRIFF_DATA=... BEGRIFF_PEERS=/path/to/peers/bin/python python benchmarks/factorisation.py [--runs 3] [--only NMF] [--stream]

The peers' environment holds `overcomplete==0.3.0`. NMF factorises the positive parts of 30,000 papers' vectors (which have signs), the
others 20,000 vectors as they are. A peer runs to its own end; ours stops at the first number of passes whose error, of the codes that
``transform`` gives, is no larger. With ``--stream``: peak memory of one pass of NMF over repeated papers, with and without batches.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from _common import data, peak, run_peer, table
from sklearn import decomposition
from threadpoolctl import threadpool_limits

from begriff.dictionaries import NMF, ConvexNMF, SemiNMF


def error(X, X_hat) -> float:
    return float(((X - X_hat) ** 2).sum(dtype=np.float64))


def scikit(iterations: int):
    def run(X, k: int, _: Path) -> tuple[float, float]:
        # all that it has for more concepts than dimensions
        init = "nndsvda" if k <= min(X.shape) else "random"
        model = decomposition.NMF(
            k, init=init, solver="cd", max_iter=iterations, tol=1e-4, random_state=0
        )
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            W = model.fit_transform(X)
        return time.perf_counter() - start, error(X, W @ model.components_)

    return run


def overcomplete(name: str, iterations: int):
    def run(X, k: int, folder: Path) -> tuple[float, float]:
        np.save(folder / "x.npy", X)
        run_peer("factorise_peer.py", name, folder / "x.npy", k, iterations, folder / "out.npz")
        found = np.load(folder / "out.npz")
        return float(found["seconds"]), float(found["error"])

    return run


def ours(method, X, k: int, goal: float) -> tuple[float, float, int]:
    """Seconds, error and passes of the shortest run that reaches the goal, or of the longest."""
    for passes in (1, 2, 3, 5, 8, 12, 20, 30, 50, 80, 120, 200, 300):
        model = method(k, max_epochs=passes, tol=0.0)
        start = time.perf_counter()
        model.fit(X)
        seconds = time.perf_counter() - start
        left = error(X, model.inverse_transform(model.transform(X)))
        if left <= goal:
            break
    return seconds, left, passes


def compare(label: str, peer, method, X, k: int, runs: int, folder: Path) -> list[object]:
    theirs = [peer(X, k, folder) for _ in range(runs)]
    goal = statistics.median(e for _, e in theirs)
    found = ours(method, X, k, goal)
    seconds = [found[0]]
    for _ in range(runs - 1):
        start = time.perf_counter()
        method(k, max_epochs=found[2], tol=0.0).fit(X)
        seconds.append(time.perf_counter() - start)
    whole = error(X, 0)
    slow, fast = statistics.median(s for s, _ in theirs), statistics.median(seconds)
    row = [label, k, slow, goal / whole, fast, found[1] / whole, found[2], slow / fast]
    print(row, file=sys.stderr)
    return row


def streaming(vectors, folder: Path) -> list[list[object]]:
    """Peak anonymous memory of one pass, whole and in batches: a memory map is no part of it."""
    code = (
        "import sys, numpy as np; from begriff.dictionaries import NMF\nNMF(64,"
        " batch_size=int(sys.argv[2]) or None, max_epochs=1).fit(np.load(sys.argv[1],"
        " mmap_mode='r'))"
    )
    rows = []
    for n in (50_000, 200_000, 800_000):
        X = np.lib.format.open_memmap(
            folder / "many.npy", mode="w+", dtype=np.float32, shape=(n, vectors.shape[1])
        )
        for start in range(0, n, len(vectors)):
            X[start : start + len(vectors)] = vectors[: n - start]
        X.flush()
        del X
        whole, batches = (peak(code, folder / "many.npy", size) for size in (0, 4096))
        rows.append([f"{n:,}", f"{whole[1]:,.0f}", f"{batches[1]:,.0f}"])
        print(rows[-1], file=sys.stderr)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--stream", action="store_true")
    asked = parser.parse_args()
    vectors = np.load(data() / "papers" / "papers_minilm.npz")["emb"].astype(np.float32)
    positive, signed = np.maximum(vectors[:30_000], 0), vectors[:20_000]
    jobs = [
        ("NMF: scikit-learn", scikit(200), NMF, positive, 64),
        ("NMF: scikit-learn", scikit(20), NMF, positive, 512),
        ("NMF: overcomplete", overcomplete("NMF", 200), NMF, positive, 64),
        ("SemiNMF: overcomplete", overcomplete("SemiNMF", 500), SemiNMF, signed, 100),
        (
            "ConvexNMF: overcomplete, convex, 100 turns",
            overcomplete("ConvexNMF", 100),
            ConvexNMF,
            signed,
            100,
        ),
        (
            "ConvexNMF: overcomplete, convex, 500 turns",
            overcomplete("ConvexNMF", 500),
            ConvexNMF,
            signed,
            100,
        ),
    ]
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("BEGRIFF_SCRATCH")) as folder,
        threadpool_limits(2),
    ):
        if asked.stream:
            table(
                "Peak memory of one pass, MB",
                ["items", "whole", "batches of 4,096"],
                streaming(np.maximum(vectors, 0), Path(folder)),
            )
            return
        rows = [
            compare(*job, asked.runs, Path(folder))
            for job in jobs
            if asked.only in f"{job[0]} {job[4]}"
        ]
    header = [
        "",
        "concepts",
        "peer, s",
        "error left",
        "begriff, s",
        "error left",
        "passes",
        "times the peer",
    ]
    table(f"To the peer's error, 2 threads, median of {asked.runs}", header, rows)


if __name__ == "__main__":
    main()
