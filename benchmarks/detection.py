"""Detection by probes, one concept against all others, on held-out items.

BEGRIFF_DATA=... python benchmarks/detection.py
"""

from __future__ import annotations

import ast

import numpy as np
from _common import encoded, newsgroups, table, texts

from begriff.metrics import auroc
from begriff.probes import LAT, ConceptVector, DiffMean, IdealWords, Latent, Logistic
from begriff.probes.detection import compare_probes

SEEDS = 3
EMOTIONS = (
    "admiration",
    "amusement",
    "anger",
    "curiosity",
    "gratitude",
    "love",
    "optimism",
    "sadness",
)


def main() -> None:
    atlas = newsgroups()
    atoms = np.asarray(atlas.dictionary.components_)
    core = np.arange(len(atoms)) < atlas.dictionary.n_core_
    made = {
        "newsgroups20, a group": _newsgroups(atlas),
        "goemotions, an emotion": _goemotions(),
        "davidson, hate or offensive": _davidson(),
    }
    columns: dict[str, dict[str, list[float]]] = {}
    for name, (X, tasks, codes) in made.items():
        for seed in range(SEEDS):
            for y, groups in tasks:
                for method, value in one(X, y, groups, codes, atoms, core, seed).items():
                    columns.setdefault(method, {}).setdefault(name, []).append(value)
    order = sorted(columns, key=lambda m: -np.mean([np.mean(v) for v in columns[m].values()]))
    rows = [[m, *(_said(columns[m].get(n)) for n in made), _published(m)] for m in order]
    tasks = ", ".join(f"{n}: {len(t)} task(s)" for n, (_, t, _) in made.items())
    table(
        f"AUROC on held-out items: mean over tasks and {SEEDS} splits [middle 95 % of these]"
        f" ({tasks})",
        ["", *made, "AxBench (activations of a language model)"],
        rows,
    )


def one(X, y, groups, codes, atoms, core, seed: int, n: int = 2000) -> dict[str, float]:
    """AUROC of every method in one split: at most n items to learn from, as many held out."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(y))[: 2 * n]
    test = np.arange(len(rows)) % 2 == 0
    X, y = X[rows], y[rows]
    probes = {
        "DiffMean": DiffMean(),
        "Logistic": Logistic(),
        "LAT (pair differences)": LAT(),
        "LAT (items)": LAT(differences=False),
        "Latent (any atom)": Latent(components=atoms),
        "Latent (core atoms)": Latent(components=atoms, mask=core),
        "ConceptVector": ConceptVector(),
    }
    if groups is not None:
        probes["IdealWords"] = IdealWords()
    found = compare_probes(
        X,
        y,
        probes=probes,
        groups=None if groups is None else groups[rows],
        test=test,
        random_state=seed,
    )
    out = {r.name: r.auroc for r in found.rows}
    if codes is not None:
        out["SAE code, best one"] = _best_code(codes[rows], y, test)
    return out


def _best_code(codes, y, test) -> float:
    """The sparse code that ranks the training items best, as AxBench's SAE-A takes activations."""
    train, held = codes[~test].tocsc(), codes[test].tocsc()
    busy = np.argsort(
        -np.abs(
            np.asarray(train[y[~test]].mean(axis=0)) - np.asarray(train[~y[~test]].mean(axis=0))
        ).ravel()
    )[:50]
    dense = train[:, busy].toarray()
    scores = [auroc(c[y[~test]], c[~y[~test]]) for c in dense.T]
    c = held[:, [busy[int(np.argmax(scores))]]].toarray().ravel()
    return auroc(c[y[test]], c[~y[test]])


def _newsgroups(atlas):
    """Each of 20 groups against all; the second factor is how long an item is."""
    group = np.array(atlas.snapshot.items.dataset.to_table(columns=["group"]).to_pydict()["group"])
    words = np.array([len(t.split()) for batch in atlas.snapshot.items.texts() for t in batch])
    factor = np.digitize(words, np.quantile(words, [0.25, 0.5, 0.75]))
    X = np.asarray(atlas.vectors, dtype=np.float32)
    return X, [(group == g, factor) for g in np.unique(group)], atlas.region_codes.tocsr()


def _goemotions():
    """Eight emotions, each against all other comments of the sample; the second factor is whether a comment asks or cries out."""
    raw = texts("goemotions")
    rows = np.sort(np.random.default_rng(0).permutation(len(raw["text"]))[:12_000])
    said = [raw["text"][i] for i in rows]
    labels = [raw["labels"][i] for i in rows]
    labels = [set(ast.literal_eval(v)) if isinstance(v, str) else set(v) for v in labels]
    factor = np.array([2 * ("?" in t) + ("!" in t) for t in said])
    return encoded(said), [(np.array([e in v for v in labels]), factor) for e in EMOTIONS], None


def _davidson():
    """Hate or offensive against neither; the second factor is whether a tweet is one that was passed on or answers somebody."""
    raw = texts("davidson_hate_offensive")
    rows = np.sort(np.random.default_rng(0).permutation(len(raw["tweet"]))[:9_000])
    said = [raw["tweet"][i] for i in rows]
    factor = np.array([2 * ("RT @" in t) + t.startswith("@") for t in said])
    return encoded(said), [(np.array([str(raw["class"][i]) != "2" for i in rows]), factor)], None


def _said(values: list[float] | None) -> str:
    return (
        ""
        if values is None
        else (
            f"{np.mean(values):.3f} [{np.quantile(values, 0.025):.3f},"
            f" {np.quantile(values, 0.975):.3f}]"
        )
    )


def _published(method: str) -> str:
    known = {"DiffMean": ".942", "Logistic": ".940", "SAE code, best one": ".917 (SAE-A)"}
    return known.get(method, "")


if __name__ == "__main__":
    main()
