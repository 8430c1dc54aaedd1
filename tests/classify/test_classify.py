"""A label through concepts: exact sums, figures beside controls that differ, and nothing kept after bad input."""

import shutil

import numpy as np
import pytest

import begriff as bg
from begriff.errors import AtlasError, InputError, NotFoundError
from begriff.reports.report import Table
from tests.conftest import BagOfWords


def test_accuracy_stands_beside_controls_that_are_worse(modelled):
    report = bg.Classifier(modelled, "topic").report()
    assert report.accuracy > 0.9
    assert report.accuracies[0].most == 5
    assert report.accuracies[0].concepts > report.accuracies[0].frozen + 0.1
    assert report.majority < 0.4
    assert report.by_name > report.by_shuffled_name + 0.2
    assert 0 <= report.unlabelled <= 1
    assert report.held + report.items < modelled.n_items


@pytest.mark.filterwarnings("ignore:.*abstains on every item")
def test_the_sum_is_exact_and_the_highest_logit_wins(modelled):
    model = bg.Classifier(modelled, "topic")
    for id in ("item0", "item7", "item33"):
        for of in model.classes:
            d = model.decide(id, of=of, limit=2)
            assert d.intercept + sum(p.value for p in d.parts) + d.other + d.rest == pytest.approx(
                d.logit, abs=1e-9
            )
            assert all(p.value == pytest.approx(p.strength * p.weight) for p in d.parts)
    row = modelled.snapshot.row_of("item7")
    assert (
        model.decide("item7").predicted == model.classes[int(model.predict_proba()[row].argmax())]
    )
    few = bg.classify(modelled, "topic", name="weak", n_active=2, controls=False)
    logits = few._codes_of(None) @ few.coef.T + few.intercept
    np.testing.assert_array_equal(few.predict_proba().argmax(axis=1), logits.argmax(axis=1))
    assert sum(model.decide("item7").probabilities.values()) == pytest.approx(1)


def test_a_hybrid_adds_the_rest_and_stays_exact(modelled):
    model = bg.classify(modelled, "topic", name="both", hybrid=True, controls=False)
    d = model.decide("item9")
    assert d.rest != 0
    assert d.intercept + sum(p.value for p in d.parts) + d.other + d.rest == pytest.approx(
        d.logit, abs=1e-9
    )
    assert model.report().hybrid_used


@pytest.mark.filterwarnings("ignore:.*abstains on every item")
def test_at_most_so_many_concepts_a_class(modelled):
    model = bg.classify(modelled, "topic", name="few", n_active=2, controls=False)
    assert ((model.coef != 0).sum(axis=1) <= 2).all()
    assert (
        max(len(c.concepts) for c in bg.Classifier(modelled, "topic").report(limit=3).classes) <= 3
    )


@pytest.mark.filterwarnings("ignore:.*abstains on every item")
def test_given_texts_and_seeded_concepts_are_columns_too(modelled, tmp_path):
    given = bg.classify(
        modelled,
        "topic",
        name="given",
        concepts=["protein enzyme", "graph node", "image pixel", "speech audio"],
        controls=False,
    )
    assert given.report().accuracy > 0.5
    with pytest.raises(InputError, match="no seeded concepts"):
        bg.classify(modelled, "topic", concepts="seeded")


def test_the_same_seed_gives_the_same_model(modelled):
    a, b = (bg.classify(modelled, "topic", name=n, controls=False) for n in ("one", "two"))
    np.testing.assert_array_equal(a.coef, b.coef)


def test_the_promise_is_kept_on_what_is_answered(modelled):
    model = bg.Classifier(modelled, "topic")
    P, topics = model.predict_proba(), np.array(modelled.snapshot.items.column("topic"))
    answered = P.max(axis=1) >= (model.report().threshold or 0)
    right = np.array(model.classes)[P.argmax(axis=1)] == topics
    assert right[answered].mean() >= model.report().promised


@pytest.mark.parametrize(
    ("label", "options", "said"),
    [
        ({f"item{i}": "same" for i in range(50)}, {}, "leaves 1 class"),
        ("topic", {"name": "../evil"}, "letters, digits"),
        ("topic", {"promise": 1.5}, "promise"),
        ("topic", {"n_active": 0}, "n_active"),
        ("colour", {}, "colour"),
    ],
)
def test_bad_input_leaves_no_model(modelled, label, options, said):
    before = bg.list_models(modelled).models
    with pytest.raises(InputError, match=said):
        bg.classify(modelled, label, **{"name": "bad", **options})
    assert bg.list_models(modelled).models == before


def test_an_unknown_model_and_one_of_other_codes(model, tmp_path):
    with pytest.raises(NotFoundError, match="topic"):
        bg.Classifier(model._atlas, "topics")
    bg.refit(model._atlas, encoder=BagOfWords(), random_state=5)
    with pytest.raises(InputError, match="begriff classify"):
        bg.Classifier(bg.open(model._atlas.path, encoder=BagOfWords()), "topic")


def test_a_damaged_model_says_so(model):
    (model._atlas.path / "models" / "topic.safetensors").write_bytes(b"junk")
    with pytest.raises(AtlasError, match="no readable model"):
        bg.Classifier(model._atlas, "topic")


def test_lists_of_items(modelled):
    model = bg.Classifier(modelled, "topic")
    wrong = model.list_items("wrong", limit=200)
    assert all(r.label != r.predicted for r in wrong.items)
    assert [r.probability for r in wrong.items] == sorted(
        (r.probability for r in wrong.items), reverse=True
    )
    page = model.list_items(limit=5)
    assert page.total == modelled.n_items
    assert page.next == 5
    assert {r.predicted for r in model.list_items(of="graph", limit=50).items} == {"graph"}
    with pytest.raises(InputError, match="selection"):
        model.list_items("worst")


def test_a_model_is_replaced_in_one_step_and_waits_for_a_writer(model, monkeypatch):
    import threading

    held, atlas, known = threading.Event(), model._atlas, bg.list_models(model._atlas).models

    def write():
        with bg.open(atlas.path).snapshot.store.lock():
            held.set()
            threading.Event().wait(1.0)

    thread = threading.Thread(target=write)
    thread.start()
    held.wait()
    bg.classify(atlas, "topic", controls=False)
    thread.join()
    before = (atlas.path / "models" / "topic.safetensors").read_bytes()
    monkeypatch.setattr(
        "os.replace", lambda *a: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(OSError, match="No space left"):
        bg.classify(atlas, "topic", n_active=3, controls=False)
    assert (atlas.path / "models" / "topic.safetensors").read_bytes() == before
    assert bg.list_models(atlas).models == known


@pytest.fixture(scope="module")
def hopeless(atlas, tmp_path_factory):
    """An atlas with labels that nothing tells, and a model of them that promises 90 %."""
    path = shutil.copytree(atlas.path, tmp_path_factory.mktemp("hopeless") / "planted.atlas")
    opened = bg.open(path, encoder=BagOfWords())
    coins = np.random.default_rng(0).choice(["a", "b", "c", "d"], opened.n_items)
    labels = dict(zip(opened.snapshot.items.column("_id").tolist(), coins.tolist(), strict=True))
    with pytest.warns(
        UserWarning,
        match=r"abstains on every item: no threshold keeps the promised accuracy of 90.0%",
    ) as told:
        model = bg.classify(opened, labels, name="coins", controls=False)
    assert len(told) == 1
    return model


def test_a_promise_that_cannot_be_kept_means_no_answers(hopeless):
    report = hopeless.report()
    assert (report.threshold, report.coverage, report.reachable) == (None, 0.0, None)
    said = " ".join(report.summary())
    assert (
        "abstains on every item" in said
        and "not even 50% can be promised" in said
        and "always answers" not in said
    )
    assert not any(r.answered for r in hopeless.list_items(limit=None).items)
    assert not hopeless.decide("item3").answered
    assert hopeless.list_items("unsure", limit=5).total == len(hopeless.predict_proba())
    assert "abstains on all" in repr(hopeless)


def test_a_model_of_an_older_version_abstains_too(hopeless, monkeypatch):
    monkeypatch.setitem(hopeless._meta, "coverage", 1.0)  # as 0.1.0 wrote it
    monkeypatch.delitem(hopeless._meta, "reachable")
    assert hopeless.report().coverage == 0.0 and not hopeless.decide("item3").answered


def test_what_can_be_promised_is_said_and_is_kept_when_asked_for(atlas, tmp_path):
    path = shutil.copytree(atlas.path, tmp_path / "planted.atlas")
    opened = bg.open(path, encoder=BagOfWords())
    rng = np.random.default_rng(1)
    topics, ids = (
        np.array(opened.snapshot.items.column("topic")),
        opened.snapshot.items.column("_id").tolist(),
    )
    noisy = np.where(rng.random(len(topics)) < 0.2, rng.permutation(topics), topics)
    labels = dict(zip(ids, noisy.tolist(), strict=True))
    with pytest.warns(UserWarning, match="can be promised, on"):
        first = bg.classify(opened, labels, name="noisy", promise=0.99, controls=False).report()
    accuracy, coverage = first.reachable
    assert 0.5 < accuracy < 0.99 and coverage > 0
    again = bg.classify(opened, labels, name="noisy", promise=accuracy, controls=False).report()
    assert again.threshold is not None and again.coverage == pytest.approx(coverage)


def test_a_classifier_shows_what_it_is(modelled):
    model = bg.Classifier(modelled, "topic")
    assert repr(model).startswith("Classifier('topic': topic in 6 classes through")
    assert f"answers {model.report().coverage:.0%} at a promised 90%" in repr(model)
    assert model._repr_html_() == model.report()._repr_html_() and "<table" in model._repr_html_()


def test_questions_name_concepts_that_a_person_can_answer(modelled):
    model = bg.Classifier(modelled, "topic")
    records = {c.id: c for c in modelled.snapshot.concept_records}
    asked = [q.concept for i in range(0, 60, 5) for q in model.decide(f"item{i}").questions]
    used = {model.space.refs[j].id for j in np.flatnonzero((model.coef != 0).any(axis=0))}
    assert any(not records[i].name for i in used)  # there is something to leave out
    assert asked and all(records[c.id].name for c in asked)


def test_wrong_labels_can_be_taken_out_put_right_and_used(model, tmp_path):
    import csv
    import io

    atlas = model._atlas
    labels = dict(
        zip(
            atlas.snapshot.items.column("_id").tolist(),
            atlas.snapshot.items.column("topic").tolist(),
            strict=True,
        )
    )
    wrong = {
        "item3": "graph" if labels["item3"] != "graph" else "speech",
        "item8": "vision" if labels["item8"] != "vision" else "speech",
    }
    model = bg.classify(atlas, {**labels, **wrong}, name="given", controls=False)
    listed = model.list_items("wrong", limit=None)
    rows = list(csv.DictReader(io.StringIO(listed.table().to_csv())))
    assert {"item3", "item8"} <= {r["id"] for r in rows} and len(rows) == listed.total
    assert all(r["label"] == {**labels, **wrong}[r["id"]] for r in rows)
    file = tmp_path / "fixed.csv"
    every = model.list_items(limit=None).table()
    file.write_text(
        Table("", every.columns, [(i, labels[i], *rest) for i, _, *rest in every.rows]).to_csv()
    )
    fixed = bg.classify(atlas, file, name="fixed", controls=False)
    assert {r.id: r.label for r in fixed.list_items(limit=None).items} == labels
    assert listed.to_pandas()["probability"].dtype == float
