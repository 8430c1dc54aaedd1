"""Whether people's concepts survive a refit.

    BEGRIFF_DATA=... python benchmarks/identity.py

An atlas of the first 10/11 of the papers is refitted with all of them (10 % more), and learnt again from scratch with another seed. "Kept" is the share of
the core that keeps its id; "meaning" the share whose old name scores within .05 of before on the new activations. Controls: random
directions matched in the same way; and the same without a match (row i against row i).
"""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pyarrow.parquet as pq
from _common import OUT, data, table

import begriff as bg
from begriff.analysis.matching import match


def prepare(share: float = 10 / 11):
    """A file of the first rows, their vectors, and the atlas of them."""
    papers, OUT_ = data() / "papers", OUT / "identity"
    OUT_.mkdir(parents=True, exist_ok=True)
    rows = pq.read_table(papers / "papers.parquet")
    n = int(len(rows) * share)
    if not (OUT_ / "rows.parquet").exists():
        pq.write_table(rows.slice(0, n), OUT_ / "rows.parquet")
        np.savez(OUT_ / "vectors.npz", emb=np.load(papers / "papers_minilm.npz")["emb"][:n])
    print(f"{n} of {len(rows)} papers", file=sys.stderr)
    return bg.build(OUT_ / "rows.parquet", text=["title", "abstract"], vectors=OUT_ / "vectors.npz", out=OUT_ / "before.atlas")


def measure(before, after, label: str) -> list[object]:
    """One row of the table."""
    old = {c.id: c for c in before.concept_records}
    pairs = [(old[c.id], c) for c in after.concept_records if c.id in old]
    cosines = np.array([before.components[a.row] @ after.components[b.row] for a, b in pairs])
    named = [(a, b) for a, b in pairs if a.name and a.score is not None and b.score is not None]
    same = [(a, b) for a, b in named if a.name == b.name]
    meaning = sum(b.score >= a.score - 0.05 for a, b in same) / max(len(named), 1)
    rng = np.random.default_rng(0)
    random = rng.standard_normal((len(old), before.components.shape[1])).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    control = float((match(before.components[: len(old)], random).old >= 0).mean())
    n = min(len(old), len(after.concept_records))
    rowwise = np.mean([before.components[i] @ after.components[i] >= 0.7 for i in range(n)])
    return [label, len(pairs) / len(old), float(np.median(cosines)), len(same) / max(len(named), 1), meaning, control, float(rowwise)]


def main() -> None:
    before = prepare()
    papers, rows = data() / "papers", []
    names = [c for c in before.list_concepts(limit=100)][::10][:10]
    for label, options in (("10 % more, warm", {"warm": True}), ("10 % more, from scratch, another seed", {"warm": False, "random_state": 7})):
        out = OUT / "identity" / f"{label.replace(' ', '-').replace(',', '').replace('%', 'percent')}.atlas"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(before.path, out)
        copy = bg.open(out)
        for c in names:
            copy.rename(c.id, f"mine {c.id}")
        after = bg.refit(out, papers / "papers.parquet", vectors=papers / "papers_minilm.npz", **options)
        lost = len(after.info().lost_edits)
        kept = sum((c.name or "").startswith("mine ") for c in after.concept_records)
        (out / "journal.jsonl").unlink()
        rows.append([*measure(before, bg.open(out), label), f"{kept} kept, {lost} listed as lost"])
    head = ["refit", "core keeps its id", "median cosine", "name kept", "name kept and its score within .05", "random directions", "row i with row i", "10 names set by a person"]
    table(f"Identity, {before.n_items} to {after.n_items} papers, {len(before.concept_records)} core concepts", head, rows)


if __name__ == "__main__":
    main()
