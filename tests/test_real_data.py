"""The main job on 3,000 real papers with their real vectors."""

import numpy as np
import pyarrow.parquet as pq
import pytest

import begriff as bg
from begriff.encoders import MiniLM


@pytest.fixture(scope="module")
def papers(data, once):
    # whatever this processor can do, the figures are the same
    encoder = MiniLM(precision="float32")

    def make(folder):
        folder.mkdir()
        pq.write_table(
            pq.read_table(data / "papers" / "papers.parquet").slice(0, 3000),
            folder / "papers.parquet",
        )
        np.savez(
            folder / "vectors.npz", emb=np.load(data / "papers" / "papers_minilm.npz")["emb"][:3000]
        )
        options = {
            "text": ["title", "abstract"],
            "vectors": folder / "vectors.npz",
            "encoder": encoder,
        }
        bg.build(folder / "papers.parquet", out=folder / "papers.atlas", **options)

    return bg.open(once("papers", make) / "papers.atlas", encoder=encoder)


def test_names_beat_shuffled_names_and_a_frozen_decoder(papers):
    quality = papers.info().quality
    real = quality["names"]["strongest_decile"]
    assert real > 0.75
    assert real > quality["frozen_decoder"]["strongest_decile"] + 0.15
    assert abs(quality["shuffled_names"]["strongest_decile"] - 0.5) < 0.08
    assert quality["unique_names"] > 0.8


def test_concepts_are_found_again_and_random_ones_are_not(papers):
    figures = papers.info().quality["dictionary"]
    assert figures["stability"] > figures["stability_random"] + 0.3
    assert figures["background"] < 0.05
    assert figures["dead"] < 0.05
    assert figures["fvu"] < figures["fvu_core"] < figures["frozen_decoder"]["fvu_core"]


def test_filters_and_steering_keep_the_sum_exact(papers):
    options = {
        "more": "diffusion models",
        "less": "survey:0.8",
        "where": "year >= 2015 AND venue = 'icml'",
    }
    hits = papers.search("protein folding", k=10, **options)
    assert len(hits) == 10
    for hit in hits:
        assert hit.item["year"] >= 2015
        assert hit.item["venue"] == "icml"
        e = hit.explanation
        assert sum(c.value for c in e.contributions) + e.bias + e.rest - e.penalty == pytest.approx(
            hit.score, abs=1e-5
        )


def test_reasons_are_shown_more_often_than_a_random_five_would(papers):
    titles = [papers.snapshot.records([i])[0].item["title"] for i in range(0, 3000, 100)]
    gaps = [h.explanation.gap for t in titles for h in papers.search(t)]
    assert np.mean([g.shown for g in gaps]) > 0.4
    unexplained = [h for t in titles[:10] for h in papers.search(t) if not h.explanation.gap.shown]
    assert any(h.passage.words for h in unexplained)


def test_kinds_of_columns(papers):
    kinds = papers.info().columns
    assert (kinds["year"], kinds["venue"], kinds["abstract"], kinds["rating_avg"]) == (
        "number",
        "category",
        "text",
        "number",
    )


def test_differences_hold_in_the_other_half_and_permuted_ones_are_not_called(papers):
    from begriff.analysis.differences import compare, counts

    core = papers.snapshot.item_codes[:, : len(papers.snapshot.concept_records)]
    year = np.array(papers.snapshot.items.column("year"))
    rng = np.random.default_rng(0)
    groups = [rng.permutation(np.flatnonzero(m)) for m in (year <= 2014, year >= 2021)]
    first, second = (
        compare(*(counts(core[g[i::2]]) for g in groups), *(len(g[i::2]) for g in groups))
        for i in (0, 1)
    )
    called = np.nan_to_num(first.q, nan=1) <= 0.05
    assert called.sum() >= 10
    assert (np.sign(first.effect) == np.sign(second.effect))[called].mean() >= 0.95
    mixed = rng.permutation(np.concatenate(groups))
    n = len(groups[0])
    null = compare(counts(core[mixed[:n]]), counts(core[mixed[n:]]), n, len(mixed) - n)
    assert (np.nan_to_num(null.q, nan=1) <= 0.05).sum() <= 1


def test_findings_on_papers(papers):
    found = bg.trends(papers, "year", where="year >= 2005", limit=30)
    kinds = {t.kind for t in found.trends}
    assert {"emerging", "fading"} & kinds
    known = papers.snapshot.records([7])[0].text
    assert bg.novelty(papers, known, by="year").known is not None
    far = papers.search("graph neural networks for molecules", k=60, explain=False)[55]
    missed = bg.why_not(papers, "graph neural networks for molecules", far.id)
    assert missed.rank == 56
    for step in missed.steps[:1]:
        steer = {step.kind: {str(c.id): step.weight for c in step.concepts}}
        assert far.id in [
            h.id
            for h in papers.search(
                "graph neural networks for molecules", k=10, explain=False, **steer
            )
        ]
    space = bg.conceptualize(
        papers,
        ["vision", "language", "robots", "theorems", "games"],
        text="we prove a lower bound for online convex optimization",
    )
    assert space.concepts[0].name == "theorems"


@pytest.mark.slow
def test_planted_changes(data):
    import subprocess
    import sys
    from pathlib import Path

    script = Path(__file__).parents[1] / "benchmarks" / "planted.py"
    done = subprocess.run(
        [sys.executable, str(script), "--trials", "100"], capture_output=True, text=True, check=True
    )
    found = {
        line.split("|")[1].strip(): float(line.split("|")[3])
        for line in done.stdout.splitlines()
        if line.startswith("| x")
    }
    assert found["x 2"] >= 0.9
    assert found["x 1 (nothing planted)"] <= 0.05
    assert found["x 0"] > found["x 0.5"] > found["x 1 (nothing planted)"]
