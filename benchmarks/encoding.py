"""Speed of encoding and its agreement with sentence-transformers; what the static encoder loses in nDCG.

BEGRIFF_DATA=... python benchmarks/encoding.py [--items 600] [--collections cranfield,cisi,cacm]
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time

import ir_measures
import numpy as np
import pyarrow.parquet as pq
import torch
from _common import data, table
from ir_measures import nDCG
from sentence_transformers import SentenceTransformer

from begriff.encoders import MiniLM, Static


def median_seconds(call, runs: int = 3) -> float:
    spent = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def score(encoder, name: str) -> float:
    folder = data() / "retrieval" / name
    corpus, queries = (
        [
            json.loads(line)
            for line in (
                gzip.decompress((folder / f"{part}.jsonl.gz").read_bytes()).decode().splitlines()
            )
        ]
        for part in ("corpus", "queries")
    )
    D = encoder.encode([f"{d.get('title', '')}. {d['text']}" for d in corpus])
    Q = encoder.encode([q["text"] for q in queries])
    lines = [
        line.split("\t") for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]
    ]
    qrels = [ir_measures.Qrel(q, d, int(float(r))) for q, d, r in lines]
    likeness, run = Q @ D.T, []
    for q, row in zip(queries, likeness, strict=True):
        run += [
            ir_measures.ScoredDoc(str(q["_id"]), str(corpus[i]["_id"]), float(row[i]))
            for i in np.argsort(-row)[:100]
        ]
    return ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=600)
    parser.add_argument("--collections", default="cranfield,cisi,cacm")
    arguments = parser.parse_args()
    n, collections = arguments.items, arguments.collections.split(",")
    torch.set_num_threads(2)
    papers = (
        pq.read_table(data() / "papers" / "papers.parquet", columns=["title", "abstract"])
        .slice(0, n)
        .to_pylist()
    )
    texts = [f"{p['title']}. {p['abstract']}" for p in papers]
    peer = SentenceTransformer(str(MiniLM.folder()), device="cpu")
    peer.max_seq_length = 256
    auto, full, static = (
        MiniLM(backend="torch"),
        MiniLM(precision="float32", backend="torch"),
        Static(),
    )
    ours, ours_full = MiniLM(backend="openvino"), MiniLM(precision="float32", backend="openvino")
    calls = {
        "sentence-transformers": lambda: peer.encode(texts, normalize_embeddings=True),
        "minilm, torch": lambda: auto.encode(texts),
        "minilm, torch, float32": lambda: full.encode(texts),
        "minilm, OpenVINO": lambda: ours.encode(texts),
        "minilm, OpenVINO, float32": lambda: ours_full.encode(texts),
        "static": lambda: static.encode(texts),
    }
    for call in calls.values():
        call()
    reference = calls["sentence-transformers"]()
    seconds = {name: median_seconds(call) for name, call in calls.items()}
    rows = []
    for name, call in calls.items():
        X = call()
        cosine = (X * reference).sum(1) if X.shape == reference.shape else None
        said = ["-", "-"] if cosine is None else [f"{cosine.mean():.5f}", f"{cosine.min():.5f}"]
        rows.append(
            [name, n / seconds[name], seconds["sentence-transformers"] / seconds[name], *said]
        )
    table(
        f"Encoding {n} papers (256 tokens), 2 threads, median of 3",
        ["", "items/s", "times the peer", "mean cosine", "least"],
        rows,
    )
    rows = [[name, score(auto, name), score(static, name)] for name in collections]
    table("nDCG@10", ["collection", "minilm", "static"], rows)


if __name__ == "__main__":
    main()
