"""Ways to find concepts side by side on papers: `begriff compare-dictionaries` with all of them.

    BEGRIFF_DATA=... python benchmarks/dictionaries.py [--items 20000] [--concepts 256] [--seeds 3] [--with topk,nmf,...] [--plot FILE]

Fitted dictionaries are kept in `benchmarks/out/dictionaries`, from which an interrupted run goes on.
"""

from __future__ import annotations

import argparse

import numpy as np
import pyarrow.parquet as pq
from _common import OUT, data

import begriff as bg

METHODS = (
    "matryoshka,topk,batchtopk,jumprelu,gated,l1,archetypal,nmf,seminmf,convexnmf,recursivenmf,dictionarylearning,ica,pca,"
    "kmeans,agglomerative,hdbscan,pace,cce"
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--concepts", type=int, default=256)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--with", dest="methods", default=METHODS)
    parser.add_argument("--plot")
    a = parser.parse_args()
    papers, place = data() / "papers", OUT / f"papers-{a.items}"
    place.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pq.read_table(papers / "papers.parquet").slice(0, a.items), place / "papers.parquet"
    )
    np.save(
        place / "vectors.npy",
        np.load(papers / "papers_minilm.npz")["emb"][: a.items].astype(np.float32),
    )
    atlas = bg.build(
        place / "papers.parquet",
        text=["title", "abstract"],
        vectors=place / "vectors.npy",
        out=place / "papers.atlas",
        layout=False,
    )
    found = bg.compare_dictionaries(
        atlas, a.methods.split(","), n_concepts=a.concepts, by=["venue", "year"], seeds=a.seeds, keep=OUT / "dictionaries",
        progress=lambda done, total: print(f"\r{done} of {total}", end="", flush=True),
    )  # fmt: skip
    print("\n" + found.to_markdown())
    if a.plot:
        found.plot().savefig(a.plot)


if __name__ == "__main__":
    main()
