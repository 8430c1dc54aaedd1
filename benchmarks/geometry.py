"""The published shape of concepts (arXiv 2410.19750, 2405.14860) in a dictionary of text embeddings, beside its nulls.

    BEGRIFF_DATA=... python benchmarks/geometry.py

Pairs of words come from the MSR and SemEval analogies; relations with at least ten pairs are used.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow.parquet as pq
from _common import data, papers_atlas, table

import begriff as bg


def pairs() -> list[tuple[str, str, str]]:
    """(relation, word, word)."""
    t = pq.read_table(data() / "words" / "analogies_msr_semeval2012.parquet").to_pydict()
    found = {
        (f"{d} {r}", a, b)
        for d, r, a, b in zip(t["dataset"], t["type"], t["word1"], t["word2"], strict=True)
        if a and b
    }
    count = Counter(r for r, _, _ in found)
    return sorted(p for p in found if count[p[0]] >= 10)


def main() -> None:
    found = bg.geometry(papers_atlas(), pairs=pairs(), limit=50)
    r = found.relations
    columns = ("cosine_before", "cosine_after", "shuffled", "completed_before", "completed_after")
    means = [float(np.mean([getattr(x, c) for x in r])) for c in columns]
    head = [
        "relations",
        "cosine",
        "distractor removed",
        "shuffled",
        "completed",
        "distractor removed",
    ]
    table("Parallelograms", head, [[len(r), *means]])
    o, s = found.lobes, found.spectrum
    rows = [
        ["lobes against directions (AMI)", o.ami, o.ami_random],
        ["lobe told from direction", o.accuracy, o.accuracy_permuted],
    ]
    rows += [
        ["eigenvalue slope", s.slope, s.isotropic_slope],
        ["effective dimensions", s.effective_dims, s.isotropic_dims],
    ]
    table("Lobes and spectrum", ["figure", "here", "null"], rows)
    excess = np.array([p.excess for p in found.planes])
    rows = [
        [
            len(excess),
            int((excess >= 0.1).sum()),
            float(excess.max()),
            float(np.median(excess)),
            max(p.circularity for p in found.planes),
        ]
    ]
    table(
        "Planes of groups of concepts",
        [
            "best planes",
            "need two dimensions (excess .1)",
            "largest excess",
            "median",
            "largest circularity",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
