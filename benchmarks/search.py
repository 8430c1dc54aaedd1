"""Latency of search, reasons included, in a warm process, and of a cold `begriff search`.

BEGRIFF_DATA=... python benchmarks/search.py
"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
from _common import papers_atlas, queries, table


def timed(call) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    atlas = papers_atlas()
    keywords, titles = queries(atlas, 200, seed=1)
    names = [c.name for c in atlas.list_concepts(limit=50)]
    kinds = {
        "dense": {},
        "dense, no reasons": {"explain": False},
        "more + less": {"more": names[3], "less": names[7]},
        "where + has": {"where": "year >= 2018", "has": names[5]},
        "text": {"mode": "text"},
        "hybrid": {"mode": "hybrid"},
    }
    rows = []
    for label, options in kinds.items():
        for q in ("warm up", "once more"):
            atlas.search(q, **options)
        spent = [
            timed(lambda q=q, o=options: atlas.search(q, **o))
            for q in keywords[:100] + titles[:100]
        ]
        rows.append([label, *(float(np.percentile(spent, p)) for p in (50, 95))])
        atlas._queries.clear()
    encode = [timed(lambda q=q: atlas.encoder.encode([q])) for q in keywords[100:200]]
    matmul = [timed(lambda: np.asarray(atlas.vectors) @ atlas.vectors[0]) for _ in range(50)]
    rows.append(
        ["(encoding the query alone)", *(float(np.percentile(encode, p)) for p in (50, 95))]
    )
    rows.append(
        ["(numpy: all inner products alone)", *(float(np.percentile(matmul, p)) for p in (50, 95))]
    )
    table(
        f"Search on {atlas.n_items:,} papers, ms a query, k 10, warm, one process",
        ["", "p50", "p95"],
        rows,
    )
    cold = [
        sys.executable,
        "-m",
        "begriff",
        "search",
        str(atlas.path),
        "protein folding",
        "--explain",
    ]
    load = [sys.executable, "-c", "from begriff.encoders import MiniLM; MiniLM().encode(['x'])"]
    seconds = {name: sorted(timed(lambda c=c: subprocess.run(c, capture_output=True, check=True)) for _ in range(3))[1] / 1000 for name, c in
               (("cold search", cold), ("encoder load alone", load))}  # fmt: skip
    table("Cold command, seconds, median of 3", list(seconds), [[*seconds.values()]])
    print(
        "\nBesides the encoder's load:"
        f" {seconds['cold search'] - seconds['encoder load alone']:.2f} s"
    )


if __name__ == "__main__":
    main()
