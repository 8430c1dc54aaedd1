"""How many actions people need until a search shows what they mean: simulated users with a hidden attribute.

    BEGRIFF_DATA=... python benchmarks/users.py [--sessions 100]

A user wants the items of a newsgroup, the papers that say a keyword, or those of a group of venues, but starts with the title of one of
them. A session goes on until eight
of the first ten items that were not judged yet have the attribute, or 30 actions are spent; sessions that need none are left out. An
action is
one click ("yes" or "no" on a shown hit), one "more" or "less" of a concept that a shown hit names, or one word added to the query. Nobody
looks at labels of items that were not shown.

- Rocchio: one click at a time; query + .75 mean(yes) - .15 mean(no).
- yes/no: the same clicks, which teach a seeded concept (words: the first title).
- named concepts: the concept that best tells the shown hits with the attribute from those without it, as more or less.
- named concepts, then yes/no: up to two concepts, then clicks.
- reworded: the word that best tells them apart is added to the query; dense, and by BM25.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter

import numpy as np
from _common import newsgroups, papers_atlas, table

import begriff as bg
from begriff.search.seeds import learn_seed

MOST = 30


class Session:
    """One user: what has been judged, the query, and what is on the screen."""

    def __init__(self, atlas: bg.Atlas, wanted: np.ndarray, allowed: np.ndarray, row: int) -> None:
        self.atlas, self.wanted, self.allowed = atlas, wanted, allowed.copy()
        self.allowed[row] = False  # the item whose title is the query
        self.text = " ".join(atlas.snapshot.records([row])[0].text.split(". ")[0].split()[:20])
        self.q = atlas.snapshot.encode_query(self.text)
        self.yes: list[int] = []
        self.no: list[int] = []
        self.shift = np.zeros_like(self.q)
        self.used: set[int] = set()

    def scores(self) -> np.ndarray:
        return self.atlas.item_vectors @ (self.q + self.shift)

    def shown(self, scores: np.ndarray) -> np.ndarray:
        open_ = self.allowed.copy()
        open_[self.yes + self.no] = False
        masked = np.where(open_, scores, -np.inf)
        best = np.argpartition(-masked, 10)[:10]
        return best[np.argsort(-masked[best], kind="stable")]

    def done(self, scores: np.ndarray) -> bool:
        return bool(self.wanted[self.shown(scores)].sum() >= 8)

    def click(self, scores: np.ndarray) -> None:
        """Answer about one hit: the first that is wanted and the first that is not, in turn."""
        hits = self.shown(scores)
        good, bad = hits[self.wanted[hits]], hits[~self.wanted[hits]]
        if len(good) and (len(self.yes) <= len(self.no) or not len(bad)):
            self.yes.append(int(good[0]))
        else:
            self.no.append(int(bad[0]) if len(bad) else int(good[0]))


def rocchio(s: Session) -> int:
    for actions in range(MOST + 1):
        scores = s.scores()
        if s.done(scores):
            return actions
        s.click(scores)
        X = s.atlas.item_vectors
        s.shift = sum(
            (w * X[rows].mean(0) for w, rows in ((0.75, s.yes), (-0.15, s.no)) if rows),
            np.zeros_like(s.q),
        )
    return MOST


def yes_no(s: Session, spent: int = 0) -> int:
    base = s.shift.copy()
    for actions in range(spent, MOST + 1):
        scores = s.scores()
        if s.done(scores):
            return actions
        s.click(scores)
        if s.yes:
            found = learn_seed(s.atlas, [s.text], np.array(s.yes), np.array(s.no, dtype=np.int64))
            s.shift = base + found.vector
        else:
            s.shift = base - 0.15 * s.atlas.item_vectors[s.no].mean(0)
    return MOST


def concepts(s: Session, most: int = MOST) -> tuple[int, bool]:
    """Actions spent, and whether that was enough."""
    named = np.array(sorted(s.atlas.snapshot.well_named))
    for actions in range(most + 1):
        scores = s.scores()
        if s.done(scores):
            return actions, True
        hits = s.shown(scores)
        codes = s.atlas.snapshot.item_codes[hits][:, named].toarray()
        good = s.wanted[hits]
        gap = (codes[good].mean(0) if good.any() else 0) - (
            codes[~good].mean(0) if (~good).any() else 0
        )
        gap = np.where(np.isin(named, list(s.used)), 0, gap)
        best = int(np.abs(gap).argmax())
        if gap[best] == 0 or actions == most:
            return actions, False
        s.used.add(int(named[best]))
        direction = s.atlas.components[named[best]]
        s.shift = s.shift + (0.5 if gap[best] > 0 else -0.5) * direction
    return most, False


def both(s: Session) -> int:
    spent, enough = concepts(s, 2)
    return spent if enough else yes_no(s, spent)


def reworded(s: Session, *, words: bool) -> int:
    seen: set[int] = set()
    for actions in range(MOST + 1):
        scores = _bm25(s) if words else s.scores()
        if s.done(scores):
            return actions
        hits = s.shown(scores)
        seen |= set(hits.tolist())
        texts = {
            int(r): set(re.findall(r"[a-z]{3,}", t.text.lower()))
            for r, t in zip(hits, s.atlas.snapshot.records(hits), strict=True)
        }
        count = Counter({w: 0.0 for t in texts.values() for w in t})
        sizes = max(int(s.wanted[hits].sum()), 1), max(int((~s.wanted[hits]).sum()), 1)
        for r, held in texts.items():
            for w in held:
                count[w] += 1 / sizes[0] if s.wanted[r] else -1 / sizes[1]
        for w in set(s.text.lower().split()):
            count.pop(w, None)
        if not count:
            return MOST
        s.text += " " + max(sorted(count), key=lambda w: count[w])
        s.q = s.atlas.snapshot.encode_query(s.text)
    return MOST


def _bm25(s: Session) -> np.ndarray:
    rows, found = s.atlas.snapshot.words.search(s.text, 300, mask=s.allowed)
    scores = np.full(s.atlas.n_items, -1e6)
    scores[rows] = found
    return scores


def tasks(n: int):
    """(name, atlas, wanted, allowed, row) of every session."""
    rng = np.random.default_rng(0)
    atlas = newsgroups()
    group = np.array(atlas.snapshot.items.column("group"))
    for g in rng.choice(np.unique(group), n):
        wanted = group == g
        yield (
            "newsgroup",
            atlas,
            wanted,
            np.ones(len(group), bool),
            int(rng.choice(np.flatnonzero(wanted))),
        )
    atlas = papers_atlas()
    texts = [t.lower() for batch in atlas.snapshot.items.texts() for t in batch]
    counted = Counter(
        k.strip().lower()
        for s in atlas.snapshot.items.column("keywords")
        for k in (s or "").split(";")
        if 3 < len(k.strip()) < 40
    )
    common, everything = (
        sorted(k for k, c in counted.items() if c >= 60),
        np.ones(atlas.n_items, bool),
    )
    for k in rng.permutation(common)[:n]:
        wanted = np.array([k in t for t in texts])
        if wanted.sum() < 30:  # written in another way in the texts
            continue
        yield "keyword", atlas, wanted, everything, int(rng.choice(np.flatnonzero(wanted)))
    venue = np.array(atlas.snapshot.items.column("venue"))
    groups = [
        ("acl", "naacl", "coling"),
        ("cvpr", "iccv", "eccv", "wacv", "3dv"),
        ("colt", "alt"),
        ("rss", "corl"),
        ("aistats", "uai"),
    ]
    for i in rng.integers(0, len(groups), n):
        wanted = np.isin(venue, groups[i])
        yield "venue group", atlas, wanted, everything, int(rng.choice(np.flatnonzero(wanted)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=40)
    options = parser.parse_args()
    ways = {
        "Rocchio": rocchio,
        "yes/no": yes_no,
        "named concepts": lambda s: (lambda found: found[0] if found[1] else MOST)(concepts(s)),
        "named concepts, then yes/no": both,
        "reworded query": lambda s: reworded(s, words=False),
        "reworded query, BM25": lambda s: reworded(s, words=True),
    }
    spent: dict[str, dict[str, list[int]]] = {}
    for kind, atlas, wanted, allowed, row in tasks(options.sessions):
        if Session(atlas, wanted, allowed, row).done(Session(atlas, wanted, allowed, row).scores()):
            continue
        for name, way in ways.items():
            spent.setdefault(kind, {}).setdefault(name, []).append(
                way(Session(atlas, wanted, allowed, row))
            )
    for kind, found in spent.items():
        base = float(np.median(found["Rocchio"]))
        rows = [
            [
                n,
                float(np.median(v)),
                float(np.mean(v)),
                float(np.mean(np.array(v) < MOST)),
                1 - float(np.median(v)) / base,
            ]
            for n, v in found.items()
        ]
        table(
            f"Actions to P@10 of .8, hidden {kind}, {len(found['Rocchio'])} sessions",
            [
                "way",
                "median actions",
                "mean (30 where it failed)",
                "reached",
                "fewer than Rocchio (target .30)",
            ],
            rows,
        )


if __name__ == "__main__":
    main()
