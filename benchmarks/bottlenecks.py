"""Sparse heads on concepts: accuracy at equal numbers of concepts a class, beside the full vectors, a frozen random decoder and
scikit-learn's solver; a linear part on top and its share; names shuffled; leakage.

BEGRIFF_DATA=... python benchmarks/bottlenecks.py accuracy --data newsgroups20 [--features full codes whole presence ...] [--seeds 0 1 2]
BEGRIFF_DATA=... python benchmarks/bottlenecks.py solver|names|leakage
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings

import numpy as np
from _common import OUT, data, encoded, newsgroups, table, texts
from scipy.sparse import csr_array

SIZES = (5, 10, 30)


def corpus(name: str):
    """The atlas, its labels, and given rows of a test set or None."""
    import begriff as bg

    if name == "newsgroups20":
        atlas = newsgroups()
        return atlas, atlas.snapshot.column("group"), None
    path = data() / "text" / "banking77.parquet"
    atlas = bg.build(
        path, text=["text"], encoder="minilm", layout=False, out=OUT / "banking77.atlas"
    )
    return (
        atlas,
        atlas.snapshot.column("category"),
        np.flatnonzero(atlas.snapshot.column("split") == "test"),
    )


def splits(y, test, seeds: list[int]):
    """Training and test rows: the given test set with resampled training rows (90 %), or a fifth of the items at random."""
    for seed in seeds:
        order = np.random.default_rng(seed).permutation(len(y))
        if test is None:
            yield seed, np.sort(order[len(y) // 5 :]), np.sort(order[: len(y) // 5])
        else:
            train = order[~np.isin(order, test)]
            yield seed, np.sort(train[len(train) // 10 :]), test


def presence(vectors, directions, reference):
    """How far items lie along directions beyond one standard deviation above the mean of the reference items; 0 below."""
    P, R = vectors @ directions.T, vectors[reference] @ directions.T
    return csr_array(np.maximum(P - R.mean(axis=0) - R.std(axis=0), 0))


def feature(atlas, name: str, train):
    """Features (n_items, n_concepts): codes, whole, presence, projection, or those of the frozen random decoder."""
    from begriff.kinds import Dictionary
    from begriff.pipeline.learn import code, reference_rows

    n, X = len(atlas.snapshot.concept_records), np.asarray(atlas.item_vectors)
    if name in ("frozen codes", "frozen presence"):
        (folder,) = atlas.path.glob("dictionary-*/control")
        frozen = Dictionary.load(folder)
        if name == "frozen presence":
            return presence(X, frozen.components_[:n], train)
        return csr_array(code(frozen, X, reference_rows(X))[:, :n])
    if name == "presence":
        return presence(X, atlas.components[:n], train)
    if name == "projection":
        return X @ atlas.components[:n].T
    return (
        atlas.snapshot.item_codes
        if name == "whole"
        else csr_array(atlas.snapshot.item_codes[:, :n])
    )


def full_probe(X, y, train, test) -> float:
    """Accuracy of a regression on whole vectors, C chosen on a fifth of the training rows."""
    from sklearn.linear_model import LogisticRegression

    order = np.random.default_rng(0).permutation(train)
    inner, held = order[len(order) // 5 :], order[: len(order) // 5]
    tried = {
        c: LogisticRegression(C=c, max_iter=1000).fit(X[inner], y[inner]).score(X[held], y[held])
        for c in (1, 3, 10, 30)
    }
    return (
        LogisticRegression(C=max(tried, key=tried.get), max_iter=1000)
        .fit(X[train], y[train])
        .score(X[test], y[test])
    )


def accuracy(args) -> None:
    from begriff.bottlenecks import Hybrid, SparseLinear

    atlas, y, given = corpus(args.data)
    X = np.asarray(atlas.item_vectors)
    found: dict[str, list[list[float]]] = {}
    for seed, train, test in splits(y, given, args.seeds):
        for name in args.features:
            if name == "full":
                found.setdefault("full vectors", []).append(
                    [full_probe(X, y, train, test)] * len(SIZES)
                )
                continue
            F = feature(atlas, name, train)
            scores, seconds, hybrids = [], [], []
            for size in SIZES:
                start = time.perf_counter()
                head = SparseLinear(n_active=size, random_state=seed).fit(F[train], y[train])
                seconds.append(time.perf_counter() - start)
                scores.append(head.score(F[test], y[test]))
                if args.hybrid:
                    both = Hybrid(head=head, fitted=True).fit(F[train], y[train], X[train])
                    shares = both.shares(F[test], X[test])
                    hybrids.append(
                        [
                            both.score(F[test], y[test], X[test]),
                            shares.labelled.mean(),
                            shares.same.mean(),
                        ]
                    )
            print(
                args.data,
                seed,
                name,
                scores,
                [round(t) for t in seconds],
                hybrids,
                file=sys.stderr,
                flush=True,
            )
            found.setdefault(name, []).append(scores)
            found.setdefault(f"{name}, seconds", []).append(seconds)
            if args.hybrid:
                for i, label in enumerate(("with linear part", "labelled share", "same decision")):
                    found.setdefault(f"{name}, {label}", []).append([h[i] for h in hybrids])
    rows: list[list[object]] = [
        [k, *(f"{m:.3f} ± {s:.3f}" for m, s in zip(np.mean(v, 0), np.std(v, 0), strict=True))]
        for k, v in found.items()
    ]
    table(
        f"{args.data}: accuracy at equal numbers of concepts a class, {len(args.seeds)} splits",
        ["", *map(str, SIZES)],
        rows,
    )


def solver(args) -> None:
    """One penalised solution to the same objective, ours and scikit-learn's saga."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    from begriff.bottlenecks.elastic_net import Design, elastic_net_path

    atlas, y, _ = corpus("newsgroups20")
    rows, ratio = [], 0.99
    places = np.unique(y, return_inverse=True)[1]
    design = Design.of(csr_array(feature(atlas, "codes", None).astype(float)), places, 20)
    scaled = csr_array(design.X * design.inverse[None, :])
    # saga takes no 64-bit places
    scaled.indices, scaled.indptr = scaled.indices.astype(np.int32), scaled.indptr.astype(np.int32)
    slopes = design.gradient(design.loss(design.logits(design.start()))[1])
    highest = np.abs(slopes[:-1]).max() / ratio

    def objective(W, penalty):
        return design.loss(design.logits(W))[0] + penalty * (
            ratio * np.abs(W[:-1]).sum() + (1 - ratio) / 2 * (W[:-1] ** 2).sum()
        )

    for share in (0.1, 0.02):
        penalty = share * highest
        penalties = highest * np.geomspace(1, share, 2 + int(-np.log(share) * 3))
        start = time.perf_counter()
        *_, last = elastic_net_path(design, penalties, l1_ratio=ratio, tol=1e-4)
        rows.append(
            [
                f"{share:g}",
                f"begriff, whole path of {len(penalties)}",
                time.perf_counter() - start,
                f"{objective(last.weights, penalty):.5f}",
            ]
        )
        start = time.perf_counter()
        *_, last = elastic_net_path(design, [penalty], l1_ratio=ratio, tol=1e-4)
        rows.append(
            [
                f"{share:g}",
                "begriff, this point alone",
                time.perf_counter() - start,
                f"{objective(last.weights, penalty):.5f}",
            ]
        )
        for steps in (10, 40, 160):
            theirs = LogisticRegression(
                solver="saga",
                l1_ratio=ratio,
                C=1 / (penalty * len(y)),
                max_iter=steps,
                tol=1e-9,
                random_state=0,
            )
            start = time.perf_counter()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                theirs.fit(scaled, y)
            took = time.perf_counter() - start
            W = np.vstack(
                [theirs.coef_.T, theirs.intercept_ + theirs.coef_ @ (design.mean * design.inverse)]
            )
            rows.append(
                [
                    f"{share:g}",
                    f"scikit-learn saga, {steps} epochs",
                    took,
                    f"{objective(W, penalty):.5f}",
                ]
            )
    table(
        "Time to the same objective, 20,000 x 1,024 codes, 20 classes",
        ["penalty / highest", "", "seconds", "objective"],
        rows,
    )


def names(args) -> None:
    """Activations predicted from names alone: cosine of an item with the name; weights learnt on codes stay."""
    from begriff.bottlenecks import SparseLinear

    rows = []
    for which in ("newsgroups20", "banking77"):
        atlas, y, given = corpus(which)
        X, n = np.asarray(atlas.item_vectors), len(atlas.snapshot.concept_records)
        said = [
            r.name or r.aliases[0] if (r.name or r.aliases) else ""
            for r in atlas.snapshot.concept_records
        ]
        T = encoded(said)
        for seed, train, test in splits(y, given, args.seeds):
            F, G = feature(atlas, "codes", train), presence(X, T, train)
            head = SparseLinear(n_active=10, random_state=seed).fit(F[train], y[train])
            # the same mean activation; guards silent names
            scale = [np.asarray(M[train].mean(axis=0)).ravel() + 1e-9 for M in (F, G)]
            order = np.random.default_rng(seed).permutation(n)
            given_ = csr_array(G[test] * (scale[0] / scale[1])[None, :])
            shuffled = csr_array(G[test][:, order] * (scale[0] / scale[1][order])[None, :])
            rows.append(
                [
                    which,
                    seed,
                    head.score(F[test], y[test]),
                    head.score(given_, y[test]),
                    head.score(shuffled, y[test]),
                ]
            )
    header = ["", "split", "codes", "activations from names", "from shuffled names"]
    table("Weights learnt on codes, 10 concepts a class; activations replaced", header, rows)


def leakage(args) -> None:
    """Aspects of restaurant reviews as concepts, the overall rating as label: logits, hard labels, a planted leak, and permuted logits."""
    from sklearn.linear_model import LogisticRegression

    from begriff.metrics import ctl, icl

    t = texts("cebab_v11_train_dev")
    aspects = ("food", "ambiance", "service", "noise")
    known = {"Negative": 0, "unknown": 1, "Positive": 2}
    rows = [
        i
        for i in range(len(t["id"]))
        if t["review_majority"][i] in set("12345")
        and all(t[f"{a}_aspect_majority"][i] in known for a in aspects)
    ]
    X = encoded([t["description"][i] for i in rows])
    true = np.array([[known[t[f"{a}_aspect_majority"][i]] for a in aspects] for i in rows])
    y = np.array([int(t["review_majority"][i]) for i in rows])
    groups = np.array([t["original_id"][i] for i in rows])
    out = []
    for seed in args.seeds:
        ids = np.unique(groups)
        # a review and its edits stay together
        held = np.isin(groups, np.random.default_rng(seed).permutation(ids)[: len(ids) // 2])
        soft = np.stack(
            [
                LogisticRegression(C=10, max_iter=1000)
                .fit(X[~held], c[~held])
                .decision_function(X[held])[:, 2]
                for c in true.T
            ],
            axis=1,
        )
        hard = np.stack(
            [
                LogisticRegression(C=10, max_iter=1000).fit(X[~held], c[~held]).predict(X[held])
                for c in true.T
            ],
            axis=1,
        ).astype(float)
        task = (
            soft
            + 3
            * LogisticRegression(C=10, max_iter=1000)
            .fit(X[~held], y[~held])
            .decision_function(X[held])
            @ np.arange(5)[:, None]
        )
        shuffled = np.random.default_rng(seed).permuted(soft, axis=0)  # each concept by itself
        for label, P in (
            ("logits", soft),
            ("hard labels", hard),
            ("logits + the label's logit", task),
            ("logits, permuted", shuffled),
        ):
            between = icl(P, true[held])
            out.append([label, seed, *ctl(P, true[held], y[held]), float(np.nanmean(between))])
    kinds = list(dict.fromkeys(r[0] for r in out))
    means = [[k, *np.mean([r[2:] for r in out if r[0] == k], axis=0).tolist()] for k in kinds]
    header = ["predicted concepts", *(f"CTL {a}" for a in aspects), "mean ICL"]
    table(
        f"CEBaB: leakage of four aspects into the rating, {len(rows):,} reviews, mean of"
        f" {len(args.seeds)} splits",
        header,
        means,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["accuracy", "solver", "names", "leakage"])
    parser.add_argument("--data", default="newsgroups20", choices=["newsgroups20", "banking77"])
    parser.add_argument(
        "--features",
        nargs="+",
        default=["full", "codes", "whole", "presence", "frozen codes", "frozen presence"],
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--hybrid", action="store_true")
    args = parser.parse_args()
    {"accuracy": accuracy, "solver": solver, "names": names, "leakage": leakage}[args.part](args)


if __name__ == "__main__":
    main()
