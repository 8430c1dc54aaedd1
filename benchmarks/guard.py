"""A guard beside a logistic regression of the whole vector and the nearest prompt: what it catches, and what refinement moves.

BEGRIFF_DATA=... python benchmarks/guard.py
"""

from __future__ import annotations

import ast
import time
from itertools import pairwise

import numpy as np
from _common import data, encoded, table, texts
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from begriff.probes import DiffMean, Logistic
from begriff.tasks.guard import Guard
from begriff.tasks.guard.fit import conformal_threshold

SEEDS, FPR = 3, 0.02
HARMFUL = {"advbench": 521, "hate": 1430, "offensive": 3000}
HARMLESS = {"banking77": 3000, "goemotions neutral": 3000, "paper titles": 3000}
TWEETS = "harmless tweets"


def main() -> None:
    said = _texts()
    X = np.vstack([encoded(t) for t in said.values()])
    source = np.repeat(list(said), [len(t) for t in said.values()])
    near = near_duplicates(X)
    print(
        f"{len(X)} texts, {near.max() + 1} after joining those with a cosine of .9 or more; each"
        " such group lies on one side of a split"
    )
    for title, harmless in (
        ("harmless texts of other sources", [*HARMLESS]),
        ("harmless tweets among the harmless", [*HARMLESS, TWEETS]),
    ):
        _tables(title, X, source, near, harmless)


def _tables(title: str, X, source, near, harmless: list[str]) -> None:
    runs = [_run(X, source, near, harmless, seed) for seed in range(SEEDS)]
    methods = list(runs[0][0])
    columns = ["all harmful", *HARMFUL, "harmless flagged", f"{TWEETS} flagged"]
    rows = [
        [
            m,
            *(_mean([r[0][m][c] for r in runs]) for c in columns),
            _mean([r[1][m] for r in runs], 2),
        ]
        for m in methods
    ]
    table(
        f"Share flagged at {FPR:.0%} false positives, {title} (mean of {SEEDS} splits ± deviation)",
        ["", *columns, "ms a text"],
        rows,
    )
    moved = [[m, *(_mean([r[2][m][c] for r in runs]) for c in runs[0][2][m])] for m in runs[0][2]]
    head = [
        "",
        "flagged ones that pass afterwards",
        "their cosine with before",
        "harmless untouched, bit for bit",
        "harmless: mean of 1 - cosine",
        "ms a flagged text",
    ]
    table(f"Refinement, {title}", head, moved)


def _run(X, source, near, harmless: list[str], seed: int):
    side = np.random.default_rng(seed).random(near.max() + 1)[near]
    known, bad = np.isin(source, harmless), np.isin(source, [*HARMFUL])
    train, held = (side < 0.7) & (known | bad), side >= 0.7
    y = np.where(bad, source, "")
    shuffled = y.copy()
    shuffled[train] = np.random.default_rng(seed).permutation(y[train])
    guard = Guard(fpr=FPR, random_state=seed).fit(X[train], y[train])
    methods = {
        "guard (logistic, harmless prompts)": guard.decision_function,
        "guard, MLP": (
            Guard(fpr=FPR, classifier="mlp", random_state=seed)
            .fit(X[train], y[train])
            .decision_function
        ),
        "guard, plain cosines": (
            Guard(fpr=FPR, sharpness=0, random_state=seed).fit(X[train], y[train]).decision_function
        ),
        "guard, one concept for all": (
            Guard(fpr=FPR, random_state=seed).fit(X[train], bad[train]).decision_function
        ),
        "logistic regression of the vector, a concept": _regression(X, y, train, seed),
        "nearest prompt": _nearest(X, y, train, guard, seed),
        "guard, shuffled labels": (
            Guard(fpr=FPR, random_state=seed).fit(X[train], shuffled[train]).decision_function
        ),
    }
    shares, pace = {}, {}
    for name, decide in methods.items():
        flagged = decide(X) > 0
        shares[name] = {"all harmful": float(flagged[held & bad].mean())}
        shares[name] |= {c: float(flagged[held & (source == c)].mean()) for c in HARMFUL}
        shares[name] |= {
            "harmless flagged": float(flagged[held & known].mean()),
            f"{TWEETS} flagged": float(flagged[held & (source == TWEETS)].mean()),
        }
        pace[name] = _pace(decide, X[held])
    return shares, pace, _refined(guard, X, y, train, held & bad, held & known)


def _regression(X, y, train, seed: int):
    """The peer: scikit-learn's regression of the whole vector for every concept, calibrated on the same share."""
    from sklearn.linear_model import LogisticRegression

    fit, back = _hold_back(y, train, seed)
    models = [
        LogisticRegression(max_iter=500, class_weight="balanced").fit(X[r], y[r] == c)
        for c in HARMFUL
        for r in [fit & ((y == "") | (y == c))]
    ]
    return _calibrated(lambda Z: np.max([m.decision_function(Z) for m in models], axis=0), X[back])


def _nearest(X, y, train, guard: Guard, seed: int):
    """The peer: cosine with the nearest of the guard's harmful prompts, calibrated on the same share."""
    prompts = guard.similarities_.prompts[guard.similarities_.owner >= 0]
    return _calibrated(lambda Z: (Z @ prompts.T).max(axis=1), X[_hold_back(y, train, seed)[1]])


def _hold_back(y, train, seed: int):
    """Rows to learn from and harmless rows to calibrate with: the share that the guard holds back, too."""
    rows = np.flatnonzero(train & (y == ""))
    back = np.zeros(len(y), dtype=bool)
    back[np.random.default_rng(seed).permutation(rows)[: round(0.3 * len(rows))]] = True
    return train & ~back, back


def _calibrated(score, harmless):
    threshold = conformal_threshold(score(harmless), FPR)
    return lambda Z: score(Z) - threshold


def _refined(guard: Guard, X, y, train, bad, known) -> dict[str, dict[str, float]]:
    """Ours moves flagged vectors alone; the peer takes the direction of a probe out of all of them."""
    flagged = bad & guard.predict(X)
    rows = np.flatnonzero(flagged)[:200]
    start = time.perf_counter()
    ours = guard.refine(X[rows])
    pace = 1000 * (time.perf_counter() - start) / len(rows)
    quiet = X[known & ~guard.predict(X)]
    out = {
        "guard: nearest point that passes": _moved(
            guard, X[rows], ours, quiet, guard.refine(quiet), pace
        )
    }
    for probe in (Logistic(), DiffMean()):
        direction = probe.fit(X[train], y[train] != "").direction_
        start = time.perf_counter()
        projected = _without(X[rows], direction, float((quiet @ direction).mean()))
        pace = 1000 * (time.perf_counter() - start) / len(rows)
        name = f"all texts: direction of {type(probe).__name__} set to the harmless mean"
        out[name] = _moved(
            guard,
            X[rows],
            projected,
            quiet,
            _without(quiet, direction, float((quiet @ direction).mean())),
            pace,
        )
    return out


def _without(X, direction, shift: float):
    Z = X - np.outer(X @ direction - shift, direction)
    return (Z / np.linalg.norm(Z, axis=1, keepdims=True)).astype(np.float32)


def _moved(guard: Guard, before, after, quiet, quiet_after, pace: float) -> dict[str, float]:
    return {
        "passes": float((~guard.predict(after)).mean()),
        "cosine": float((before * after).sum(1).mean()),
        "same": float((quiet == quiet_after).all(axis=1).mean()),
        "harmless": (
            float(1 - (quiet.astype(np.float64) * quiet_after).sum(1).mean())
            if not np.array_equal(quiet, quiet_after)
            else 0.0
        ),
        "ms": pace,
    }


def _pace(decide, X, n: int = 300) -> float:
    """Median milliseconds of one text alone, the encoder apart."""
    took = []
    for row in X[:n]:
        start = time.perf_counter()
        decide(row[None])
        took.append(time.perf_counter() - start)
    return 1000 * float(np.median(took))


def near_duplicates(X, cosine: float = 0.9):
    """Groups (n,) of vectors that are joined by cosines of at least ``cosine``, counted from 0."""
    pairs = []
    for start, stop in pairwise([*range(0, len(X), 1000), len(X)]):
        i, j = np.nonzero(X[start:stop] @ X.T >= cosine)
        pairs.append(np.stack([i + start, j]))
    i, j = np.concatenate(pairs, axis=1)
    return connected_components(
        coo_array((np.ones(len(i), dtype=bool), (i, j)), shape=(len(X),) * 2), directed=False
    )[1]


def _texts() -> dict[str, list[str]]:
    """Harmful: advbench's goals, and tweets of davidson's classes hate and offensive. Harmless tweets are its class neither."""
    import pyarrow.parquet as pq

    tweets, emotions = texts("davidson_hate_offensive"), texts("goemotions")
    labels = [v if isinstance(v, list) else ast.literal_eval(v) for v in emotions["labels"]]
    classes = {
        c: [t for t, k in zip(tweets["tweet"], tweets["class"], strict=True) if str(k) == c]
        for c in "012"
    }
    found = {
        "advbench": texts("advbench_harmful_behaviors")["goal"],
        "hate": classes["0"],
        "offensive": classes["1"],
        "banking77": texts("banking77")["text"],
        "goemotions neutral": [
            t for t, v in zip(emotions["text"], labels, strict=True) if list(v) == ["neutral"]
        ],
        "paper titles": (
            pq.read_table(data() / "papers" / "papers.parquet", columns=["title"])[
                "title"
            ].to_pylist()
        ),
        TWEETS: classes["2"],
    }
    rng = np.random.default_rng(0)
    return {
        n: [found[n][i] for i in np.sort(rng.permutation(len(found[n]))[:k])]
        for n, k in {**HARMFUL, **HARMLESS, TWEETS: 3000}.items()
    }


def _mean(values: list[float], digits: int = 3) -> str:
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


if __name__ == "__main__":
    main()
