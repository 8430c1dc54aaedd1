"""The sum is exact, steering steers, filters filter, and reasons follow their rule."""

import numpy as np
import pytest

from begriff.errors import InputError
from begriff.search.explain import Explainer
from tests.conftest import TOPICS


def _sum(e):
    return sum(c.value for c in e.contributions) + e.bias + e.rest - e.penalty


def _steers(atlas, rng):
    names = [c.name for c in atlas.concepts if c.name and c.well_named] or ["graph"]
    options = {}
    if rng.random() < 0.6:
        options["more"] = {str(rng.choice(names)): float(rng.random() * 2)}
    if rng.random() < 0.6:
        options["less"] = [f"{rng.choice(names)}:{rng.random():.2f}", "some free words"]
    return options


def test_the_sum_is_the_score_over_1000_random_pairs_steered_ones_too(atlas):
    rng = np.random.default_rng(0)
    words = " ".join(TOPICS.values()).split()
    pairs = steered = 0
    while pairs < 1000:
        options = _steers(atlas, rng)
        for hit in atlas.search(" ".join(rng.choice(words, 3)), k=20, **options):
            assert _sum(hit.explanation) == pytest.approx(hit.score, abs=1e-5)
            gap = hit.explanation.gap
            total = sum(c.value for c in gap.contributions) + gap.others + gap.rest - gap.penalty
            assert total == pytest.approx(gap.value, abs=1e-5)
            values = {c.concept: c.value for c in gap.contributions}
            assert sum(values[c] for c in gap.named) == pytest.approx(gap.carried, abs=1e-5)
            pairs += 1
            steered += bool(options)
    assert steered > 300


def test_the_sum_is_independent_of_how_it_is_computed(atlas):
    hit = atlas.search("graph laplacian", k=1)[0]
    row = atlas.snapshot.row_of(hit.id)
    q = atlas.snapshot.encode_query("graph laplacian")
    x, code = atlas.vectors[row], atlas.region_codes[[row]]
    expected = {
        int(i): float(a * (q @ atlas.components[i]))
        for i, a in zip(code.indices, code.data, strict=True)
    }
    found = {c.concept: c.value for c in hit.explanation.contributions}
    assert found.keys() == expected.keys()
    for i, value in expected.items():
        assert found[i] == pytest.approx(value, abs=1e-5)
    assert hit.explanation.rest == pytest.approx(
        float(q @ (x - atlas.snapshot.bias - code @ atlas.components)[0]), abs=1e-5
    )
    assert hit.score == pytest.approx(float(q @ x), abs=1e-5)


def test_more_and_less_move_the_topic(atlas):
    def share(topic, **options):
        return np.mean(
            [h.item["topic"] == topic for h in atlas.search("learning tasks", k=40, **options)]
        )

    assert share("graph", more={"graph edge vertex": 2.0}) > share("graph") + 0.3
    assert share("graph", more={"graph edge vertex": 2.0}, less={"graph edge vertex": 5.0}) < share(
        "graph", more={"graph edge vertex": 2.0}
    )


def test_weights_repeat_and_add_up(atlas):
    once = atlas.search("method", more=["graph:0.6", "graph:0.4"])
    dict_form = atlas.search("method", more={"graph": 1.0})
    assert [h.id for h in once] == [h.id for h in dict_form]
    assert once.query.more[0].weight == pytest.approx(1.0)


def test_where_and_has_filter(atlas):
    hits = atlas.search("graph", k=30, where="year >= 2010 AND topic = 'graph'")
    assert len(hits) > 5
    assert all(h.item["year"] >= 2010 and h.item["topic"] == "graph" for h in hits)
    concept = atlas.concepts[0]
    held = atlas.search("learning", k=50, has=concept.id)
    active = (
        atlas.snapshot.item_codes[[atlas.snapshot.row_of(h.id) for h in held]][:, [concept.id]]
        .toarray()
        .ravel()
    )
    assert (active > 0).all()
    strict = atlas.search("learning", k=50, has=f"{concept.id}:{np.median(active)}")
    assert strict.query.candidates < held.query.candidates


def test_free_words_become_a_seeded_concept_and_the_answer_says_so(atlas):
    hits = atlas.search("method", more="phoneme microphone waveform")
    steer = hits.query.more[0]
    assert steer.seeded
    assert steer.concept is None
    assert len(steer.near) == 3
    held = atlas.search("method", has="phoneme microphone waveform", k=400)
    # the threshold is that of the best 2 %
    assert 0.005 < held.query.candidates / atlas.n_items < 0.05
    assert np.mean([h.item["topic"] == "speech" for h in held]) > 0.8


def test_shared_means_that_the_query_holds_the_concept_too(atlas):
    hit = atlas.search("bandit regret arm", k=1)[0]
    code = atlas.dictionary.transform(atlas.snapshot.encode_query("bandit regret arm")[None])
    own = set(code.indices.tolist())
    for c in hit.explanation.contributions:
        assert c.shared == (c.concept in own)


def test_text_and_hybrid(atlas):
    text = atlas.search("treebank", mode="text", k=5)
    assert all("treebank" in h.passage.text for h in text)
    for h in text:
        assert sum(t.value for t in h.terms) == pytest.approx(h.score, abs=1e-4)
    hybrid = atlas.search("treebank grammar", mode="hybrid", k=5, more="speech")
    for h in hybrid:
        assert sum(p.value for p in h.parts.values() if p) == pytest.approx(h.score)
        if h.parts["dense"]:
            assert _sum(h.explanation) == pytest.approx(h.parts["dense"].score, abs=1e-5)
    with pytest.raises(InputError, match="hybrid"):
        atlas.search("x", mode="text", more="graph")


def test_an_item_scores_as_its_best_passage(rows, tmp_path):
    import begriff as bg
    from tests.conftest import BagOfWords

    filler = " ".join(["approach new results"] * 25)
    long = [dict(r, body=r["body"] + " " + filler) if i % 3 == 0 else r for i, r in enumerate(rows)]
    atlas = bg.build(long, text="body", out=tmp_path / "long.atlas", encoder=BagOfWords())
    assert len(atlas.snapshot.spans) > atlas.n_items
    q = atlas.snapshot.encode_query("bandit regret")
    best = {}
    for (item, _, _), score in zip(
        atlas.snapshot.spans.tolist(), (atlas.vectors @ q).tolist(), strict=True
    ):
        best[item] = max(score, best.get(item, -2))
    for h in atlas.search("bandit regret", k=20):
        assert h.score == pytest.approx(best[atlas.snapshot.row_of(h.id)], abs=1e-5)
        assert (
            h.passage.text
            == atlas.snapshot.records([atlas.snapshot.row_of(h.id)])[0].text[
                h.passage.start : h.passage.end
            ]
        )
        assert _sum(h.explanation) == pytest.approx(h.score, abs=1e-5)


def test_results_are_equal_however_often_asked(atlas):
    a, b = atlas.search("graph", more="speech"), atlas.search("graph", more="speech")
    assert a == b


class _Known:
    """An explainer over hand-made codes: two named concepts along the axes."""

    def __init__(self, score=0.9, background=False):
        from begriff.documents.models import Concept

        def concept(i):
            return Concept(
                id=i, row=i, name=f"c{i}", aliases=[], score=score, score_all=0.7, judges={}, frequency=0.01,
                stability=1.0, background=background, polysemous=False,
            )  # fmt: skip

        concepts = [concept(0), concept(1)]
        q = np.array([0.8, 0.6, 0.0], dtype=np.float32)
        self.explainer = Explainer(
            np.eye(3, dtype=np.float32),
            np.zeros(3, np.float32),
            np.arange(3),
            concepts,
            frozenset(c.row for c in concepts if c.well_named),
            q,
            frozenset(),
            np.arange(3),
        )

    def gap(self, vector, code, behind_vector, behind_code):
        from scipy.sparse import csr_array

        hit = (np.array([vector], np.float32), csr_array(np.array([code], np.float32)), np.zeros(1))
        behind = (
            np.array([behind_vector] * 4, np.float32),
            csr_array(np.array([behind_code] * 4, np.float32)),
            np.zeros(4),
        )
        return self.explainer.explain(*hit, behind)[0].gap


def test_named_concepts_are_listed_however_many_larger_ones_there_are(monkeypatch):
    import begriff.search.explain as module

    monkeypatch.setattr(module, "_LISTED", 1)
    gap = _Known().gap([0.5, 0.4, 0], [0.5, 0.4, 0], [0.1, 0, 0], [0.1, 0, 0])
    assert gap.named == [0, 1]
    assert {c.concept for c in gap.contributions} == {0, 1}


def test_a_reason_is_shown_when_named_concepts_carry_the_gap():
    gap = _Known().gap([0.5, 0.5, 0], [0.5, 0.5, 0], [0.1, 0, 0], [0.1, 0, 0])
    assert gap.shown
    assert gap.carried == pytest.approx(gap.value)


@pytest.mark.parametrize(
    "case",
    [
        {"known": _Known(score=0.7), "code": [0.5, 0.5, 0]},  # names not good enough
        {"known": _Known(background=True), "code": [0.5, 0.5, 0]},  # too common to be a reason
        {"known": _Known(), "code": [0.1, 0, 0]},  # the rest carries the gap
        {"known": _Known(), "code": [0.35, 0.0, 0]},  # under 60 %
    ],
)
def test_a_reason_is_not_shown_otherwise(case):
    assert not case["known"].gap([0.5, 0.5, 0], case["code"], [0.1, 0, 0], [0.1, 0, 0]).shown
