"""From vectors, and from texts, to something usable: begriff beside BERTopic with its defaults, each in a process of its own.

    BEGRIFF_DATA=... BEGRIFF_PEERS=.../bin/python python benchmarks/topics.py [--runs 3] [--text 3000]

Seconds count from the start of the process's imports; memory is the largest resident set, file pages included. ``--text N`` also encodes the
first N papers with the same model. The preview is what ``begriff build --preview`` publishes first, and is stopped there: of given
vectors all items, with concepts learnt from 4,000; of texts 1,000 items.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from _common import data, table

OURS = """
import json, sys, time
began = time.perf_counter()
import begriff as bg
class Done(Exception): pass
def meter(stage, done, total):
    if stage == "preview": raise Done
rows, vectors, out, encoder, preview, said = sys.argv[1:]
try:
    bg.build(rows, text=["title", "abstract"], vectors=None if vectors == "text" else vectors, out=out, preview=preview == "preview",
             encoder=None if encoder == "none" else encoder, layout=False, progress=meter)
except Done:
    pass
made = bg.open(out)
json.dump({"seconds": time.perf_counter() - began, "topics": len(made.snapshot.concept_records), "outliers": float((made.snapshot.item_codes.sum(1) == 0).mean())}, open(said, "w"))
"""


def timed(command: list[object], said: Path) -> dict[str, float]:
    """What a process says of itself, and its peak memory in GB."""
    process = subprocess.Popen(
        [str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[:4]} ended with {status}")
    return {**json.loads(said.read_text()), "memory": usage.ru_maxrss * 1024 / 1e9}


def row(label: str, runs: list[dict[str, float]]) -> list[object]:
    return [
        label,
        *(statistics.median(r[k] for r in runs) for k in ("seconds", "memory")),
        int(runs[0]["topics"]),
        runs[0]["outliers"],
    ]


def compare(
    rows: Path, texts: list[str], vectors: Path | None, runs: int, folder: Path
) -> list[list[object]]:
    from begriff.encoders import MiniLM

    said, given = folder / "said.json", vectors or "text"
    (folder / "texts.json").write_text(json.dumps(texts))
    peer = Path(__file__).parent / "peers" / "topics_peer.py"
    theirs = [
        os.environ["BEGRIFF_PEERS"],
        peer,
        folder / "texts.json",
        given,
        said,
        MiniLM.folder(),
    ]
    out = folder / "a.atlas"
    kinds = {
        "begriff, preview": ["minilm", "preview"],
        "begriff, whole": ["minilm", "whole"],
    }
    found = [row("BERTopic", [timed(theirs, said) for _ in range(runs)])]
    print(found[-1], file=sys.stderr)
    for label, options in kinds.items():
        measured = []
        for _ in range(runs):
            shutil.rmtree(out, ignore_errors=True)
            measured.append(
                timed([sys.executable, "-c", OURS, rows, given, out, *options, said], said)
            )
        found.append(row(label, measured))
        print(found[-1], file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--text", type=int, default=0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("BEGRIFF_SCRATCH")))
    whole = pq.read_table(data() / "papers" / "papers.parquet")
    texts = [
        f"{t}. {a}"
        for t, a in zip(whole["title"].to_pylist(), whole["abstract"].to_pylist(), strict=True)
    ]
    vectors = np.load(data() / "papers" / "papers_minilm.npz")["emb"].astype(np.float32)
    np.save(folder / "vectors.npy", vectors)
    header = ["", "seconds", "peak memory, GB", "topics or concepts", "items without any"]
    start = time.time()
    if asked.text:
        pq.write_table(whole.slice(0, asked.text), folder / "rows.parquet")
        table(
            f"From {asked.text:,} texts",
            header,
            compare(folder / "rows.parquet", texts[: asked.text], None, asked.runs, folder),
        )
    rows = data() / "papers" / "papers.parquet"
    table(
        f"From {len(texts):,} vectors",
        header,
        compare(rows, texts, folder / "vectors.npy", asked.runs, folder),
    )
    shutil.rmtree(folder)
    print(
        f"{time.time() - start:.0f} s in all;"
        f" {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB of our own",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
