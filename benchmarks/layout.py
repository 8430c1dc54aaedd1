"""The map: how many neighbours a layout keeps, for items that UMAP laid out and for those placed beside them; random places and PCA as controls.

BEGRIFF_DATA=... python benchmarks/layout.py [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from _common import papers_atlas, table
from sklearn.decomposition import PCA

import begriff as bg
from begriff.analysis.regions import regions
from begriff.pipeline.map import lay_out, read_points

K, HELD_OUT, QUERIES = 15, 5000, 3000


def quality(vectors, points, queries, base) -> tuple[float, float]:
    """Trustworthiness at 15 neighbours of some items among ``base``, and the share of their neighbours on the map that are true ones."""
    excess, true = 0.0, 0
    for start in range(0, len(queries), 250):
        rows = queries[start : start + 250]
        cosine = vectors[rows] @ vectors[base].T
        distance = ((points[rows][:, None, :] - points[base][None, :, :]) ** 2).sum(2)
        own = rows[:, None] == base[None, :]
        cosine[own], distance[own] = -np.inf, np.inf
        near = np.argpartition(distance, K, axis=1)[:, :K]
        rank = np.argsort(np.argsort(-cosine, axis=1), axis=1)
        found = np.take_along_axis(rank, near, axis=1) + 1
        excess += np.maximum(found - K, 0).sum()
        true += (found <= K).sum()
    n = len(base)
    return 1 - 2 / (len(queries) * K * (2 * n - 3 * K - 1)) * excess, true / (len(queries) * K)


def main() -> None:
    asks = argparse.ArgumentParser()
    asks.add_argument("--runs", type=int, default=3)
    runs = asks.parse_args().runs
    atlas = (
        papers_atlas()
        if os.environ.get("BEGRIFF_DATA")
        else bg.open(os.environ["BEGRIFF_PAPERS_ATLAS"])
    )
    vectors = np.asarray(atlas.item_vectors)
    n = len(vectors)
    # what lay_out draws with this seed
    base = np.sort(np.random.default_rng(0).choice(n, n - HELD_OUT, replace=False))
    placed = np.setdiff1d(np.arange(n), base)
    seconds = []
    with TemporaryDirectory() as folder:
        for _ in range(runs):
            start = time.perf_counter()
            lay_out(vectors, Path(folder), 0, None, most=n - HELD_OUT)
            seconds.append(time.perf_counter() - start)
        points = np.asarray(read_points(Path(folder)), dtype=np.float32)
    rng = np.random.default_rng(1)
    some, beside = (
        rng.choice(base, QUERIES, replace=False),
        rng.choice(placed, min(QUERIES, HELD_OUT), replace=False),
    )
    flat = PCA(2, random_state=0).fit_transform(vectors).astype(np.float32)
    rows = [
        ["random places", *quality(vectors, rng.random((n, 2), dtype=np.float32), some, base)],
        ["two principal components", *quality(vectors, flat, some, base)],
        ["laid out by UMAP", *quality(vectors, points, some, base)],
        ["placed by their neighbours", *quality(vectors, points, beside, base)],
    ]
    table(
        f"Layout of {n:,} papers, {HELD_OUT:,} of them placed afterwards",
        ["", "trustworthiness", "true neighbours"],
        rows,
    )
    print(f"\n{np.median(seconds):.0f} s in all (median of {runs})")
    named = [c.row for c in atlas.snapshot.concept_records if c.well_named]
    codes = atlas.snapshot.merged_codes[:, named].tocsr()
    start = time.perf_counter()
    found = regions(points / 65535, codes)
    spent = time.perf_counter() - start
    shuffled = regions(points / 65535, codes[rng.permutation(n)])
    counts = [sum(r.level == level for r in found) for level in (0, 1, 2)]
    print(
        f"{counts} regions named in {spent:.1f} s; with the codes dealt out to other items:"
        f" {len(shuffled)}"
    )


if __name__ == "__main__":
    main()
