"""What is told before a build works is what the build then takes."""

import json
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

import begriff as bg
from begriff.dictionaries import KMeans, MatryoshkaSAE
from begriff.encoders import Remote
from begriff.pipeline.estimate import estimate_build
from begriff.pipeline.plan import plan_job
from begriff.pipeline.timing import learning_seconds
from tests.conftest import BagOfWords, make_rows

PEAK = """
import json, resource, sys, time
import begriff as bg
start = time.process_time()
bg.build(sys.argv[1], text=["title", "abstract"], out=sys.argv[2], layout=False, **json.loads(sys.argv[3]))
print(json.dumps([time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def size_of(folder):
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def planned(source, out, text="body", encoder=None, vectors=None, dictionary="KMeans"):
    return plan_job(
        source, text=text, out=out, encoder=encoder, vectors=vectors, dictionary=dictionary
    )


def test_disk_is_right_within_a_factor_of_two_and_every_stage_has_seconds(tmp_path):
    rows = make_rows(400)
    texts = [r["body"] for r in rows]
    job = planned(rows, tmp_path / "x.atlas", encoder=BagOfWords())
    estimate = estimate_build(job, len(rows), sum(map(len, texts)), texts, layout=False)
    built = bg.build(
        rows,
        text="body",
        out=tmp_path / "x.atlas",
        encoder=BagOfWords(),
        dictionary="KMeans",
        layout=False,
    )
    assert estimate.disk_bytes / 2 < size_of(built.path) < 2 * estimate.disk_bytes
    stages = set(built.snapshot.store.require()["stages"]) - {"identity"}  # which takes no time
    assert set(estimate.seconds) == stages
    assert 0 < estimate.total_seconds < 600
    assert [label for label, _ in estimate.table()] == ["time", "memory", "disk"]


def test_more_items_take_more_of_everything(tmp_path):
    rows = make_rows(400)
    job = planned(rows, tmp_path / "x.atlas", encoder=BagOfWords())
    small, large = (
        estimate_build(job, n, 120 * n, [r["body"] for r in rows], layout=True)
        for n in (400, 400_000)
    )
    assert large.disk_bytes > 100 * small.disk_bytes
    assert large.memory_bytes > small.memory_bytes
    assert large.total_seconds > 10 * small.total_seconds
    assert large.seconds["map"] > small.seconds["map"]


def test_an_endpoint_is_priced_and_not_asked(tmp_path):
    rows = make_rows(100)
    # nothing answers there
    encoder = Remote("http://127.0.0.1:9/v1", "m", price=0.5, requests_per_minute=10)
    job = planned(rows, tmp_path / "x.atlas", encoder=encoder, dictionary=KMeans(16))
    estimate = estimate_build(job, 1_000_000, 400_000_000, [r["body"] for r in rows], layout=False)
    assert "100.00 million tokens" in estimate.endpoint
    assert "50.00 at 0.5 a million" in estimate.endpoint
    assert estimate.seconds["vectors"] >= 60 * 1_000_000 / 64 / 10
    assert dict(estimate.table())["endpoint"] == estimate.endpoint


def test_vectors_that_exist_are_not_encoded(tmp_path):
    rows = make_rows(400)
    job = planned(rows, tmp_path / "x.atlas", vectors=np.ones((400, 384), np.float32))
    estimate = estimate_build(job, 400, 40_000, [r["body"] for r in rows], layout=False)
    assert estimate.seconds["vectors"] < 1
    assert estimate.endpoint is None


@pytest.mark.parametrize(
    "dictionary",
    [MatryoshkaSAE(64, n_core=16, k=4, batch_size=32), KMeans(16)],
    ids=["trained", "clusters"],
)
def test_learning_is_timed_on_little_and_carried_on_to_much(dictionary):
    learning_seconds(dictionary, 500, 32)  # imports
    once, tenfold = (learning_seconds(dictionary, n, 32)[1] for n in (20_000, 200_000))
    assert 2 < tenfold / once < 200  # tenfold in proportion, a hundredfold squared


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "options"), [(500, {"encoder": "minilm"}), (2000, {"encoder": None})]
)
def test_a_real_build_is_estimated_within_a_factor_of_two(n, options, data, tmp_path, monkeypatch):
    """In seconds of the processor, so that what else runs here makes no difference."""
    monkeypatch.setattr("begriff.pipeline.timing.time.perf_counter", time.process_time)
    papers = (
        pq.read_table(data / "papers" / "papers.parquet")
        .slice(0, n)
        .select(["id", "title", "abstract"])
    )
    source, out = tmp_path / "papers.parquet", tmp_path / "papers.atlas"
    pq.write_table(papers, source)
    if options["encoder"] is None:
        np.save(
            tmp_path / "v.npy",
            np.load(data / "papers" / "papers_minilm.npz")["emb"][:n].astype(np.float32),
        )
        options = {**options, "vectors": str(tmp_path / "v.npy")}
    texts = [f"{r['title']}. {r['abstract']}" for r in papers.to_pylist()]
    job = planned(
        source,
        tmp_path / "other.atlas",
        ["title", "abstract"],
        options["encoder"],
        options.get("vectors"),
        None,
    )

    estimate = estimate_build(job, n, sum(map(len, texts)), texts[:: n // 64], layout=False)
    run = [sys.executable, "-c", PEAK, str(source), str(out), json.dumps(options)]
    taken, peak = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert estimate.total_seconds / 2 < taken < 2 * estimate.total_seconds
    peak *= 1 if sys.platform == "darwin" else 1024
    assert estimate.memory_bytes / 2 < peak < 2 * estimate.memory_bytes
    assert estimate.disk_bytes / 2 < size_of(out) < 2 * estimate.disk_bytes
