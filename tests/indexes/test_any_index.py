"""Search over an index that is not exhaustive: what it proposes is scored exactly."""

import json
from pathlib import Path

import numpy as np
import pytest

import begriff as bg
from begriff.errors import InputError
from begriff.kinds import Index
from tests.conftest import BagOfWords


class Lists(Index):
    """Vectors in lists by their nearest of a few pivots; the nearest lists of a query are read."""

    def __init__(self, n_lists=8, n_read=4):
        self.n_lists, self.n_read = n_lists, n_read

    def build(self, vectors):
        rows = np.linspace(0, len(vectors) - 1, self.n_lists).astype(int)
        self.pivots = np.asarray(vectors[rows])
        self.lists = (vectors @ self.pivots.T).argmax(1)
        return self

    def add(self, vectors):
        self.lists = np.append(self.lists, (vectors @ self.pivots.T).argmax(1))
        return self

    def candidates(self, query, k, *, mask=None):
        order = np.argsort(-(self.pivots @ query))
        for n_read in range(self.n_read, self.n_lists + 1):
            proposed = np.isin(self.lists, order[:n_read])
            proposed = proposed if mask is None else proposed & mask
            if proposed.sum() >= k:
                break
        return np.flatnonzero(proposed)

    @property
    def n_bytes(self):
        return self.lists.nbytes + self.pivots.nbytes

    def save(self, folder):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / "lists.json").write_text(json.dumps([self.n_lists, self.n_read]))

    @classmethod
    def load(cls, folder, vectors):
        return cls(*json.loads((Path(folder) / "lists.json").read_text())).build(vectors)


class Blind(Lists):
    """The control: proposes the first vectors, whatever the query."""

    def candidates(self, query, k, *, mask=None):
        return np.arange(40)


def opened(atlas, index):
    return bg.open(atlas.path, encoder=BagOfWords(), index=index)


QUERIES = ("protein folding", "graph node", "speech audio", "bandit regret")


def test_scores_and_reasons_are_those_of_the_exact_search(atlas):
    approximate = opened(atlas, Lists())
    for query in QUERIES:
        exact = {h.id: h for h in atlas.search(query, k=30)}
        hits = approximate.search(query, k=10)
        assert len(hits) == 10
        for hit in hits:
            assert hit.score == pytest.approx(exact[hit.id].score, abs=1e-6)
            parts = hit.explanation
            total = sum(c.value for c in parts.contributions) + parts.bias + parts.rest
            assert total - parts.penalty == pytest.approx(hit.score, abs=1e-5)


def test_a_good_index_finds_what_the_exact_search_finds_and_a_blind_one_does_not(atlas):
    def recall(index):
        other = opened(atlas, index)
        pairs = [({h.id for h in a.search(q, k=10)} for a in (atlas, other)) for q in QUERIES]
        return np.mean([len(x & y) / 10 for x, y in pairs])

    assert recall(Lists()) > 0.9
    assert recall(Lists(n_read=8)) == 1
    assert recall(Blind()) < 0.8


def test_filters_and_steering_hold(atlas):
    approximate = opened(atlas, Lists(n_read=8))
    options = {"k": 8, "where": "year >= 2010", "more": "graph", "less": "speech"}
    expected = [(h.id, round(h.score, 5)) for h in atlas.search("node", **options)]
    assert [(h.id, round(h.score, 5)) for h in approximate.search("node", **options)] == expected


def test_an_index_that_does_not_exist_is_refused(atlas):
    with pytest.raises(InputError, match=r"no name in begriff\.indexes 'exat'; near: 'exact'"):
        opened(atlas, "exat").search("graph")
