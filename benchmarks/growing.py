"""Memory of building and adding from 50,000 to a million generated items, and how soon fresh items are found.

    python benchmarks/growing.py [--sizes 50000,200000,1000000] [--plot memory.svg]

Peak anonymous memory of a process of its own (memory maps of files, which the system drops when it needs room, are not in it), sampled
every .05 s; of given vectors, 384 dimensions, so that it is the pipeline and not an encoder that is measured. With BEGRIFF_DATA also the seconds
from ``begriff add`` of 100 papers to an atlas of 51,617, from the command line, until a search finds one of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from _common import data, peak, table

WORDS = [
    f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in ("l", "n", "r", "s", "t", "x")
]
BUILD = (
    "import sys, begriff as bg\nfrom begriff.dictionaries import TopKSAE\n"
    "bg.build(sys.argv[1], text='text', vectors=sys.argv[2], encoder=None, out=sys.argv[3],"
    " dictionary=TopKSAE(1024, k=16, max_epochs=1), layout=sys.argv[4] == 'map')"
)
ADD = "import sys, begriff as bg; bg.open(sys.argv[3]).add(sys.argv[1], vectors=sys.argv[2])"


def generate(folder: Path, n: int, first: int = 0) -> None:
    """n items with texts of 60 words about one of 200 topics, and their vectors."""
    rng = np.random.default_rng(first)
    topics = np.random.default_rng(7).standard_normal((200, 384)).astype(np.float32)
    vectors = np.lib.format.open_memmap(
        folder / "vectors.npy", mode="w+", dtype=np.float32, shape=(n, 384)
    )
    schema = pa.schema([("id", pa.string()), ("text", pa.string()), ("year", pa.int64())])
    with pq.ParquetWriter(folder / "rows.parquet", schema) as out:
        for start in range(0, n, 10_000):
            m = min(10_000, n - start)
            topic = rng.integers(200, size=m)
            vectors[start : start + m] = topics[topic] + 2 * rng.standard_normal(
                (m, 384), dtype=np.float32
            )
            words = np.array(WORDS)[
                (topic[:, None] + rng.integers(40, size=(m, 60)) ** 2 // 20) % len(WORDS)
            ]
            rows = {
                "id": [f"i{first + start + i}" for i in range(m)],
                "text": [" ".join(w) for w in words],
                "year": (1990 + topic % 30).tolist(),
            }
            out.write_table(pa.table(rows, schema=schema))
    vectors.flush()


def curve(sizes: list[int], layout: str) -> list[list[object]]:
    rows = []
    for n in sizes:
        folder = Path(tempfile.mkdtemp(dir=os.environ.get("BEGRIFF_SCRATCH")))
        (folder / "more").mkdir()
        generate(folder, n)
        generate(folder / "more", 1000, first=n)
        built = peak(
            BUILD, folder / "rows.parquet", folder / "vectors.npy", folder / "a.atlas", layout
        )
        added = peak(
            ADD,
            folder / "more" / "rows.parquet",
            folder / "more" / "vectors.npy",
            folder / "a.atlas",
        )
        shutil.rmtree(folder)
        rows.append(
            [
                f"{n:,}",
                f"{built[1]:,.0f}",
                f"{built[0]:,.0f}",
                f"{added[1]:,.0f}",
                f"{added[0]:,.1f}",
            ]
        )
        print(rows[-1], file=sys.stderr)
    return rows


def papers(runs: int = 3) -> list[list[object]]:
    """Seconds of ``begriff add`` and of the search after it, from the command line."""
    folder = Path(tempfile.mkdtemp(dir=os.environ.get("BEGRIFF_SCRATCH")))
    whole = pq.read_table(data() / "papers" / "papers.parquet")
    vectors, n = np.load(data() / "papers" / "papers_minilm.npz")["emb"], len(whole) - 100
    import begriff as bg

    pq.write_table(whole.slice(0, n), folder / "rows.parquet")
    pq.write_table(whole.slice(n), folder / "more.parquet")
    np.save(folder / "vectors.npy", vectors[:n])
    bg.build(
        folder / "rows.parquet",
        text=["title", "abstract"],
        vectors=folder / "vectors.npy",
        out=folder / "a.atlas",
    )
    command = str(Path(sys.executable).with_name("begriff"))
    title = whole.column("title")[n + 7].as_py()
    adding, finding = [], []
    for run in range(runs):
        copy = shutil.copytree(folder / "a.atlas", folder / f"{run}.atlas")
        started = time.perf_counter()
        subprocess.run(
            [command, "add", copy, folder / "more.parquet"], check=True, capture_output=True
        )
        adding.append(time.perf_counter() - started)
        found = subprocess.run(
            [command, "search", copy, title, "-k", "1", "--json"],
            check=True,
            capture_output=True,
            text=True,
        )
        finding.append(time.perf_counter() - started)
        if title not in found.stdout:
            sys.exit(f"{title!r} is not found: {found.stdout[:300]}")
        shutil.rmtree(copy)
    shutil.rmtree(folder)
    return [[f"100 papers to {n:,}", statistics.median(adding), statistics.median(finding)]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="50000,200000,1000000")
    parser.add_argument("--map", action="store_true")
    parser.add_argument("--plot")
    asked = parser.parse_args()
    if os.environ.get("BEGRIFF_DATA"):
        table(
            "From the command line, median of 3", ["", "added after, s", "found after, s"], papers()
        )
    rows = curve([int(n) for n in asked.sizes.split(",")], "map" if asked.map else "no map")
    table("Peak anonymous memory", ["items", "build, MB", "s", "add 1,000, MB", "s"], rows)
    if asked.plot:
        import matplotlib.pyplot as plt

        n = [int(str(r[0]).replace(",", "")) for r in rows]
        for column, label in ((1, "build"), (3, "add 1,000 items")):
            plt.plot(
                n, [float(str(r[column]).replace(",", "")) for r in rows], marker="o", label=label
            )
        plt.xlabel("items")
        plt.ylabel("peak anonymous memory, MB")
        plt.ylim(bottom=0)
        plt.legend()
        plt.savefig(asked.plot)


if __name__ == "__main__":
    main()
