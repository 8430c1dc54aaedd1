"""What people set on an item, or on a class, is followed, kept in the journal and taken back."""

import numpy as np
import pytest

import begriff as bg
from begriff import catalog
from begriff.errors import InputError, NotFoundError
from tests.conftest import BagOfWords


def again(model):
    return bg.Classifier(bg.open(model._atlas.path, encoder=BagOfWords()), "topic")


def test_taking_away_the_strongest_part_takes_off_exactly_what_it_added(model):
    before = model.decide("item3")
    part = before.parts[0]
    after = model.correct("item3", part.concept.id, False, who="Ada")
    assert model.decide("item3", of=before.of).logit == pytest.approx(before.logit - part.value)
    set_by_a_person = next(p for p in after.parts if p.concept.id == part.concept.id)
    assert (set_by_a_person.corrected, set_by_a_person.value) == (True, 0.0)
    assert model.correct("item3", part.concept.id, True).logit == pytest.approx(before.logit)
    assert model.decide("item4") == again(model).decide("item4")
    entry = model._atlas.edits.list()[0]
    assert (entry["action"], entry["who"], entry["item"]) == ("correct", "Ada", "item3")


def test_a_correction_moves_its_item_alone_and_says_so(model):
    before = model.predict_proba()
    after = model.correct("item3", model.decide("item3").parts[0].concept.id, False)
    moved = np.flatnonzero(np.abs(again(model).predict_proba() - before).max(axis=1) > 1e-12)
    assert moved.tolist() == [model._atlas.snapshot.row_of("item3")]
    assert "of this item alone" in str(after) and "of this item alone" not in str(
        model.decide("item4")
    )


def test_a_correction_is_there_after_opening_again_and_gone_after_undo(model):
    before = model.decide("item3")
    other = next(c for c in model.classes if c != before.predicted)
    concept = next(c for c in model.report().classes if c.name == other).concepts[0].concept
    changed = model.correct("item3", concept.id, 50.0)
    assert changed.predicted == other
    assert again(model).decide("item3").predicted == other
    assert again(model).list_items("corrected").items[0].id == "item3"
    assert again(model).report().corrections == 1
    model._atlas.edits.undo()
    assert again(model).decide("item3").predicted == before.predicted
    assert again(model).report().corrections == 0


def test_none_goes_back_to_what_was_computed(model):
    before = model.decide("item3")
    model.correct("item3", before.parts[0].concept.id, False)
    assert model.correct("item3", before.parts[0].concept.id, None).logit == pytest.approx(
        before.logit
    )


def test_a_weight_is_followed_everywhere_and_undone(model):
    view = model.report().classes[0]
    top = view.concepts[0]
    changed = model.weigh(view.name, top.concept.id, 0.0)
    edited = next(w for w in changed.classes[0].concepts if w.concept.id == top.concept.id)
    assert edited.edited
    assert edited.weight == 0
    assert changed.weights_edited == 1
    model._atlas.edits.undo()
    assert again(model).report().classes[0] == view


def test_corrections_survive_fitting_the_model_again(model):
    concept = model.decide("item3").parts[0].concept
    model.correct("item3", concept.id, False)
    fitted = bg.classify(model._atlas, "topic", random_state=1, controls=False)
    assert fitted.report().corrections == 1


def test_questions_are_ordered_by_what_they_are_expected_to_change(model):
    for id in ("item1", "item2", "item3"):
        asked = model.decide(id).questions
        assert asked
        assert [q.expected for q in asked] == sorted((q.expected for q in asked), reverse=True)
        q = asked[0]
        before = model.decide(id)
        after = model.correct(id, q.concept.id, not q.active)
        assert after.predicted == q.would_be
        moved = (
            sum(abs(after.probabilities.get(c, 0) - p) for c, p in before.probabilities.items()) / 2
        )
        assert moved == pytest.approx(q.change, abs=1e-6)
        assert q.concept.id not in [x.concept.id for x in after.questions]


@pytest.mark.parametrize(
    ("item", "concept", "value", "kind", "said"),
    [
        ("nobody", 0, True, NotFoundError, "nobody"),
        ("item1", "no such concept at all", True, InputError, "concept"),
        ("item1", 0, float("nan"), InputError, "activation"),
        ("item1", 0, 1e39, InputError, "activation"),
    ],
)
def test_a_correction_that_makes_no_sense_changes_nothing(model, item, concept, value, kind, said):
    concept = model.space.refs[0].id if concept == 0 else concept
    with pytest.raises(kind, match=said):
        model.correct(item, concept, value)
    assert model._atlas.edits.list() == []


def test_a_weight_that_makes_no_sense_changes_nothing(model):
    with pytest.raises(NotFoundError, match="class"):
        model.weigh("nothing", model.space.refs[0].id, 1.0)
    with pytest.raises(InputError, match="number"):
        model.weigh(model.classes[0], model.space.refs[0].id, float("inf"))
    assert model._atlas.edits.list() == []


@pytest.mark.filterwarnings("ignore:.*abstains on every item")
def test_no_on_a_given_text_lowers_and_yes_raises(model):
    """Strengths of texts that are given are standardised cosines: there 0 is the mean of the corpus, and no absence."""
    given = bg.classify(
        model._atlas,
        "topic",
        name="given",
        concepts=["graph node", "image pixel", "speech audio"],
        controls=False,
    )
    of = given.classes[int(given.coef[:, 0].argmax())]
    column, strengths = given.space.columns[0].name, given.space.codes.toarray()[:, 0]
    ids = model._atlas.snapshot.items.column("_id")
    for place, yes in [(strengths.argmin(), True), (strengths.argmax(), False)]:
        before = given.decide(ids[place], of=of).logit
        assert given.correct(ids[place], column, not yes) == given.decide(ids[place])
        assert given.decide(ids[place], of=of).logit == pytest.approx(before)
        given.correct(ids[place], column, yes)
        assert (given.decide(ids[place], of=of).logit > before) == yes


def test_a_deleted_model_takes_its_corrections_with_it(model):
    atlas = model._atlas
    before = model.decide("item3")
    model.correct("item3", before.parts[0].concept.id, False)
    model.weigh(before.of, before.parts[0].concept.id, 0.0)
    atlas.edits.rename(int(atlas.snapshot.ids[0]), "mine")
    left = [m for m in bg.list_models(atlas).models if m != "topic"]
    assert bg.delete_model(atlas, "topic").models == left == bg.list_models(atlas).models
    assert not list((atlas.path / "models").glob("topic*"))
    with pytest.raises(NotFoundError, match="no model 'topic'"):
        bg.Classifier(atlas, "topic")
    assert [e["action"] for e in atlas.edits.list()] == ["rename"]
    again = bg.classify(atlas, "topic", controls=False)
    assert again.report().corrections == 0 == again.report().weights_edited
    assert again.decide("item3").logit == before.logit


@pytest.mark.parametrize("name", ["topics", "../models/topic", ""])
def test_only_a_model_is_deleted(model, name):
    before = bg.list_models(model._atlas)
    with pytest.raises(NotFoundError, match="no model"):
        bg.delete_model(model._atlas, name)
    assert bg.list_models(model._atlas) == before and "topic" in before.models


@pytest.mark.parametrize("policy", [m.name for m in catalog.methods("policies")])
def test_every_policy_of_the_catalogue_asks_or_is_refused(model, policy):
    usual = model.decide("item1").questions
    if catalog.find("policies", policy).needs_fit:
        with pytest.raises(InputError, match="has to be fitted on validation items first"):
            model.decide("item1", policy=policy)
        return
    asked = model.decide("item1", policy=policy).questions
    assert 0 < len(asked) == len(usual)
    scores = [q.expected for q in asked]
    assert scores == sorted(scores, reverse=True)
    assert (policy == "influence") == (asked == usual)
