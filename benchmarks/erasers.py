"""Erasers beside concept-erasure: equality, time; and what probes find on held-out items of real data.

BEGRIFF_DATA=... BEGRIFF_PEERS=.../bin/python python benchmarks/erasers.py [equality] [time] [real[=SET]] [more] [retrieval[=SET]]
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from _common import data, encoded, newsgroups, table, texts

from begriff.erasers import INLP, LEACE, QLEACE, OracleLEACE, Projection
from begriff.metrics import auroc, ndcg

SEEDS = 3


def _peer(*arguments: str) -> str:
    peers = os.environ.get("BEGRIFF_PEERS")
    if not peers:
        sys.exit("set BEGRIFF_PEERS to the python of an environment with concept-erasure==0.2.4")
    script = Path(__file__).parent / "peers" / "leace_peer.py"
    return subprocess.run(
        [peers, str(script), *arguments], check=True, capture_output=True, text=True
    ).stdout


def _fixtures():
    """Name, vectors, labels."""
    rng = np.random.default_rng(0)
    mixing = rng.standard_normal((40, 40)) * np.geomspace(0.1, 3, 40)
    for name, n, k, p in (
        ("2 balanced classes", 2000, 2, [0.5, 0.5]),
        ("3 classes of 10, 30, 60 %", 2000, 3, [0.1, 0.3, 0.6]),
        ("fewer items than dimensions", 30, 2, [0.5, 0.5]),
        ("one item in 200, 1.2 sd away", 8000, 2, [0.995, 0.005]),
    ):
        y = rng.permutation(np.repeat(np.arange(k), np.round(np.array(p) * n).astype(int)))
        means = np.zeros((k, 40))
        means[:, : k - 1] = (1.2 if n == 8000 else 3) * np.eye(k)[:, 1:]
        yield name, (rng.standard_normal((n, 40)) + means[y]) @ mixing, y
    atlas = newsgroups()
    groups = np.array(atlas.snapshot.items.dataset.to_table(columns=["group"]).to_pydict()["group"])
    rows = np.flatnonzero(np.isin(groups, ["sci.med", "sci.space", "rec.autos"]))
    yield (
        "3 newsgroups, 3,000 x 384",
        np.asarray(atlas.item_vectors[rows], dtype=np.float64),
        np.unique(groups[rows], return_inverse=True)[1],
    )


def equality() -> None:
    rows = []
    for name, X, y in _fixtures():
        Z = np.eye(y.max() + 1)[y]
        with tempfile.TemporaryDirectory() as folder:
            fixture, out = Path(folder) / "in.npz", Path(folder) / "out.npz"
            np.savez(fixture, X=X, Z=Z, labels=y)
            _peer("edit", str(fixture), str(out))
            theirs = dict(np.load(out))
        worst, trace = 0.0, 0.0
        for shrinkage, affine, guard in itertools.product((True, False), repeat=3):
            ours = LEACE(shrinkage=shrinkage, affine=affine).fit(X, y).transform(X)
            other = theirs[f"leace {shrinkage} {affine} {guard}"]
            worst = max(worst, abs(ours - other).max())
            trace = max(trace, abs(np.var(ours, axis=0).sum() / np.var(other, axis=0).sum() - 1))
        orth = max(
            abs(Projection(affine=a).fit(X, y).transform(X) - theirs[f"orth True {a} True"]).max()
            for a in (True, False)
        )
        oracle = abs(OracleLEACE().fit_transform(X, y) - theirs["oracle"]).max()
        shrunk, other = QLEACE().fit_transform(X, y), theirs["quadratic True"]
        quadratic = abs((shrunk - shrunk.mean(0)) - (other - other.mean(0))).max()
        moved = abs(other.mean(0) - X.mean(0)).max()
        enough = np.bincount(y).min() > X.shape[1]
        plain = (
            (QLEACE(shrinkage=False).fit_transform(X, y), theirs["quadratic False"])
            if enough
            else ()
        )
        apart = [f"{_apart(A, y):.1e}" for A in plain] or ["-", "-"]
        left = [
            np.linalg.norm(_gaps(A, Z)) / np.linalg.norm(_gaps(X, Z))
            for A in (LEACE().fit(X, y).transform(X), theirs["default"])
        ]
        rows.append(
            [
                name,
                *(f"{v:.1e}" for v in (worst, trace, orth, oracle, quadratic, moved)),
                *apart,
                *(f"{v:.1e}" for v in left),
            ]
        )
    header = [
        "",
        "LEACE, all options",
        "its trace, relative",
        "orth",
        "oracle",
        "QLEACE, centred",
        "theirs moves the mean by",
    ]
    header += [
        f"{what}: {who}"
        for what in ("class covariances apart", "covariance left by LEACE, defaults")
        for who in ("begriff", "concept-erasure")
    ]
    table("Largest difference to concept-erasure 0.2.4 (svd_tol 1e-9), float64", header, rows)


def _apart(X, y):
    """Largest difference between covariances of two classes, relative to their largest entry."""
    C = [np.cov(X[y == c].T, bias=True) for c in range(y.max() + 1)]
    return max(abs(a - b).max() for a in C for b in C) / abs(C[0]).max()


def _gaps(X, Z):
    return (X - X.mean(0)).T @ (Z - Z.mean(0)) / len(X)


def speed() -> None:
    from threadpoolctl import threadpool_limits

    rng = np.random.default_rng(0)
    X = rng.standard_normal((100_000, 768), dtype=np.float32) @ (
        rng.standard_normal((768, 768), dtype=np.float32) / 28
    )
    y = rng.integers(0, 2, len(X))
    rows, ratios = [], []
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(2):
        np.save(f"{folder}/x.npy", X)
        np.save(f"{folder}/y.npy", y)
        for _ in range(3):
            runs = []
            for _ in range(3):
                start = time.perf_counter()
                LEACE().fit(X, y)
                runs.append(time.perf_counter() - start)
            theirs = json.loads(_peer("time", f"{folder}/x.npy", f"{folder}/y.npy"))
            ratios.append([statistics.median(runs), theirs["float32"], theirs["float64"]])
    ours, single, double = np.median(ratios, axis=0).tolist()
    rows = [
        ["begriff (float32 in, sums in float64)", ours, 1.0],
        ["concept-erasure, float32", single, single / ours],
    ]
    rows.append(["concept-erasure, float64", double, double / ours])
    table(
        "Fit LEACE, 100,000 x 768, two labels, 2 threads: median of 3 runs of medians of 3",
        ["", "seconds", "times ours"],
        rows,
    )


def _sets(seed: int, only: str = ""):
    """Name, vectors (float64), labels (n,) 0 or 1, groups that fit, group of each item; those whose name holds ``only``."""
    for name, make in (
        ("gender", _gender),
        ("toxicity", _toxicity),
        ("newsgroup 5 %", _newsgroup),
        ("newsgroup .5 %", _rare),
    ):
        if only in name:
            yield name, *make(np.random.default_rng(seed))


def _gender(rng):
    """Sentences about women and men; one half of the professions fits, the other is held out."""
    words = json.loads((data() / "words" / "debiaswe_gender_words.json").read_text())
    jobs = [w[0].replace("_", " ") for w in words["professions"]]
    people = [
        p
        for p in words["definitional_pairs"]
        if p[0] in {"woman", "girl", "mother", "daughter", "gal", "she"}
    ]
    said = [
        ("{} works as a {}." if f == "she" else "The {} works as a {}.", (f, m), job)
        for f, m in people
        for job in jobs
    ]
    sentences = [
        t.format(pair[g].capitalize() if pair[0] == "she" else pair[g], job)
        for t, pair, job in said
        for g in (0, 1)
    ]
    job_of = np.array([jobs.index(job) for _, _, job in said for _ in (0, 1)])
    return (
        _unit(encoded(sentences)),
        np.arange(len(sentences)) % 2,
        rng.permutation(len(jobs))[: len(jobs) // 2],
        job_of,
    )


def _toxicity(rng):
    """Tweets that are hateful or offensive against neither."""
    tweets = texts("davidson_hate_offensive")
    kept = np.random.default_rng(0).permutation(len(tweets["tweet"]))[:8000]
    vectors = _unit(encoded([tweets["tweet"][i] for i in kept]))
    return vectors, (np.array(tweets["class"])[kept] < 2).astype(int), *_half(rng, len(kept))


def _medical():
    atlas = newsgroups()
    groups = np.array(atlas.snapshot.items.dataset.to_table(columns=["group"]).to_pydict()["group"])
    return np.asarray(atlas.item_vectors, dtype=np.float64), (groups == "sci.med").astype(int)


def _newsgroup(rng):
    """One newsgroup against all others."""
    X, y = _medical()
    rows = rng.permutation(len(y))[:8000]
    return X[rows], y[rows], *_half(rng, len(rows))


def _rare(rng):
    """The same group thinned to one item in 200; each half has half of them."""
    X, y = _medical()
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(y))[:96], rng.permutation(np.flatnonzero(y == 0))]
    )
    X, y = X[rows], y[rows]
    return X, y, [0], np.arange(len(rows)) % 2


def _unit(X):
    return np.asarray(X, dtype=np.float64)


def _half(rng, n):
    return rng.permutation(n)[: n // 2], np.arange(n)


class _Random:
    """The control: off one random direction."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, X, y):
        self.edit = Projection(
            np.random.default_rng(self.seed).standard_normal((1, X.shape[1]))
        ).fit(X)
        return self

    def transform(self, X):
        return self.edit.transform(X)


def _editors(seed: int):
    return {
        "none": None,
        "random direction": _Random(seed),
        "LEACE": LEACE(),
        "Projection": Projection(),
        "INLP": INLP(random_state=seed),
        "QLEACE (told labels)": QLEACE(),
    }


def _edit(editor, A, y):
    if editor is None:
        return A
    return editor.transform(A, y) if isinstance(editor, QLEACE) else editor.transform(A)


def _linear(A, y, B, z):
    """AUROC on (B, z) of a logistic probe fitted on (A, y), and its balanced accuracy."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score

    mean, spread = A.mean(0), A.std()
    probe = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000).fit(
        (A - mean) / spread, y
    )
    along = probe.decision_function((B - mean) / spread)
    return auroc(along[z == 1], along[z == 0]), balanced_accuracy_score(z, along > 0)


def _curved(A, y, B, z, seed):
    """AUROC of an MLP and of 15 nearest neighbours."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier

    mean, spread = A.mean(0), A.std()
    A, B = (((S - mean) / spread).astype(np.float32) for S in (A, B))
    net = MLPClassifier((64,), alpha=1e-2, max_iter=20, n_iter_no_change=20, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(A, y)
    near = KNeighborsClassifier(15, weights="distance").fit(A, y)
    return [
        auroc(p[z == 1], p[z == 0])
        for p in (net.predict_proba(B)[:, 1], near.predict_proba(B)[:, 1])
    ]


def _neighbours(X):
    # guards a vector that was erased whole
    X = X / np.maximum(np.linalg.norm(X, axis=1, keepdims=True), 1e-12)
    close = X @ X.T
    np.fill_diagonal(close, -np.inf)
    return np.argpartition(-close, 10, axis=1)[:, :10]


def _row(editor, train, test, seed):
    """Figures of one eraser on one split."""
    (A, y), (B, z) = train, test
    start = time.perf_counter()
    if editor is not None:
        editor.fit(A, y)
    seconds = time.perf_counter() - start
    EA, EB = _edit(editor, A, y), _edit(editor, B, z)
    part = np.random.default_rng(seed).permutation(len(B))
    a, b = part[: len(B) // 2], part[len(B) // 2 :]
    some = part[:2000]
    kept = np.mean(
        [
            len(np.intersect1d(p, q)) / 10
            for p, q in zip(_neighbours(B[some]), _neighbours(EB[some]), strict=True)
        ]
    )
    change = ((EB - B) ** 2).sum() / ((B - A.mean(0)) ** 2).sum()
    linear = _linear(EA, y, EB, z)
    return [
        *linear,
        _linear(EB[a], z[a], EB[b], z[b])[0],
        *_curved(EA, y, EB, z, seed),
        kept,
        change,
        getattr(editor, "n_iterations_", np.nan),
        seconds,
    ]


def real(only: str = "") -> None:
    found: dict[str, dict[str, list]] = {}
    spread: dict[str, tuple] = {}
    for seed in range(SEEDS):
        for name, X, y, chosen, group in _sets(seed, only):
            fits = np.isin(group, chosen)
            train, test = (X[fits], y[fits]), (X[~fits], y[~fits])
            p, n = (test[1] == 1).sum(), (test[1] == 0).sum()
            # of an AUROC by chance
            ranks = [
                1.96 * np.sqrt((i + j + 1) / (12 * i * j)) for i, j in ((p, n), (p / 2, n / 2))
            ]
            # of the mean of two recalls by chance
            spread[name] = (*ranks, max(p, n) / (p + n), 1.96 * np.sqrt(1 / p + 1 / n) / 4)
            for label, editor in _editors(seed).items():
                found.setdefault(name, {}).setdefault(label, []).append(
                    _row(editor, train, test, seed)
                )
    for name, by in found.items():
        whole, half, majority, accuracy = spread[name]
        rows = []
        for label, runs in by.items():
            runs = np.array(runs)
            inside = [int((abs(runs[:, c] - 0.5) <= w).sum()) for c, w in ((0, whole), (2, half))]
            mean = runs.mean(0)
            rows.append(
                [
                    label,
                    f"{mean[0]:.3f} ({inside[0]}/{SEEDS})",
                    f"{mean[1]:.3f}",
                    f"{mean[2]:.3f} ({inside[1]}/{SEEDS})",
                    *(f"{v:.3f}" for v in mean[3:7]),
                    "-" if np.isnan(mean[7]) else f"{mean[7]:.0f}",
                    f"{mean[8]:.2f}",
                ]
            )
        header = [
            "eraser",
            f"linear AUROC (chance .5 ± {whole:.3f})",
            f"balanced accuracy (.5 ± {accuracy:.3f})",
            f"fresh linear AUROC (± {half:.3f})",
            "MLP",
            "15 nearest",
            "overlap@10",
            "change",
            "rounds",
            "seconds",
        ]
        table(f"{name}: majority {majority:.3f}, mean of {SEEDS} seeds", header, rows)


def more() -> None:
    """What a probe that is fitted on other items finds, by the number of items that the eraser was fitted on."""
    X, y = _medical()
    rows = []
    for n in (500, 1000, 2000, 4000, 8000, 15_000):
        found = []
        for seed in range(SEEDS):
            order = np.random.default_rng(seed).permutation(len(y))
            fits, a, b = order[:n], order[-4000:-2000], order[-2000:]
            eraser = LEACE().fit(X[fits], y[fits])
            found.append(_linear(eraser.transform(X[a]), y[a], eraser.transform(X[b]), y[b])[0])
        rows.append([n, float(np.mean(found)), min(found), max(found)])
    table(
        "LEACE on newsgroup 5 %: AUROC of a linear probe fitted on 2,000 other items",
        ["items fitted", "mean", "least", "most"],
        rows,
    )


def _cranfield():
    folder = data() / "retrieval" / "cranfield"
    documents, asked = (
        [
            json.loads(line)
            for line in gzip.decompress((folder / f"{f}.jsonl.gz").read_bytes()).splitlines()
        ]
        for f in ("corpus", "queries")
    )
    gains: dict[str, dict[str, float]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        q, d, g = line.split("\t")
        gains.setdefault(q, {})[d] = float(g)
    D, Q = (
        encoded([d["text"] or d["title"] for d in documents]),
        encoded([q["text"] for q in asked]),
    )
    return [d["_id"] for d in documents], [q["_id"] for q in asked], _unit(D), _unit(Q), gains


def _ndcg(ids, asked, D, Q, gains):
    # guards a vector that was erased whole
    D = D / np.maximum(np.linalg.norm(D, axis=1, keepdims=True), 1e-12)
    order = np.argsort(-(Q @ D.T), axis=1)[:, :10]
    scores = [
        ndcg([gains[q].get(ids[i], 0) for i in o], list(gains[q].values()))
        for q, o in zip(asked, order, strict=True)
        if q in gains
    ]
    return float(np.nanmean(scores))


def retrieval(only: str = "") -> None:
    ids, asked, D, Q, gains = _cranfield()
    found: dict[str, dict[str, list[float]]] = {}
    for seed in range(SEEDS):
        for name, X, y, chosen, group in _sets(seed, only):
            fits = np.isin(group, chosen)
            for label, editor in _editors(seed).items():
                if isinstance(editor, QLEACE):
                    continue
                if editor is not None:
                    editor.fit(X[fits], y[fits])
                score = _ndcg(ids, asked, _edit(editor, D, None), _edit(editor, Q, None), gains)
                found.setdefault(label, {}).setdefault(name, []).append(score)
    names = list(next(iter(found.values())))
    rows = [[label, *(f"{np.mean(by[n]):.4f}" for n in names)] for label, by in found.items()]
    table(
        "nDCG@10 on cranfield, documents and queries edited by erasers fitted elsewhere, mean of"
        f" {SEEDS} seeds",
        ["eraser", *names],
        rows,
    )


def main() -> None:
    parts = {
        "equality": equality,
        "time": speed,
        "real": real,
        "more": more,
        "retrieval": retrieval,
    }
    for asked in sys.argv[1:] or parts:
        name, _, only = asked.partition("=")
        parts[name](*([only] if only else []))


if __name__ == "__main__":
    main()
