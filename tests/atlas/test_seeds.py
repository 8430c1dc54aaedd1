"""Concepts that people seed: from words and examples, refined by answers, used everywhere, kept by rebuilds."""

import shutil

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, catalog
from begriff.metrics import auroc
from begriff.search.seeds import seeds_of
from tests.conftest import TOPICS, BagOfWords


@pytest.fixture
def copy(atlas, tmp_path):
    shutil.copytree(atlas.path, tmp_path / "copy.atlas")
    return bg.open(tmp_path / "copy.atlas", encoder=BagOfWords())


def ids_of(atlas, topic, n, offset=0):
    topics = np.array(atlas.snapshot.items.column("topic"))
    return [
        atlas.snapshot.records([r])[0].id
        for r in np.flatnonzero(topics == topic)[offset : offset + n]
    ]


def quality(atlas, name, topic):
    """AUROC of a seed on the items of a topic, and the precision of its activations."""
    topics = np.array(atlas.snapshot.items.column("topic")) == topic
    d = next(s for s in seeds_of(atlas.snapshot) if s.steer.name == name)
    along = atlas.item_vectors @ d.vector
    active = d.activations(atlas.item_vectors, atlas.snapshot.item_codes) > 0
    return auroc(along[topics], along[~topics]), (
        float(topics[active].mean()) if active.any() else 0.0
    )


def test_words_make_a_concept_and_examples_make_it_better(copy):
    made = copy.seeds.fit("my molecules", words="enzyme")
    assert (made.method, made.score) == ("words", None)
    words_alone = quality(copy, "my molecules", "protein")[0]
    made = copy.seeds.fit(
        "my molecules",
        yes=ids_of(copy, "protein", 8),
        no=ids_of(copy, "graph", 4) + ids_of(copy, "vision", 4),
    )
    assert made.words == ["enzyme"]
    assert len(made.yes) == len(made.no) == 8
    score, precision = quality(copy, "my molecules", "protein")
    assert score > max(words_alone, 0.9)
    assert precision > 0.7
    assert made.score > 0.85
    assert made.compared[made.method] >= max(made.compared.values()) - 0.01


def test_shuffled_answers_make_a_bad_seed(copy):
    rng = np.random.default_rng(0)
    ids = [str(i) for i in rng.permutation([r.id for r in copy.snapshot.records(range(400))])]
    made = copy.seeds.fit("nonsense", yes=ids[:12], no=ids[12:24])
    assert made.score < 0.8
    assert abs(quality(copy, "nonsense", "protein")[0] - 0.5) < 0.35


def test_a_seed_steers_filters_and_is_compared(copy):
    copy.seeds.fit("waves", words=TOPICS["speech"], yes=ids_of(copy, "speech", 6))
    up = copy.search("learning method", k=20, more="waves:2", explain=False)
    down = copy.search("learning method", k=20, less="waves:2", explain=False)
    plain = copy.search("learning method", k=20, explain=False)
    share = [np.mean([h.item["topic"] == "speech" for h in hits]) for hits in (up, plain, down)]
    assert share[0] > share[1] >= share[2]
    assert up.query.more[0].seeded
    assert all(
        h.item["topic"] == "speech" or "speech" in h.passage.text
        for h in copy.search("method", k=5, has="waves", explain=False)
    )
    changes = {
        c.concept.name: c for c in bg.diff(copy, a="topic = 'graph'", b="topic = 'speech'").changes
    }
    assert changes["waves"].concept.seeded
    assert changes["waves"].effect > 0.5


def test_answers_replace_each_other_and_undo_takes_them_back(copy):
    first, second = ids_of(copy, "graph", 2)
    copy.seeds.fit("g", yes=[first, second])
    assert copy.seeds.fit("g", no=[second]).yes == [first]
    assert copy.seeds.list()[0].no == [second]
    copy.edits.undo()
    assert copy.seeds.list()[0].yes == [first, second]
    copy.edits.undo()
    assert len(copy.seeds.list()) == 0
    assert "no seeded concepts" in str(copy.seeds.list())


def test_seeds_outlive_a_refit_and_are_read_not_fitted_again(copy, monkeypatch):
    made = copy.seeds.fit("g", words="graph node", yes=ids_of(copy, "graph", 5))
    vector = seeds_of(copy.snapshot)[0].vector
    import begriff.search.seeds as module

    monkeypatch.setattr(module, "_fit", lambda *_: pytest.fail("fitted again"))
    again = bg.refit(copy, encoder=BagOfWords())
    assert again.seeds.list()[0] == made
    np.testing.assert_array_equal(seeds_of(again.snapshot)[0].vector, vector)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("x", {}, "needs words"),
        ("", {"words": "a"}, "1 to 200"),
        ("12", {"words": "a"}, "no number"),
        ("x", {"yes": ["nothing"]}, "no item 'nothing'"),
        ("x", {"yes": ["item1"], "no": ["item1"]}, "as yes and as no"),
    ],
)
def test_bad_seeds_change_nothing(copy, name, options, said):
    with pytest.raises(InputError, match=said):
        copy.seeds.fit(name, **options)
    assert len(copy.seeds.list()) == 0


def test_the_name_of_a_concept_is_taken(copy):
    concept = copy.snapshot.concept_records[0]
    copy.edits.rename(concept.id, "mine")
    with pytest.raises(InputError, match="has the name 'mine'"):
        copy.seeds.fit("mine", words="graph")


def test_a_seed_survives_the_loss_of_its_items(rows, copy):
    copy.seeds.fit("g", words="graph node", yes=["item3", "item4"])
    copy.seeds.fit("only examples", yes=["item3"])
    after = bg.refit(
        copy, [r for r in rows if r["id"] not in ("item3", "item4")], encoder=BagOfWords()
    )
    assert [(s.name, s.yes) for s in after.seeds.list().seeds] == [("g", [])]
    assert after.search("learning", more="g", k=3)
    # nothing is forgotten
    assert len(bg.refit(after, rows, encoder=BagOfWords()).seeds.list()) == 2


@pytest.mark.parametrize(
    ("n_yes", "n_no", "words"),
    [(3, 1, None), (5, 2, None), (4, 3, "graph node"), (2, 5, "graph"), (12, 8, None)],
)
def test_an_item_that_was_answered_no_is_never_in_it(copy, n_yes, n_no, words):
    """The items that are said not to be it are those that are most like it."""
    ids = ids_of(copy, "graph", n_yes + n_no)
    made = copy.seeds.fit("g", words=words, yes=ids[:n_yes], no=ids[n_yes:])
    held = {h.id for h in copy.search("anything", k=400, has="g", explain=False)}
    assert not held & set(ids[n_yes:])
    assert made.frequency == pytest.approx(len(held) / copy.n_items)
    d = seeds_of(copy.snapshot)[0]
    rows = [copy.snapshot.row_of(i) for i in ids[n_yes:]]
    for part in (rows, rows[:1]):  # however the products are summed
        assert (
            d.activations(np.asarray(copy.item_vectors[part]), copy.snapshot.item_codes[part]) == 0
        ).all()


def test_a_score_of_a_few_examples_says_how_sure_it_is(copy):
    few = copy.seeds.fit("few", yes=ids_of(copy, "graph", 5), no=ids_of(copy, "speech", 2))
    many = copy.seeds.fit("many", yes=ids_of(copy, "graph", 50), no=ids_of(copy, "speech", 40))
    for made in (few, many):
        low, high = made.interval
        assert 0 <= low <= made.score <= high <= 1
        assert all(v == round(v, 2) for v in (made.score, *made.interval, *made.compared.values()))
    assert few.interval[0] < 0.7  # five of five may be chance
    assert few.interval[1] - few.interval[0] > 2 * (many.interval[1] - many.interval[0])
    assert "on 5 yes, 95 % interval" in " ".join(str(few).split())
    assert copy.seeds.fit("words", words="graph").interval is None


def test_a_seed_that_is_nearly_a_concept_says_so_by_the_name_that_it_has_now(copy):
    concept = next(c for c in copy.snapshot.concept_records if c.well_named)
    strongest = [e.id for e in copy.concept_items(concept.id, limit=8).items]
    made = copy.seeds.fit("again", yes=strongest, words=copy.concept(concept.id).words[0][0])
    assert made.near
    assert all(cosine >= 0.7 for _, _, cosine in made.near)
    near = next(c for c in copy.snapshot.concept_records if c.id == made.near[0][0])
    assert f"nearly the concept {near.label!r}" in " ".join(str(made).split())
    copy.edits.rename(near.id, "renamed since")
    assert copy.seeds.list()[0].near[0][1] == "renamed since"


@pytest.mark.parametrize("probe", [m.name for m in catalog.methods("probes")])
def test_every_probe_of_the_catalogue_seeds_a_concept(copy, probe):
    made = copy.seeds.fit(
        "molecules", yes=ids_of(copy, "protein", 8), no=ids_of(copy, "graph", 8), probe=probe
    )
    assert made.method == probe and probe in made.compared
    assert quality(copy, "molecules", "protein")[0] > 0.8
    again = bg.open(copy.path, encoder=BagOfWords()).seeds.list()[0]
    assert again.method == probe
    # more answers keep the probe that was asked for
    assert copy.seeds.fit("molecules", no=ids_of(copy, "speech", 2)).method == probe


def test_a_probe_that_does_not_exist_or_has_too_few_items_is_refused(copy):
    with pytest.raises(InputError, match="near: 'logistic'"):
        copy.seeds.fit("x", yes=ids_of(copy, "protein", 5), probe="logistics")
    with pytest.raises(InputError, match="give at least 4, or leave the probe out"):
        copy.seeds.fit("x", yes=ids_of(copy, "protein", 2), probe="lat")
