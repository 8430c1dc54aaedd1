"""Whether a planted change is found: items of one newsgroup made more or fewer in one of ten periods.

    BEGRIFF_DATA=... python benchmarks/planted.py [--trials 200]

Every trial deals the items of 20 newsgroups to ten periods, evenly within each group, then drops items of one group in one period or moves
some there from the others. Found: among the five first (concept, period) pairs by |z| is one whose concept stands for the
group (AUROC of its direction at least .8, or the best where none reaches it) and whose period is the right one. Controls: nothing planted;
and the ceiling, where the true label itself takes a concept's place.
"""

from __future__ import annotations

import argparse

import numpy as np
from _common import newsgroups, table

from begriff.analysis.time_series import Reach, bursts

PERIODS = 10


def stand_for(products: np.ndarray, group: np.ndarray) -> tuple[dict[str, set[int]], list[float]]:
    """Rows of the concepts that stand for every newsgroup (AUROC at least .8, or else the best one), and the best AUROCs."""
    ranks = products.argsort(0).argsort(0) + 1.0
    out, best = {}, []
    for g in np.unique(group):
        inside = group == g
        n, m = inside.sum(), (~inside).sum()
        scores = (ranks[inside].sum(0) - n * (n + 1) / 2) / (n * m)
        out[str(g)] = set(np.flatnonzero(scores >= min(0.8, scores.max())).tolist())
        best.append(float(scores.max()))
    return out, best


def deal(
    group: np.ndarray, g: str, factor: float, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Periods of all items (-1: dropped), and the period in which the group has ``factor`` times its items."""
    period = np.empty(len(group), dtype=np.int64)
    for name in np.unique(group):
        rows = rng.permutation(np.flatnonzero(group == name))
        period[rows] = np.arange(len(rows)) % PERIODS
    where = int(rng.integers(PERIODS))
    there = rng.permutation(np.flatnonzero((group == g) & (period == where)))
    change = round(len(there) * abs(factor - 1))
    if factor < 1:
        period[there[:change]] = -1
    else:  # taken from the other periods, so that no item counts twice
        period[
            rng.choice(np.flatnonzero((group == g) & (period != where)), change, replace=False)
        ] = where
    return period, where


def first(reach: np.ndarray, period: np.ndarray) -> list[tuple[int, int]]:
    """The five (concept, period) pairs that stand out most, by :func:`begriff.analysis.time_series.bursts`."""
    known = period >= 0
    n = reach.shape[1]
    made = Reach(
        np.empty(0),
        np.zeros(n),
        np.zeros((PERIODS, n)),
        np.zeros(n),
        np.bincount(period[known], minlength=PERIODS),
    )
    member = np.zeros((PERIODS, int(known.sum())), dtype=np.float32)
    member[period[known], np.arange(member.shape[1])] = 1
    made.sums, made.squares = (
        member @ reach[known],
        np.einsum("ij,ij->j", reach[known], reach[known]),
    )
    best = np.argsort(-np.abs(bursts(made)[0]).ravel())[:5]
    return [(int(b % n), int(b // n)) for b in best]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=200)
    options = parser.parse_args()
    atlas = newsgroups()
    group = np.array(atlas.snapshot.items.column("group"))
    names, X = np.unique(group), np.asarray(atlas.item_vectors)
    products = X @ atlas.components[: len(atlas.snapshot.concept_records)].T
    reach = np.maximum(products - np.quantile(products[::4], 0.8, axis=0), 0).astype(np.float32)
    standing, best = stand_for(products, group)
    label = np.stack([(group == g).astype(np.float32) for g in names], 1)
    rows = []
    for factor in (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0):
        rng, found, ceiling = np.random.default_rng(0), 0, 0
        for _ in range(options.trials):
            i = int(rng.integers(len(names)))
            period, where = deal(group, str(names[i]), factor, rng)
            found += any(
                j in standing[str(names[i])] and p == where for j, p in first(reach, period)
            )
            with_label = np.concatenate([reach[:, : reach.shape[1] - 1], label[:, [i]]], 1)
            ceiling += (reach.shape[1] - 1, where) in first(with_label, period)
        rows.append(
            [
                f"x {factor:g}" + (" (nothing planted)" if factor == 1 else ""),
                options.trials,
                found / options.trials,
                ceiling / options.trials,
            ]
        )
    head = [
        "items of the group in the period",
        "trials",
        "found among the five first (target .95 at x 0.5 and x 2)",
        "ceiling: the true label as a concept",
    ]
    table(
        f"Planted changes among {len(group)} items in {PERIODS} periods, {reach.shape[1]} concepts",
        head,
        rows,
    )
    print(
        f"\nbest AUROC of a concept's direction for its group: median {np.median(best):.3f}, least"
        f" {min(best):.3f}"
    )


if __name__ == "__main__":
    main()
