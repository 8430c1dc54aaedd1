"""Whether reviews are the sum of the concepts of their labels: CCE beside other methods, random directions and the labels' own means.

    BEGRIFF_DATA=... python benchmarks/composition.py [--concepts 48] [--seeds 3]

CEBaB: restaurant reviews, each with what most of five people saw said of food, service, ambiance and noise (good or bad). What a method's
concepts of an item's labels leave of it, as a share of its distance from the mean, is its compositionality; 0 is perfect.
"""

from __future__ import annotations

import argparse

import numpy as np
from _common import encoded, table, texts

import begriff as bg
from begriff.metrics import compositionality

ASPECTS = ("food", "service", "ambiance", "noise")
METHODS = ("cce", "pca", "kmeans", "nmf", "seminmf", "topk", "archetypal")


def reviews() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Vectors of the reviews of which two aspects or more are known, and what was said of each; an empty string where nothing was."""
    found = texts("cebab_v11_train_dev")
    said = {
        a: np.array(
            [v if v in ("Positive", "Negative") else "" for v in found[f"{a}_aspect_majority"]]
        )
        for a in ASPECTS
    }
    _, first = np.unique(found["description"], return_index=True)
    rows = np.sort(first[sum((y != "").astype(int) for y in said.values())[first] >= 2])
    return encoded([found["description"][i] for i in rows]), {a: y[rows] for a, y in said.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--concepts", type=int, default=48)
    parser.add_argument("--seeds", type=int, default=3)
    a = parser.parse_args()
    X, labels = reviews()
    report = bg.compare_dictionaries(
        X, METHODS, n_concepts=a.concepts, labels=labels, seeds=a.seeds
    )
    has = np.stack([y == v for y in labels.values() for v in ("Positive", "Negative")], axis=1)
    centred = X - np.median(X, axis=0)
    means = np.stack([centred[who].mean(0) for who in has.T])
    keys = {
        "compositionality": "compositionality",
        "agreement": "agreement",
        "FVU": "fvu",
        "stability": "stability",
        "s": "seconds",
    }
    rows = [
        [m.name, m.n_concepts, *(str(m.figures.get(k, "-")) for k in keys.values())]
        for m in report.methods
        if not m.error
    ]
    rows.append(
        [
            "means of the labels",
            has.shape[1],
            compositionality(means, centred, has),
            *["-"] * (len(keys) - 1),
        ]
    )
    table(
        f"{len(X):,} reviews of two aspects or more, mean of {a.seeds} seeds",
        ["", "concepts", *keys],
        rows,
    )


if __name__ == "__main__":
    main()
