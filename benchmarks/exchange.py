"""Codes of autoencoders that other libraries saved themselves, and of ours that they read: the largest difference.

    BEGRIFF_DATA=... BEGRIFF_PEERS=/path/to/peers/bin/python python benchmarks/exchange.py

The peers' environment holds `dictionary-learning`, `sae-lens`, `eai-sparsify` and `overcomplete==0.3.0`. "Theirs, read" compares codes
of a library's own encoder with those of `PretrainedSAE`; "written back" is what the library makes of what `write_sae` wrote from that.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from _common import data, run_peer, table

from begriff.dictionaries import PretrainedSAE
from begriff.dictionaries.pretrained_sae import write_sae

KINDS = {
    "dictionary_learning": (
        "AutoEncoder",
        "GatedAutoEncoder",
        "JumpReluAutoEncoder",
        "AutoEncoderTopK",
        "BatchTopKSAE",
    ),
    "saelens": ("StandardSAE", "GatedSAE", "JumpReLUSAE", "TopKSAE"),
    "sparsify": ("TopK",),
    "overcomplete": ("TopKSAE",),
}


def peer(what: str, library: str, kind: str, folder: Path, vectors: Path) -> np.ndarray:
    codes = folder.with_suffix(".codes.npy")
    run_peer("exchange_peer.py", what, library, kind, folder, vectors, codes)
    return np.load(codes)


def main() -> None:
    X = np.load(data() / "papers" / "papers_minilm.npz")["emb"][:2000].astype(np.float32)
    rows = []
    with tempfile.TemporaryDirectory() as place:
        vectors = Path(place) / "x.npy"
        np.save(vectors, X)
        for library, kinds in KINDS.items():
            for kind in kinds:
                folder = Path(place) / f"{library}-{kind}"
                theirs = peer("save", library, kind, folder, vectors)
                sae = PretrainedSAE(folder, k=8 if library == "overcomplete" else None)
                codes = sae.fit(X).transform(X).toarray() / sae.lengths_
                write_sae(sae, folder.with_suffix(".back"), format=library)
                back = largest(
                    peer("load", library, kind_of(kind), folder.with_suffix(".back"), vectors)
                    - theirs
                )
                rows.append(
                    [
                        f"{library} {kind}",
                        float((theirs > 0).sum(1).mean()),
                        largest(codes - theirs),
                        back,
                    ]
                )
    table(
        "2,000 x 384, 96 concepts: largest difference of a strength",
        ["", "L0", "theirs, read", "written back"],
        rows,
    )


def largest(difference: np.ndarray) -> str:
    return f"{np.abs(difference).max():.0e}"


def kind_of(kind: str) -> str:
    """What a kind is written as: one threshold for all is one for each."""
    return "JumpReluAutoEncoder" if kind == "BatchTopKSAE" else kind


if __name__ == "__main__":
    main()
