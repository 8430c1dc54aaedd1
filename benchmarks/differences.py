"""Whether differences hold up: in a held-out half, and under permuted labels; and how long diff and trends take.

    BEGRIFF_DATA=... python benchmarks/differences.py [--permutations 1000]

A comparison is made on a random half of both groups; "sign kept" and "significant" say how many of the concepts called different there (false
discovery rate 5 %) keep their sign, and are significant at 5 % (corrected among those called), in the other half. "Power" is what
the effects of the first half let one expect of that second figure.
"""

from __future__ import annotations

import argparse
import time
from itertools import combinations

import numpy as np
from _common import papers_atlas, table
from scipy.sparse import csr_array, hstack
from scipy.stats import beta

import begriff as bg
from begriff.analysis.differences import adjust, compare, counts, power


def replicate(codes: csr_array, A: np.ndarray, B: np.ndarray, seed: int) -> np.ndarray:
    """(called, sign kept, significant, expected) as counts, for one split into halves."""
    rng = np.random.default_rng(seed)
    A, B = rng.permutation(A), rng.permutation(B)
    halves = [(A[i::2], B[i::2]) for i in (0, 1)]
    first, second = (compare(counts(codes[a]), counts(codes[b]), len(a), len(b)) for a, b in halves)
    called = np.nan_to_num(first.q, nan=1.0) <= 0.05
    if not called.any():
        return np.zeros(4)
    sign = np.sign(first.effect) == np.sign(second.effect)
    again = np.nan_to_num(adjust(np.where(called, second.p, np.nan)), nan=1.0) <= 0.05
    expected = power(first.share_a, first.share_b, len(halves[1][0]), len(halves[1][1]))
    return np.array([called.sum(), sign[called].sum(), again[called].sum(), expected[called].sum()])


def held_out(codes: csr_array, year: np.ndarray, venue: np.ndarray) -> None:
    early, late = np.flatnonzero(year <= 2010), np.flatnonzero(year >= 2020)
    one = np.isin(venue, ["nips", "aistats"])
    groups = {
        "1987-2010 / 2020-2025": [(early, late)],
        "the same, NeurIPS + AISTATS": [(early[one[early]], late[one[late]])],
    }
    large = [v for v in np.unique(venue) if (venue == v).sum() >= 1000]
    groups[f"{len(large)} venues, every pair"] = [
        (np.flatnonzero(venue == v), np.flatnonzero(venue == w)) for v, w in combinations(large, 2)
    ]
    rows = []
    for name, pairs in groups.items():
        seeds = range(5) if len(pairs) == 1 else range(1)
        total = np.sum([replicate(codes, a, b, s) for a, b in pairs for s in seeds], axis=0)
        rows.append([name, len(pairs), total[0] / len(pairs) / len(seeds), *(total[1:] / total[0])])
    table(
        "Differences in a held-out half",
        [
            "groups",
            "comparisons",
            "called, mean",
            "sign kept (target .97)",
            "significant (target .80)",
            "expected power",
        ],
        rows,
    )


def permuted(codes: csr_array, year: np.ndarray, n: int) -> None:
    rows = np.flatnonzero((year <= 2010) | (year >= 2020))
    n_a, here = int((year <= 2010).sum()), csr_array(codes[rows])
    binary = csr_array(
        (np.ones(here.nnz, np.float32), here.indices, here.indptr), shape=here.shape
    ).T.tocsr()
    every, rng, called = counts(here), np.random.default_rng(0), 0
    for _ in range(n):
        label = np.zeros(len(rows), dtype=np.float32)
        label[rng.choice(len(rows), n_a, replace=False)] = 1
        a = np.asarray(binary @ label).round().astype(np.int64)
        found = compare(a, every - a, n_a, len(rows) - n_a)
        called += bool((np.nan_to_num(found.q, nan=1.0) <= 0.05).any())
    bound = beta.ppf(0.95, called + 1, n - called) if called < n else 1.0
    table(
        "Permuted labels",
        ["permutations", "call anything", "share (target .05)", "upper bound, 95 % (target .07)"],
        [[n, called, called / n, float(bound)]],
    )


def timed(atlas: bg.Atlas, wide: csr_array) -> None:
    """Seconds on the core, and on 4,096 columns: the core four times over."""
    rows = []
    for label, codes in (("core", None), ("4,096 columns", wide)):
        if codes is not None:
            records = [
                c.model_copy(
                    update={
                        "id": c.id + 10_000 * k,
                        "row": c.row + len(atlas.snapshot.concept_records) * k,
                        "hidden": False,
                    }
                )
                for k in range(4)
                for c in atlas.snapshot.concept_records
            ]
            atlas.__dict__.update(
                concept_records=records,
                item_codes=codes,
                ids=np.arange(codes.shape[1]),
                well_named=frozenset(range(0, 4096, 4)),
            )
        seconds = []
        for work in (
            lambda: bg.diff(atlas, a="year <= 2010", b="year >= 2020"),
            lambda: bg.trends(atlas, "year"),
        ):
            runs = []
            for _ in range(3):
                start = time.perf_counter()
                work()
                runs.append(time.perf_counter() - start)
            seconds.append(float(np.median(runs)))
        rows.append([label, *seconds])
    table(
        f"Seconds, {atlas.n_items} items, median of 3 (target 5)",
        ["concepts", "diff", "trends"],
        rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--permutations", type=int, default=1000)
    options = parser.parse_args()
    atlas = papers_atlas()
    codes = csr_array(atlas.snapshot.item_codes[:, : len(atlas.snapshot.concept_records)])
    year, venue = (
        np.array(atlas.snapshot.items.column("year")),
        np.array(atlas.snapshot.items.column("venue")),
    )
    held_out(codes, year, venue)
    permuted(codes, year, options.permutations)
    timed(atlas, csr_array(hstack([codes] * 4, format="csr")))


if __name__ == "__main__":
    main()
