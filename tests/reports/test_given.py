"""Items in the space of given concepts: the right ones are strong, granularity follows the hierarchy, encoders can be compared."""

import numpy as np
import pytest

import begriff as bg
from begriff.reports.conceptualize import _choose, _Space, read_concepts
from tests.conftest import TOPICS, BagOfWords, make_rows

WORDS = [
    "life",
    "    protein folding enzyme",
    "    speech acoustic phoneme",
    "machines",
    "    graph node edge",
    "        bandit regret arm",
    "    image pixel camera",
]


class Turned(BagOfWords):
    """The same encoder in another basis: another space, the same content."""

    name = "turned"
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((48, 48)))[0]

    def encode(self, texts, *, progress=None):
        return (super().encode(texts) @ self.turn).astype(np.float32)


class Ignorant(BagOfWords):
    """Every text has a random direction, whatever its words."""

    name = "ignorant"

    def _one(self, text):
        return super()._one(f"{text.encode().hex()}")


def test_a_text_is_strong_in_its_concept(atlas):
    for topic, words in (("protein", "protein folding enzyme"), ("bandit", "bandit regret arm")):
        found = bg.conceptualize(atlas, WORDS, text=TOPICS[topic])
        assert found.concepts[0].name == words
    item = next(r for r in atlas.snapshot.records(range(40)) if r.item["topic"] == "graph")
    assert bg.conceptualize(atlas, WORDS, item=item.id).concepts[0].name == "graph node edge"


def test_given_concepts_keep_more_than_random_directions(atlas):
    a = bg.conceptualize(atlas, [w.strip() for w in TOPICS.values()]).agreement
    assert a.similarity > a.random_similarity + 0.1
    assert a.neighbours > a.random_neighbours


def test_granularity_on_demand(atlas):
    assert {c.name for c in bg.conceptualize(atlas, WORDS, level=0).concepts} == {
        "life",
        "machines",
    }
    assert bg.conceptualize(atlas, WORDS, level=1).dimensions == 4
    given = read_concepts(WORDS)
    assert given.depth == [0, 1, 1, 0, 1, 2, 1]
    space = _Space.of(atlas, given)
    for n in (2, 3, 4):
        chosen = _choose(given, space, None, n)
        assert 2 <= len(chosen) <= n
        # a concept and one below it never stand side by side
        assert not any(given.parent[i] in chosen for i in chosen)


def test_two_encoders_of_the_same_items_agree_and_one_that_knows_nothing_does_not(
    atlas, rows, tmp_path
):
    turned = bg.build(rows, text="body", out=tmp_path / "t.atlas", encoder=Turned())
    found = bg.conceptualize(atlas, WORDS, other=turned)
    assert found.between > 0.95
    assert min(c.agreement for c in found.concepts) > 0.95
    ignorant = bg.build(rows, text="body", out=tmp_path / "i.atlas", encoder=Ignorant())
    assert abs(bg.conceptualize(atlas, WORDS, other=ignorant).between) < 0.2


@pytest.mark.parametrize("encoder", [BagOfWords, Turned])
def test_two_corpora_differ_where_they_do(atlas, tmp_path, encoder):
    rows = [
        dict(r, id=f"new{i}")
        for i, r in enumerate(
            r for r in make_rows(900, seed=5) if r["topic"] in ("bandit", "graph")
        )
    ]
    other = bg.build(rows, text="body", out=tmp_path / "b.atlas", encoder=encoder())
    found = bg.conceptualize(atlas, [w for w in WORDS if w.startswith(" ")], other=other)
    d = {c.name: c.difference for c in found.concepts}
    assert d["bandit regret arm"] > 0.3 and d["graph node edge"] > 0.3
    assert d["speech acoustic phoneme"] < 0 and d["protein folding enzyme"] < 0
    assert all(c.q <= 0.05 for c in found.concepts if c.name == "bandit regret arm")


@pytest.mark.parametrize(
    ("words", "options", "said"),
    [
        (["one"], {}, "1 concepts"),
        (["a", "a"], {}, "'a' is given twice"),
        ("no/such/file.txt", {}, "no readable list"),
        (WORDS, {"text": "a", "item": "b"}, "not both"),
        (WORDS, {"n": 1}, "n=1"),
        (["a", "b", "c"], {"n": 2}, "3 concepts at the top"),
        (WORDS, {"item": "nothing"}, "no item"),
    ],
)
def test_bad_concepts(atlas, words, options, said):
    with pytest.raises(bg.InputError, match=said):
        bg.conceptualize(atlas, words, **options)


def test_ids_alone_do_not_make_items_the_same(rows, tmp_path):
    # ids are row numbers in both
    one, two = ([{"body": r["body"]} for r in make_rows(200, seed)] for seed in (1, 2))
    a = bg.build(one, text="body", out=tmp_path / "1.atlas", encoder=BagOfWords())
    b = bg.build(two, text="body", out=tmp_path / "2.atlas", encoder=Turned())
    found = bg.conceptualize(a, WORDS, other=b)
    assert found.between is None
    assert all(c.q is not None for c in found.concepts)
    with pytest.raises(bg.InputError, match="no text or item"):
        bg.conceptualize(a, WORDS, other=b, text="graph")
