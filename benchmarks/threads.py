"""What a training step and encoding cost with threads that spin or sleep between products, alone and beside a busy process.

BEGRIFF_DATA=... python benchmarks/threads.py [--texts 128]

Every figure is the median of three processes, because the libraries read how threads wait when they are loaded. "several" gives every
step and every batch all cores, as torch does by itself; "by size" is what the library does.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from _common import table

BUSY = "while True: pass"
ASLEEP = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}


def one(by_size: bool, n_texts: int) -> dict[str, float]:
    """Milliseconds a step of a fit with batches of 32, and texts a second, of this process."""
    import contextlib

    import numpy as np
    import torch
    from _common import data

    from begriff.dictionaries import MatryoshkaSAE
    from begriff.encoders import MiniLM, _batches
    from begriff.nets import training

    if not by_size:
        training.threads_for = lambda *_, **__: contextlib.nullcontext()  # what train() asks for
    import pyarrow.parquet as pq

    X = np.load(data() / "papers" / "papers_minilm.npz")["emb"][:2000].astype(np.float32)
    sae = MatryoshkaSAE(512, n_core=128, k=6, k_fine=4, batch_size=32, max_epochs=1)
    sae.fit(X[:200])  # imports
    wall, cpu = time.perf_counter(), time.process_time()
    sae.set_params(max_epochs=5).fit(X)
    steps = 5 * (len(X) // 32)
    out = {
        "step": 1000 * (time.perf_counter() - wall) / steps,
        "step_cpu": 1000 * (time.process_time() - cpu) / steps,
    }
    model = MiniLM(backend="torch", precision="float32")
    model.encode(["a"])
    if not by_size:
        model._loaded = _batches.Backend(model._loaded.forward, n_tokens=8192)
    rows = (
        pq.read_table(data() / "papers" / "papers.parquet", columns=["abstract"])
        .slice(0, n_texts)
        .to_pylist()
    )
    texts = [r["abstract"] for r in rows]
    wall, cpu = time.perf_counter(), time.process_time()
    model.encode(texts)
    out |= {
        "texts": len(texts) / (time.perf_counter() - wall),
        "texts_cpu": len(texts) / (time.process_time() - cpu),
    }
    return out | {"threads": torch.get_num_threads()}


def measured(by_size: bool, asleep: bool, busy: bool, n_texts: int) -> dict[str, float]:
    """Medians of three processes, beside a busy one or not."""
    env = {k: v for k, v in os.environ.items() if k not in (*ASLEEP, "OMP_NUM_THREADS")} | (
        ASLEEP if asleep else {}
    )
    other = subprocess.Popen([sys.executable, "-c", BUSY]) if busy else None
    try:
        command = [sys.executable, __file__, "--one", str(int(by_size)), "--texts", str(n_texts)]
        runs = [
            json.loads(
                subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
            )
            for _ in range(3)
        ]
    finally:
        if other is not None:
            other.kill()
            other.wait()
    return {k: statistics.median(r[k] for r in runs) for k in runs[0]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", type=int)
    parser.add_argument("--texts", type=int, default=128)
    arguments = parser.parse_args()
    if arguments.one is not None:
        print(json.dumps(one(bool(arguments.one), arguments.texts)))
        return
    rows = []
    for busy in (False, True):
        for by_size in (False, True):
            for asleep in (False, True):
                m = measured(by_size, asleep, busy, arguments.texts)
                rows.append(
                    [
                        "busy" if busy else "alone", "by size" if by_size else "several", "asleep" if asleep else "spinning",
                        f"{m['step']:.1f}", f"{m['step_cpu']:.1f}", f"{m['texts']:.1f}", f"{m['texts_cpu']:.1f}",
                    ]
                )  # fmt: skip
    print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}")
    table(
        "Threads: one fit with small batches, and encoding",
        [
            "machine",
            "threads",
            "waiting",
            "ms a step",
            "CPU ms",
            "texts a second",
            "texts a CPU second",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
