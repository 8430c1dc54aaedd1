"""How often a hit's reason holds, beside five random active concepts and a frozen random decoder.

    BEGRIFF_DATA=... python benchmarks/reasons.py [--queries 500]

A reason holds when deleting at most five concepts drops the hit to the background, they carry at least 60 % of the gap, and
the rest is smaller than what they carry. "Ordered" is the share of pairs among ten hits that the part alone puts in the order of the
full score.
"""

from __future__ import annotations

import argparse

import numpy as np
from _common import papers_atlas, queries, table
from scipy.sparse import csr_array

from begriff.kinds import Dictionary
from begriff.linalg.topk import top_rows


def rule(gap: float, above: np.ndarray, values: np.ndarray, rest: float) -> bool:
    """The rule for at most five concepts, given what each stands above the background and its whole contribution."""
    return bool(
        gap > 0 and values.sum() >= gap and above.sum() >= 0.6 * gap and abs(rest) < above.sum()
    )


class Measure:
    """Counts over the hits of many queries for one dictionary."""

    def __init__(self, components, bias, n_core: int, good: np.ndarray) -> None:
        self.components, self.bias, self.n_core, self.good = components, bias, n_core, good
        self.met = {"named": 0, "core": 0, "random": 0}
        self.pairs = {"core": 0, "named": 0, "all": 0}
        self.hits = self.n_pairs = 0
        self.mass: list[float] = []
        self.rng = np.random.default_rng(0)

    def query(self, q: np.ndarray, X: np.ndarray, codes: csr_array) -> None:
        """Ten hits and the fifty of the background, in order of rank."""
        along, dense = self.components @ q, codes.toarray()
        score = X @ q
        behind = dense[10:].mean(0) * along
        values = dense[:10] * along
        above = values - behind
        gaps = score[:10] - score[10:].mean()
        rests = gaps - above.sum(1)
        for h in range(10):
            self._hit(gaps[h], above[h], values[h], rests[h], dense[h])
        self._order(score[:10], values)

    def _hit(self, gap, above, values, rest, code) -> None:
        core = np.arange(self.n_core)
        self.hits += 1
        for name, pool in (("named", core[self.good]), ("core", core)):
            best = pool[np.argsort(-above[pool])[:5]]
            best = best[above[best] > 0]
            self.met[name] += rule(gap, above[best], values[best], rest)
        active = np.flatnonzero(code)
        picked = self.rng.choice(active, min(5, len(active)), replace=False)
        self.met["random"] += rule(gap, above[picked], values[picked], rest)
        top = core[np.argsort(-above[core])[:5]]
        top = top[above[top] > 0]
        if len(top):
            self.mass.append(float(above[top][self.good[top]].sum() / above[top].sum()))

    def _order(self, score, values) -> None:
        i, j = np.triu_indices(10, 1)
        core = values[:, : self.n_core]
        parts = {"core": core.sum(1), "named": core[:, self.good].sum(1), "all": values.sum(1)}
        for name, part in parts.items():
            self.pairs[name] += int(((score[i] - score[j]) * (part[i] - part[j]) > 0).sum())
        self.n_pairs += len(i)

    def row(self, label: str) -> list[object]:
        """Shares."""
        return [
            label,
            *(self.met[k] / self.hits for k in ("named", "core", "random")),
            *(self.pairs[k] / self.n_pairs for k in ("core", "named", "all")),
            float(np.mean(self.mass)),
        ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--queries", type=int, default=500)
    n = parser.parse_args().queries
    atlas = papers_atlas()
    control = Dictionary.load(atlas.snapshot.store.folder("dictionary") / "control")
    good = np.array([c.well_named for c in atlas.snapshot.concept_records])
    keywords, titles = queries(atlas, n)
    rows = []
    for label, texts in (("keywords", keywords), ("titles", titles)):
        ours = Measure(atlas.components, atlas.snapshot.bias, len(good), good)
        frozen = Measure(control.components_, control.bias_, len(good), np.zeros(len(good), bool))
        for q in atlas.encoder.encode(texts):
            ranked = top_rows(atlas.snapshot.index.scores(q), 100)
            ranked = np.concatenate([ranked[:10], ranked[50:]])
            X = np.asarray(atlas.vectors[ranked])
            ours.query(q, X, csr_array(atlas.region_codes[ranked]))
            frozen.query(q, X, control.transform(X))
        rows += [ours.row(f"{label}"), frozen.row(f"{label}, frozen random decoder")]
    header = [
        "queries",
        "holds, well named",
        "holds, any core",
        "holds, five random active",
        "ordered by core",
        "by well named",
        "by all",
    ]
    table(
        f"Reasons on {atlas.n_items:,} papers, {n} + {n} queries, ten hits each",
        [*header, "named share of five best"],
        rows,
    )
    shown = [h.explanation.gap.shown for q in keywords[:50] + titles[:50] for h in atlas.search(q)]
    print(
        f"\nThe library itself shows a reason on {np.mean(shown):.3f} of the hits of the first 50 +"
        " 50 queries."
    )


if __name__ == "__main__":
    main()
