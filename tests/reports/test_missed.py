"""The weight that is named is enough, and a little less is not; contributions add up."""

import numpy as np
import pytest

import begriff as bg
from begriff.reports.why_not import smallest_weight
from begriff.search.seeds import resolver_of
from tests.conftest import BagOfWords


def test_the_smallest_weight_is_exact():
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(200):
        scores, gain = rng.random(40), rng.standard_normal(40)
        row, k = int(rng.integers(40)), int(rng.integers(1, 6))
        weight = smallest_weight(scores, gain, row, k)
        grid = np.linspace(0, 6, 3001)
        ranks = np.array(
            [(scores + w * gain > scores[row] + w * gain[row]).sum() + 1 for w in grid]
        )
        good = np.flatnonzero(ranks <= k)
        if weight is None:
            assert not len(good)
        elif weight <= 6:
            found += weight > 0
            assert abs(grid[good[0]] - weight) <= 0.004 if len(good) else True
    assert found > 15


def test_steering_by_the_named_step_brings_it_up_and_less_of_it_does_not(atlas):
    atlas = bg.open(atlas.path, encoder=BagOfWords())
    # steer by all of them
    atlas.snapshot.edited.__dict__["well_named"] = frozenset(
        range(len(atlas.snapshot.concept_records))
    )
    query, k = "graph community vertex", 5
    hits = atlas.search(query, k=120, explain=False)
    tried = 0
    for rank in range(15, 120, 15):
        missed = hits[rank]
        for step in bg.why_not(atlas, query, missed.id, k=k).steps[:2]:
            tried += 1
            for factor, expected in ((1.0, True), (0.97, False)):
                steer = {step.kind: {str(c.id): step.weight * factor for c in step.concepts}}
                assert (
                    missed.id in [h.id for h in atlas.search(query, k=k, explain=False, **steer)]
                ) is expected
    assert tried >= 3


def test_what_cost_the_rank_adds_up(atlas):
    missed = atlas.search("graph community vertex", k=60, explain=False)[50]
    found = bg.why_not(atlas, "graph community vertex", missed.id)
    assert found.rank == 51
    assert found.score < found.needed
    assert any(c.difference < 0 for c in found.lacks)
    assert {w.word for w in found.words} <= {"graph", "community", "vertex"}
    assert "is number 51" in str(found)


def test_found_filtered_and_unknown(atlas):
    best = atlas.search("graph community vertex", k=1, explain=False)[0]
    assert bg.why_not(atlas, "graph community vertex", best.id).rank == 1
    year = best.item["year"]
    assert "does not meet" in str(
        bg.why_not(atlas, "graph community vertex", best.id, where=f"year != {year}")
    )
    with pytest.raises(bg.InputError, match="no item"):
        bg.why_not(atlas, "graph", "nothing")


def test_steps_hold_on_top_of_other_steering(drifting):
    atlas = bg.open(drifting.path, encoder=BagOfWords())
    atlas.snapshot.edited.__dict__["well_named"] = frozenset(
        range(len(atlas.snapshot.concept_records))
    )
    query = "graph node edge"
    busiest = str(
        resolver_of(atlas.snapshot)
        ._by_id[int(atlas.snapshot.ids[atlas.snapshot.item_codes.sum(0).argmax()])]
        .id
    )
    checked = 0
    for more, less in (
        ({busiest: 0.7}, None),
        (None, {busiest: 0.5}),
        ({busiest: 0.4}, {busiest: 0.2}),
    ):
        hits = atlas.search(query, k=60, more=more, less=less, explain=False)
        for missed in (hits[12], hits[40]):
            for step in bg.why_not(atlas, query, missed.id, k=8, more=more, less=less).steps:
                checked += 1
                options = {"more": dict(more or {}), "less": dict(less or {})}
                for c in step.concepts:
                    options[step.kind][str(c.id)] = (
                        options[step.kind].get(str(c.id), 0) + step.weight
                    )
                found = [h.id for h in atlas.search(query, k=8, explain=False, **options)]
                assert found.index(missed.id) + 1 == step.rank
    assert checked >= 3


def test_less_is_named_as_the_cause(drifting):
    atlas = bg.open(drifting.path, encoder=BagOfWords())
    best = atlas.search("graph node edge", k=1, explain=False)[0]
    strongest = atlas.item(best.id).concepts[0].concept
    found = bg.why_not(atlas, "graph node edge", best.id, less={str(strongest): 3.0})
    assert found.rank > 10
    worst = min(found.lacks, key=lambda c: c.difference)
    assert worst.concept.name.startswith("less ")


def test_a_document_about_something_else_gets_no_steering(atlas):
    atlas = bg.open(atlas.path, encoder=BagOfWords())
    atlas.snapshot.edited.__dict__["well_named"] = frozenset(
        range(len(atlas.snapshot.concept_records))
    )
    query = "graph community vertex"
    last = atlas.search(query, k=atlas.n_items, explain=False)
    far = next(h for h in reversed(list(last)) if h.item["topic"] == "protein")
    found = bg.why_not(atlas, query, far.id)
    assert found.elsewhere and found.steps == [] and found.rank > 100
    assert f"It is about something else (rank {found.rank:,})" in " ".join(found.summary())
    near = next(h for h in list(last)[12:] if h.item["topic"] == "graph")
    assert not bg.why_not(atlas, query, near.id).elsewhere


def test_steps_keep_the_question(atlas):
    atlas = bg.open(atlas.path, encoder=BagOfWords())
    atlas.snapshot.edited.__dict__["well_named"] = frozenset(
        range(len(atlas.snapshot.concept_records))
    )
    query, k = "graph community vertex", 10
    hits = atlas.search(query, k=120, explain=False)
    checked = 0
    for rank in range(12, 120, 9):
        for step in bg.why_not(atlas, query, hits[rank].id, k=k).steps:
            steer = {step.kind: {str(c.id): step.weight for c in step.concepts}}
            then = {h.id for h in atlas.search(query, k=k, explain=False, **steer)}
            assert step.kept == len(then & {h.id for h in list(hits)[:k]}) / k >= 0.2
            checked += 1
    assert checked >= 3


def test_a_title_is_cut_between_words(drifting):
    found = bg.why_not(drifting, "graph node edge", drifting.snapshot.items.column("_id")[5])
    text = " ".join(drifting.snapshot.records([5])[0].text.split())
    assert len(text) > 80 and found.title.endswith("…") and text[len(found.title) - 1] == " "
