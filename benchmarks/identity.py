"""Whether people's concepts survive a refit.

    BEGRIFF_DATA=... python benchmarks/identity.py

An atlas of the first 10/11 of the papers is refitted with all of them (10 % more), and learnt again from scratch with another seed. The score of
the old name is measured on the same items under the old and the new activations. Controls: random directions matched in the same
way; and no matching (row i against row i).
"""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pyarrow.parquet as pq
from _common import OUT, data, table
from scipy.sparse import csr_array

import begriff as bg
from begriff.analysis.matching import match
from begriff.encoders import Static
from begriff.kinds import Dictionary
from begriff.linalg.neighbours import neighbours
from begriff.naming.evidence import gather
from begriff.naming.judges import judge, stem_incidence
from begriff.pipeline.learn import code, reference_rows


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
    return bg.build(
        OUT_ / "rows.parquet",
        text=["title", "abstract"],
        vectors=OUT_ / "vectors.npz",
        out=OUT_ / "before.atlas",
    )


class Court:
    """Scores of fixed names on fixed items (every second one of the grown corpus) under the codes of any dictionary."""

    def __init__(self, before: bg.Atlas, after: bg.Atlas) -> None:
        self.names = [c.name or (c.aliases or ["-"])[0] for c in before.snapshot.concept_records]
        self.X = np.ascontiguousarray(after.item_vectors[::2])
        self.reference = reference_rows(after.item_vectors)
        texts = [
            r["_text"] for r in after.snapshot.items.take(range(0, after.n_items, 2), ["_text"])
        ]
        encoder = Static()
        self.stems, self.near = stem_incidence(texts), neighbours(self.X, 64)
        self.second = encoder.encode(self.names), encoder.encode(texts)

    def scores(self, dictionary: Dictionary, rows: np.ndarray) -> np.ndarray:
        """Score of every old name (n_core,) on the activations of the concept in ``rows``; NaN where there is none."""
        n_core = dictionary.n_core_
        codes = csr_array(code(dictionary, self.X, self.reference)[:, :n_core])
        chosen = np.where(rows >= 0, rows, 0)
        evidence = gather(csr_array(codes[:, chosen]), self.near)
        found = judge(
            self.names,
            evidence,
            self.stems,
            components=dictionary.components_[chosen],
            vectors=self.X,
            second=self.second,
        )
        return np.where(rows >= 0, [v.score for v in found], np.nan)


def measure(court: Court, before: bg.Atlas, after: bg.Atlas, label: str) -> list[object]:
    """One row of the table."""
    old = before.snapshot.concept_records
    row_of = {c.id: c.row for c in after.snapshot.concept_records}
    rows = np.array([row_of.get(c.id, -1) for c in old])
    kept = rows >= 0
    cosines = (before.components[: len(old)][kept] * after.components[rows[kept]]).sum(1)
    was, now = (
        court.scores(before.dictionary, np.arange(len(old))),
        court.scores(after.dictionary, rows),
    )
    known = np.array([c.name is not None for c in old]) & np.isfinite(was)
    with np.errstate(invalid="ignore"):
        within, not_worse = np.abs(was - now) <= 0.05, was - now <= 0.05
    name_of = {c.id: c.name for c in after.snapshot.concept_records}
    same = np.array([name_of.get(c.id) == c.name for c in old])
    rng = np.random.default_rng(0)
    random = rng.standard_normal((len(old), before.components.shape[1])).astype(np.float32)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    control = float((match(before.components[: len(old)], random).old >= 0).mean())
    rowwise = np.mean([before.components[i] @ after.components[i] >= 0.7 for i in range(len(old))])
    shares = [float(m[known].mean()) for m in (same, within, not_worse)]
    return [label, float(kept.mean()), float(np.median(cosines)), *shares, control, float(rowwise)]


def main() -> None:
    before = prepare()
    papers, rows = data() / "papers", []
    names = list(before.list_concepts(limit=100))[::10][:10]
    court = None
    for label, options in (
        ("10 % more, warm", {"warm": True}),
        ("10 % more, from scratch, another seed", {"warm": False, "random_state": 7}),
    ):
        out = (
            OUT
            / "identity"
            / f"{label.replace(' ', '-').replace(',', '').replace('%', 'percent')}.atlas"
        )
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(before.path, out)
        copy = bg.open(out)
        for c in names:
            copy.rename(c.id, f"mine {c.id}")
        after = bg.refit(
            out, papers / "papers.parquet", vectors=papers / "papers_minilm.npz", **options
        )
        lost = len(after.info().lost_edits)
        kept = sum((c.name or "").startswith("mine ") for c in after.snapshot.concept_records)
        (out / "journal.jsonl").unlink()
        after = bg.open(out)
        court = court or Court(before, after)
        fvu = after.info().quality["dictionary"]["fvu"]
        rows.append(
            [*measure(court, before, after, label), f"{kept} kept, {lost} listed as lost", fvu]
        )
    head = [
        "refit",
        "core keeps its id",
        "median cosine",
        "name kept",
        "old name's score within .05",
        "not worse by .05",
        "random directions",
        "row i with row i",
        "10 names set by a person",
        "FVU",
    ]
    table(
        f"Identity, {before.n_items} to {after.n_items} papers,"
        f" {len(before.snapshot.concept_records)} core concepts",
        head,
        rows,
    )


if __name__ == "__main__":
    main()
