"""What search keeps when items are rewritten as concepts: nDCG@10 of full-precision queries on reconstructed items.

    BEGRIFF_DATA=... python benchmarks/retrieval.py [--seeds 3] [--repeat 8]

A TopK dictionary (4,096 concepts, 32 an item) learns the papers' vectors and those of the collections' documents, which come ``--repeat``
times, since they are few; activations are fitted again on the support, with neighbours among the documents. Beside it: the vectors as they are,
cut to 128 dimensions by PCA (four times the numbers of a code), the same codes without the fit, and a frozen random decoder.
"""

from __future__ import annotations

import argparse
import gzip
import json

import ir_measures
import numpy as np
from _common import data, encoded, table
from ir_measures import nDCG

from begriff.dictionaries import PCA, TopKSAE
from begriff.pipeline.learn import code, reference_rows

COLLECTIONS = ("cranfield", "cisi", "cacm")


def read(name: str):
    """Ids and vectors of documents, ids and vectors of queries, judgements."""
    folder = data() / "retrieval" / name
    docs, queries = (
        [
            json.loads(line)
            for line in (
                gzip.decompress((folder / f"{part}.jsonl.gz").read_bytes()).decode().splitlines()
            )
        ]
        for part in ("corpus", "queries")
    )
    lines = [
        line.split("\t") for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]
    ]
    D = encoded([". ".join(p for p in (d.get("title", ""), d["text"]) if p) for d in docs])
    Q = encoded([q["text"] for q in queries])
    return (
        [str(d["_id"]) for d in docs],
        D,
        [str(q["_id"]) for q in queries],
        Q,
        [ir_measures.Qrel(q, d, int(float(r))) for q, d, r in lines],
    )


def score(collection, D: np.ndarray) -> float:
    """nDCG@10 of the queries on documents D."""
    ids, _, asked, Q, qrels = collection
    likeness, run = Q @ (D / np.maximum(np.linalg.norm(D, axis=1, keepdims=True), 1e-9)).T, []
    for q, row in zip(asked, likeness, strict=True):
        run += [
            ir_measures.ScoredDoc(q, ids[i], float(row[i]))
            for i in np.argsort(-row, kind="stable")[:100]
        ]
    return ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=12)
    asked = parser.parse_args()
    collections = [read(name) for name in COLLECTIONS]
    papers = np.load(data() / "papers" / "papers_minilm.npz")["emb"].astype(np.float32)
    papers /= np.linalg.norm(papers, axis=1, keepdims=True)
    documents = np.concatenate([c[1] for c in collections])
    X = np.concatenate([papers, *[documents] * asked.repeat])
    rewritten: dict[str, list[list[np.ndarray]]] = {}
    for seed in range(asked.seeds):
        for label, options in (("", {}), (", frozen random decoder", {"freeze_decoder": True})):
            made = TopKSAE(4096, k=32, max_epochs=asked.epochs, random_state=seed, **options).fit(X)
            codes = [code(made, c[1], reference_rows(c[1])) for c in collections]
            rewritten.setdefault(f"concepts{label}", []).append(
                [made.inverse_transform(c) for c in codes]
            )
            if not label:
                plain = [made.inverse_transform(made.transform(c[1])) for c in collections]
                rewritten.setdefault("concepts, strengths of the encoder", []).append(plain)
    cut = PCA(128).fit(X)
    rewritten["128 dimensions (PCA)"] = [
        [cut.inverse_transform(cut.transform(c[1])) for c in collections]
    ]
    whole = [score(c, c[1]) for c in collections]
    rows = [["vectors as they are", *whole, 1.0]]
    for label, runs in rewritten.items():
        kept = (
            np.array([[score(c, D) for c, D in zip(collections, run, strict=True)] for run in runs])
            / whole
        )
        rows.append([label, *kept.mean(0).tolist(), float(kept.mean())])
    table(
        f"nDCG@10 of the whole vectors, then the share kept, {asked.seeds} seeds",
        ["items", *COLLECTIONS, "mean"],
        rows,
    )


if __name__ == "__main__":
    main()
