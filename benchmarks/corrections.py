"""Restaurant reviews (CEBaB): which aspect to ask a person about, and when to abstain.

Concepts are the four aspects (positive, unknown, negative), predicted from MiniLM vectors by multinomial logistic regression; the label is
positive (4 or 5 stars) or negative (1 or 2 stars) by the majority of the readers, other reviews are left out. A split keeps all edits of one
original review on one side: 40 % of the originals train, 35 % validate, 25 % test.

BEGRIFF_DATA=... python benchmarks/corrections.py
"""

from __future__ import annotations

import time

import numpy as np
from _common import encoded, table, texts
from sklearn.linear_model import LogisticRegression

from begriff.bottlenecks import (
    Beliefs,
    Contribution,
    CooP,
    ExpectedLoss,
    Influence,
    Lift,
    RandomOrder,
    Safeguard,
    SparseLinear,
    Uncertainty,
    at_least,
    confirm,
    doubt,
    outlook,
    replay,
)

ASPECTS = ("food", "service", "ambiance", "noise")
VALUES = ("Negative", "unknown", "Positive")
SEEDS = (0, 1, 2)
PARTS = ("validation", "test")


class Reviews:
    """The table as arrays; ``blank`` reads an aspect that no reader was asked about as unknown."""

    def __init__(self, *, blank: bool) -> None:
        rows = texts("cebab_v11_train_dev")
        self.X = encoded(rows["description"])
        said = np.array([rows[f"{a}_aspect_majority"] for a in ASPECTS]).T
        said = np.where(said == "", "unknown", said) if blank else said
        self.true = np.select([said == v for v in VALUES], [0, 1, 2], -1)
        self.y = np.array(
            [{"1": 0, "2": 0, "4": 1, "5": 1}.get(r, -1) for r in rows["review_majority"]]
        )
        self.group = np.unique(rows["original_id"], return_inverse=True)[1]
        self.whole = (self.true >= 0).all(1) & (self.y >= 0)

    def parts(self, seed: int) -> list[np.ndarray]:
        """Masks of items: train, validation, test."""
        order = np.random.default_rng(seed).permutation(self.group.max() + 1)
        side = np.searchsorted([0.4, 0.75], order / len(order), side="right")[self.group]
        return [side == i for i in range(3)]


def predicted(reviews: Reviews, train: np.ndarray, at: np.ndarray) -> list[np.ndarray]:
    """For each aspect probabilities of its values at some items, learnt from the training items whose aspect is known."""
    out = []
    for a in range(len(ASPECTS)):
        known = train & (reviews.true[:, a] >= 0)
        probe = LogisticRegression(C=100, max_iter=200, tol=1e-3).fit(
            reviews.X[known], reviews.true[known, a]
        )
        out.append(probe.predict_proba(reviews.X[at]))
    return out


def one_hot(true: np.ndarray) -> np.ndarray:
    return np.concatenate([np.eye(3)[t] for t in true.T], axis=1)


def heads(reviews: Reviews, train: np.ndarray, *, seed: int):
    """One head learnt from the true concepts, one from concepts predicted for items that their probes did not see; those predictions."""
    rows = np.flatnonzero(train & reviews.whole)
    half = np.random.default_rng(seed).random(reviews.group.max() + 1)[reviews.group] < 0.5
    soft = np.empty((len(rows), 3 * len(ASPECTS)))
    for side in (half, ~half):
        soft[side[rows]] = np.concatenate(
            predicted(reviews, train & ~side, rows[side[rows]]), axis=1
        )
    codes = {"independent": one_hot(reviews.true[rows]), "sequential": soft}
    made = {kind: SparseLinear(n_active=12).fit(C, reviews.y[rows]) for kind, C in codes.items()}
    return made, (
        Beliefs.categories(np.split(soft, len(ASPECTS), axis=1)),
        reviews.y[rows],
        reviews.group[rows],
    )


def policies() -> dict[str, object]:
    return {
        **{f"random {i}": RandomOrder(random_state=np.random.default_rng(i)) for i in range(5)},
        "uncertainty": Uncertainty(),
        "contribution": Contribution(),
        "influence": Influence(),
        "expected loss": ExpectedLoss(),
        "expected errors": ExpectedLoss(loss=lambda p: doubt(p) + 1e-6 * ExpectedLoss().loss(p)),
    }


def merged(curves) -> dict[str, np.ndarray]:
    """Curves by policy, the random ones as their mean."""
    each = dict(zip(curves.policies, curves.error, strict=True))
    chance = [e for n, e in each.items() if n.startswith("random")]
    return {
        "random": np.mean(chance, axis=0),
        **{n: e for n, e in each.items() if not n.startswith("random")},
    }


def reached(error: np.ndarray, aim: float) -> float:
    below = np.flatnonzero(error <= aim)
    if not len(below) or below[0] == 0:
        return float("nan") if not len(below) else 0.0
    k = below[0]
    return float(k - 1 + (error[k - 1] - aim) / (error[k - 1] - error[k]))


def seeds(*, blank: bool) -> list[dict[str, object]]:
    """What every split needs: beliefs, heads, true values and labels of validation and test items."""
    reviews, found = Reviews(blank=blank), []
    for seed in SEEDS:
        train, *rest = reviews.parts(seed)
        one = dict(zip(("heads", "train"), heads(reviews, train, seed=seed), strict=True))
        for name, side in zip(("validation", "test"), rest, strict=True):
            rows = np.flatnonzero(side & reviews.whole)
            one[name] = (
                Beliefs.categories(predicted(reviews, train, rows), names=ASPECTS),
                reviews.true[rows],
                reviews.y[rows],
            )
            one[f"{name} groups"] = reviews.group[rows]
        rows = np.flatnonzero(train & reviews.whole)
        test = np.flatnonzero(rest[1] & reviews.whole)
        direct = LogisticRegression(C=100, max_iter=200).fit(reviews.X[rows], reviews.y[rows])
        one["direct"] = 1 - direct.score(reviews.X[test], reviews.y[test])
        found.append(one)
    return found


def bounds(splits) -> list[list[object]]:
    """Errors without corrections and with all, by head and by how probabilities are passed on."""
    rows = []
    for kind in ("independent", "sequential"):
        each = []
        for s in splits:
            (b, true, y), head = s["test"], s["heads"][kind]
            hard = np.concatenate(
                [np.eye(3)[p.argmax(1)] for p in b.probabilities.transpose(1, 0, 2)], axis=1
            )
            said = [head.predict(c) for c in (hard, b.codes(12), one_hot(true))]
            said.insert(2, outlook(b, head, foresee=False).label.argmax(1))
            each.append([(p != y).mean() for p in said] + [s["direct"]])
        rows.append([kind, *np.mean(each, axis=0).tolist()])
    return rows


def curves(splits, *, kind: str, determined: bool) -> dict[str, np.ndarray]:
    """Mean error (n_questions + 1,) of each policy over the splits; ``determined`` keeps items that the true concepts decide rightly."""
    found: dict[str, list[np.ndarray]] = {}
    for s in splits:
        head, kept = s["heads"][kind], []
        for name in ("validation", "test"):
            b, true, y = s[name]
            keep = head.predict(one_hot(true)) == y if determined else np.ones(len(y), bool)
            kept.append((b[keep], head, true[keep], y[keep]))
        tried = {**policies(), "CooP": CooP().fit(*kept[0])}
        for name, error in merged(replay(*kept[1], tried)).items():
            found.setdefault(name, []).append(error)
    return {n: np.mean(e, axis=0) for n, e in found.items()}


def show(found: dict[str, np.ndarray], title: str, *, floor: bool) -> None:
    start, end = found["random"][0], found["random"][-1]
    aim = (start + end) / 2 if floor else start / 2
    chance = reached(found["random"], aim)
    rows = [
        [n, *e.tolist(), float(np.trapezoid(e) / 4), reached(e, aim), reached(e, aim) / chance]
        for n, e in found.items()
    ]
    table(
        title,
        [
            "policy",
            "0",
            "1",
            "2",
            "3",
            "4 corrected",
            "mean",
            f"corrections to {aim:.3f}",
            "of random",
        ],
        rows,
    )


def guarded(splits, *, kind: str, promise: float, draws: int = 40) -> list[list[object]]:
    """Means over splits, and over draws of which originals validate and which test.

    Training items, predicted by probes that did not see them, decide whom to ask. Validation items set the threshold without questions and,
    after the questions were played on them, the one with questions.
    """
    rows = []
    for name in ("random", "lift"):
        seen = []
        for seed, s in zip(SEEDS, splits, strict=True):
            head, rng = s["heads"][kind], np.random.default_rng(seed)
            ask = Safeguard(accuracy=promise).fit(
                outlook(s["train"][0], head, foresee=False).label, s["train"][1], s["train"][2]
            )
            runs = [
                confirm(
                    s[p][0],
                    head,
                    *s[p][1:],
                    safeguard=ask,
                    policy=Lift(ask) if name == "lift" else RandomOrder(),
                )
                for p in PARTS
            ]
            P = np.concatenate([outlook(s[p][0], head, foresee=False).label for p in PARTS])
            then, y = (
                np.concatenate([r.probabilities for r in runs]),
                np.concatenate([s[p][2] for p in PARTS]),
            )
            asked, group = (
                np.concatenate([r.asked[:, 0] >= 0 for r in runs]),
                np.concatenate([s[f"{p} groups"] for p in PARTS]),
            )
            for _ in range(draws):
                val = rng.random(int(group.max()) + 1)[group] < 0.6
                guards = [
                    Safeguard(accuracy=promise).fit(q[val], y[val], group[val]) for q in (P, then)
                ]
                ways = [(guards[0], P), (guards[1], then), (guards[0], then)]
                said = [g.predict(q[~val]) for g, q in ways]
                seen.append(
                    [
                        asked[~val].mean(),
                        *np.concatenate([_held(a, y[~val], group[~val], promise) for a in said]),
                    ]
                )
        m = np.nanmean(seen, axis=0)
        rows.append(
            [promise, name, *m[1:4].tolist(), m[0], *m[4:7].tolist(), m[4] - m[1], *m[7:].tolist()]
        )
    return rows


def _held(said, y, group, promise: float) -> list[float]:
    """Coverage, accuracy, and whether the accuracy is no further below the promise than chance allows."""
    answered = said >= 0
    right = (said == y)[answered]
    if not answered.any():
        return [0.0, np.nan, 1.0]
    return [
        answered.mean(),
        right.mean(),
        float(1 - at_least(~right, groups=group[answered]) >= promise),
    ]


def main() -> None:
    for blank, said in (
        (False, "four aspects answered by readers"),
        (True, "aspects nobody was asked about read as unknown"),
    ):
        began = time.perf_counter()
        splits = seeds(blank=blank)
        n = len(splits[0]["train"][1]), len(splits[0]["validation"][2]), len(splits[0]["test"][2])
        header = [
            "head learnt from",
            "hard concepts",
            "expected codes",
            "mixture",
            "all four true",
            "vectors, no concepts",
        ]
        table(
            f"Error on {said}: {n[0]} / {n[1]} / {n[2]} items train / validate / test, mean of 3"
            " splits",
            header,
            bounds(splits),
        )
        for kind in ("independent", "sequential"):
            show(
                curves(splits, kind=kind, determined=False),
                f"{said}, {kind} head: error, to half of what concepts can mend",
                floor=True,
            )
        show(
            curves(splits, kind="independent", determined=True),
            f"{said}: error where the true concepts decide the label",
            floor=False,
        )
        header = [
            "promised",
            "question",
            "coverage",
            "accuracy",
            "held",
            "asked",
            "coverage then",
            "accuracy",
            "held",
            "gain",
        ]
        header += ["first threshold kept: coverage", "accuracy", "held"]
        rows = [
            r
            for promise in (0.9, 0.95)
            for r in guarded(splits, kind="independent", promise=promise)
        ]
        table(
            f"{said}: coverage without questions, and with one on items of doubtful label; 3 x 40"
            " draws",
            header,
            rows,
        )
        print(f"\n{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
