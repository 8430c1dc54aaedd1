"""Tests of importance: level, power and false discovery rate where the truth is planted, and one run on real data.

    BEGRIFF_DATA=... python benchmarks/importance.py [--nulls 1000] [--only marginal,few,many,local,rate,sobol,news]

BEGRIFF_PEERS names a Python with SALib (and, for BEGRIFF_IBYDMT, jaxtyping, ml_collections, torch, scikit-learn); BEGRIFF_IBYDMT the folder
of the sequential tests of Teneggi and Sulam. Without them their columns say "not run".
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from _common import newsgroups, table

from begriff.importance import (
    GaussianSampler,
    KernelSampler,
    conditional_skit,
    hsic,
    linear_effects,
    local_skit,
    skit,
    sobol_indices,
)

SEEDS = (0, 1, 2)
PEER_TESTS = 8
"""The peer takes about a second a test."""
PEER = Path(__file__).parent / "peers" / "importance_peer.py"


def peer(*args: object, **arrays: np.ndarray) -> dict | None:
    """What the peer says, or None where it is not there."""
    python = os.environ.get("BEGRIFF_PEERS")
    if not python or (arrays and "BEGRIFF_IBYDMT" not in os.environ):
        return None
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder) / "in.npz", Path(folder) / "out.json"
        if arrays:
            np.savez(given, **arrays)
            args = (*args, given)
        subprocess.run(
            [python, str(PEER), *map(str, args), str(out)],
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        return json.loads(out.read_text())


def shares(values: list[float]) -> str:
    """Every seed's share."""
    return " / ".join(f"{v:.3f}" for v in values)


def said(found: list[dict | None], key: str = "rejected") -> str:
    return (
        "not run" if None in found or not found else shares([float(np.mean(f[key])) for f in found])
    )


def marginal(nulls: int) -> None:
    rows, n = [], 400
    long = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        long.append(
            skit(
                rng.normal(size=(3000, nulls)), rng.normal(size=(3000, nulls)), random_state=seed
            ).rejected.mean()
        )
    rows.append(["0, 3,000 items", nulls, shares(long), "", "", "", "", "", ""])
    for rho in (0.0, 0.1, 0.2, 0.3, 0.5):
        tests = nulls if rho == 0 else 200
        ours, batch, steps, theirs, seconds, batch_seconds = [], [], [], [], [], []
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            Z = rng.normal(size=(n, tests))
            Y = rho * Z + np.sqrt(1 - rho**2) * rng.normal(size=(n, tests))
            began = time.process_time()
            found = skit(Y, Z, random_state=seed)
            seconds.append(1e3 * (time.process_time() - began) / tests)
            ours.append(found.rejected.mean())
            steps.append(2 * found.steps.mean())
            began = time.process_time()
            batch.append(
                np.mean(
                    [
                        hsic(Y[:, i], Z[:, [i]], n_permutations=99, random_state=seed).rejected[0]
                        for i in range(200)
                    ]
                )
            )
            batch_seconds.append(1e3 * (time.process_time() - began) / 200)
            if rho in (0.0, 0.3):
                theirs.append(peer("marginal", y=Y[:, :PEER_TESTS].T, z=Z[:, :PEER_TESTS].T))
        peer_ms = (
            "not run"
            if None in theirs or not theirs
            else float(np.median([1e3 * t["seconds"] / PEER_TESTS for t in theirs]))
        )
        rows.append(
            [
                rho,
                tests,
                shares(ours),
                said(theirs),
                shares(batch),
                float(np.mean(steps)),
                float(np.median(seconds)),
                peer_ms,
                float(np.median(batch_seconds)),
            ]
        )
    head = [
        "correlation",
        "tests a seed",
        "skit",
        f"IBYDMT ({PEER_TESTS} tests a seed)",
        "HSIC, 99 permutations (200 tests a seed)",
    ]
    head += [
        "skit: items used of 400",
        "skit, CPU ms a test",
        "IBYDMT, CPU ms a test",
        "permutations, CPU ms a test",
    ]
    table("Marginal: share rejected at .05 (three seeds), 400 items", head, rows)


def wide_problem(seed: int, n: int, n_proxies: int, rho: float = 0.6):
    """One cause and proxies that go along with it: dependent on the output, not given the cause."""
    rng = np.random.default_rng(seed)
    covariance = np.full((n_proxies + 1, n_proxies + 1), rho**2)
    covariance[0] = covariance[:, 0] = rho
    np.fill_diagonal(covariance, 1.0)
    Z = rng.multivariate_normal(np.zeros(n_proxies + 1), covariance, size=n)
    return (
        Z[:, 0] + 0.2 * rng.normal(size=n),
        Z,
        GaussianSampler(mean=np.zeros(n_proxies + 1), covariance=covariance),
    )


def proxies(nulls: int, n_proxies: int) -> None:
    rows, n, reference = [], 500, 1000
    makers = {
        "exact": lambda exact, Z: exact,
        "Gaussian, fitted on 1,000 others": lambda exact, Z: GaussianSampler().fit(Z),
        "kernel, regression taken off (default)": lambda exact, Z: KernelSampler().fit(Z),
        "kernel alone": lambda exact, Z: KernelSampler(linear=False).fit(Z),
    }
    for name, make in makers.items():
        level, power, without, seconds, theirs = [], [], [], [], []
        sets = (
            nulls // (3 * n_proxies if n_proxies < 10 else n_proxies)
            if name == "exact"
            else max(60 // n_proxies, 10)
        )
        for seed in SEEDS:
            found, given = [], []
            began = time.process_time()
            for i in range(sets):
                y, Z, exact = wide_problem(seed * 100_000 + i, n + reference, n_proxies)
                sampler = make(exact, Z[n:])
                found.append(conditional_skit(y[:n], Z[:n], sampler, random_state=i).rejected)
                if i < PEER_TESTS and name == "exact" and n_proxies == 2:
                    given.append((y[:n], Z[:n], exact.draw(Z[:n], 1, np.random.default_rng(i))))
                    without.append(skit(y[:n], Z[:n], random_state=i).rejected[1:].mean())
            seconds.append(1e3 * (time.process_time() - began) / sets / (n_proxies + 1))
            power.append(np.mean([f[0] for f in found]))
            level.append(np.mean([f[1:].mean() for f in found]))
            if given:
                y, z, drawn = (np.stack(v) for v in zip(*given, strict=True))
                theirs.append(peer("conditional", y=y, z=z, drawn=drawn, concept=np.array(1)))
        peers = said(theirs) if theirs else ""
        if theirs and None not in theirs:
            peers += (
                f" ({PEER_TESTS} nulls a seed,"
                f" {np.median([1e3 * t['seconds'] / PEER_TESTS for t in theirs]):.0f} CPU ms a"
                " test)"
            )
        rows.append(
            [
                n_proxies,
                name,
                sets * n_proxies,
                shares(level),
                peers,
                shares(power),
                float(np.median(seconds)),
            ]
        )
        if without:
            rows.append(
                [
                    n_proxies,
                    "marginal skit on the same (control)",
                    2 * PEER_TESTS,
                    f"{np.mean(without):.3f}",
                    "",
                    "",
                    "",
                ]
            )
    head = [
        "proxies",
        "sampler",
        "nulls a seed",
        "nulls rejected at .05",
        "IBYDMT, same draws",
        "cause rejected",
        "CPU ms a test, sampler included",
    ]
    table(
        "Conditional: proxies depend on the output, but not given its cause; 500 items", head, rows
    )


def local(nulls: int) -> None:
    rows = []
    sampler = GaussianSampler(
        mean=np.zeros(3), covariance=np.array([[1, 0.8, 0], [0.8, 1, 0], [0, 0, 1.0]])
    )
    cases = {
        "goes along with the cause, which is given": ([0], 1, True),
        "goes along with the cause, which is not": ([2], 1, False),
        "the cause": ([2], 0, False),
    }
    for name, (given, concept, null) in cases.items():
        ours, steps, seconds, theirs = [], [], [], []
        tests = nulls // 3 if null else 100
        for seed in SEEDS:
            rng = np.random.default_rng(seed)

            def model(Z, rng=rng):
                return np.tanh(Z[:, 0]) + 0.3 * Z[:, 2]

            began, found = time.process_time(), []
            for i in range(tests):
                z = rng.normal(1, 0.3, size=3)
                found.append(
                    local_skit(
                        model,
                        z,
                        sampler,
                        given=given,
                        concepts=[concept],
                        n_steps=200,
                        random_state=i,
                    )
                )
            seconds.append(1e3 * (time.process_time() - began) / tests)
            ours.append(np.mean([f.rejected[0] for f in found]))
            steps.append(np.mean([f.steps[0] for f in found]))
            zs = rng.normal(1, 0.3, size=(PEER_TESTS, 3))
            both = [
                [model(sampler.complete(z, s, 201, rng)) for z in zs]
                for s in ([*given, concept], given)
            ]
            theirs.append(peer("local", y=np.stack(both[0]), z=np.stack(both[1])))
        peer_ms = (
            "not run"
            if None in theirs
            else float(np.median([1e3 * t["seconds"] / PEER_TESTS for t in theirs]))
        )
        rows.append(
            [
                name,
                tests,
                shares(ours),
                said(theirs),
                float(np.mean(steps)),
                float(np.median(seconds)),
                peer_ms,
            ]
        )
    head = [
        "concept",
        "tests a seed",
        "rejected at .05",
        f"IBYDMT ({PEER_TESTS} tests a seed)",
        "bets of at most 200",
        "CPU ms a test",
        "IBYDMT, CPU ms a test",
    ]
    table("Local: one item, exact sampler", head, rows)


def rate() -> None:
    rows = []
    rules = {
        "skit, fdr=True": lambda y, Z, s: skit(y, Z, fdr=True, alpha=0.1, random_state=s).rejected,
        "skit, each at .1 (control)": (
            lambda y, Z, s: skit(y, Z, alpha=0.1, random_state=s).rejected
        ),
        "HSIC, 199 permutations, Benjamini-Hochberg": lambda y, Z, s: (
            hsic(y, Z, n_permutations=199, fdr=True, alpha=0.1, random_state=s).rejected
        ),
    }
    for name, rule in rules.items():
        false, power = [], []
        for seed in SEEDS:
            proportions, found = [], []
            for i in range(15):
                rng = np.random.default_rng([seed, i])
                # the nulls depend on each other
                Z = rng.normal(size=(800, 100)) + rng.normal(size=(800, 1))
                Z[:, :10] = rng.normal(size=(800, 10))
                rejected = rule(Z[:, :10].sum(1) + rng.normal(size=800), Z, i)
                proportions.append(rejected[10:].sum() / max(1, rejected.sum()))
                found.append(rejected[:10].mean())
            false.append(np.mean(proportions))
            power.append(np.mean(found))
        rows.append([name, shares(false), shares(power)])
    table(
        "False discovery rate at .1: 10 of 100 concepts matter, 800 items, 15 problems a seed",
        ["", "false discoveries", "found"],
        rows,
    )


def sobol() -> None:
    def ishigami(masks):
        x = np.pi * (2 * masks - 1)
        return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])

    truth, rows = np.array([[0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]]), []
    for n in (32, 128, 512, 2048):
        errors, theirs, forwards = [], [], 0
        for seed in range(10):
            found = sobol_indices(ishigami, 3, n_designs=n, random_state=seed)
            errors.append(
                [np.abs(found.first - truth[0]).mean(), np.abs(found.total - truth[1]).mean()]
            )
            forwards = found.n_forwards
            one = peer("sobol", seed, n)
            theirs.append(
                one
                and [np.abs(one["first"] - truth[0]).mean(), np.abs(one["total"] - truth[1]).mean()]
            )
        said_by = ["not run"] * 2 if None in theirs else np.mean(theirs, 0).tolist()
        rows.append([forwards, *np.mean(errors, 0).tolist(), *said_by])
    head = ["forwards", "first: begriff", "total: begriff", "first: SALib", "total: SALib"]
    table("Sobol indices of the Ishigami function: mean absolute error over ten seeds", head, rows)


def news() -> None:
    from sklearn.linear_model import LogisticRegression

    atlas = newsgroups()
    X = np.asarray(atlas.item_vectors, dtype=np.float64)
    space = np.array(atlas.snapshot.items.column("group")) == "sci.space"
    core = len(atlas.snapshot.concept_records)
    components = np.asarray(atlas.components[:core], dtype=np.float64)
    codes = atlas.snapshot.item_codes[:, :core].toarray()
    labels = np.array([r.label for r in atlas.snapshot.concept_records])
    rows, first = [], []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(X))
        train, held = order[: len(X) // 2], order[len(X) // 2 :]
        model = LogisticRegression(C=10, max_iter=500).fit(X[train], space[train])
        y, products = model.decision_function(X[held]), X @ components.T
        for name, Z in (("products with directions", products[held]), ("codes", codes[held])):
            began = time.process_time()
            found = skit(
                y,
                np.hstack([Z, rng.permuted(Z, axis=0)]),
                fdr=True,
                max_items=4000,
                random_state=seed,
            )
            real, fake = found.rejected[:core], found.rejected[core:]
            used = 2 * found.steps[:core][real].mean()
            rows.append(
                [
                    seed,
                    "marginal",
                    name,
                    4000,
                    f"{real.sum()} of {core}",
                    f"{fake.sum()} of {core}",
                    used,
                    time.process_time() - began,
                ]
            )
            if seed == 0:
                first.append([name, ", ".join(labels[[i for i in found.ranking if i < core][:12]])])
        effects = linear_effects(model, codes[held], components).spread[:, 0]
        chosen = np.argsort(-effects)[:30]
        if seed == 0:
            first.append(["exact linear effect (spread)", ", ".join(labels[chosen[:12]])])
        Z = (products[:, chosen] - products[:, chosen].mean(0)) / products[:, chosen].std(0)
        Z = np.hstack([Z, rng.permuted(Z, axis=0)])
        began = time.process_time()
        found = conditional_skit(
            y,
            Z[held],
            KernelSampler().fit(Z[train[:3000]]),
            fdr=True,
            max_items=1000,
            random_state=seed,
        )
        real, fake = found.rejected[:30], found.rejected[30:]
        used = found.steps[:30][real].mean() if real.any() else float("nan")
        row = [seed, "given the 59 others", "products of the 30 concepts of largest effect", 1000]
        rows.append(
            [*row, f"{real.sum()} of 30", f"{fake.sum()} of 30", used, time.process_time() - began]
        )
        if seed == 0:
            first.append(
                [
                    "given the others",
                    ", ".join(
                        labels[chosen[[i for i in found.ranking if i < 30 and real[i]][:12]]]
                    ),
                ]
            )
    head = [
        "seed",
        "test",
        "concepts as",
        "items",
        "rejected",
        "shuffled columns rejected (control)",
        "items used where rejected",
        "CPU seconds",
    ]
    table(
        "sci.space against the rest, logistic regression on vectors: which concepts matter, false"
        " discovery rate .05",
        head,
        rows,
    )
    table("First concepts (seed 0)", ["by", "concepts"], first)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--nulls", type=int, default=1000)
    parser.add_argument("--only", default="marginal,few,many,local,rate,sobol,news")
    options = parser.parse_args()
    planted = {
        "marginal": marginal,
        "few": lambda nulls: proxies(nulls, 2),
        "many": lambda nulls: proxies(nulls, 20),
        "local": local,
    }
    for name in options.only.split(","):
        if name in planted:
            planted[name](options.nulls)
        else:
            {"rate": rate, "sobol": sobol, "news": news}[name]()


if __name__ == "__main__":
    main()
