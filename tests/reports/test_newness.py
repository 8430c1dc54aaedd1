"""A text that is there is not new, an unseen combination is newer than a usual one, and the score is calibrated."""

import numpy as np
import pytest

import begriff as bg


def test_known_text_and_strange_combination(drifting):
    text = drifting.snapshot.records([5])[0].text
    there = bg.novelty(drifting, text)
    assert there.known is not None
    assert there.score == 0
    strange = bg.novelty(
        drifting, "protein folding enzyme residue bandit regret arm exploration horizon"
    )
    usual = bg.novelty(drifting, "protein folding enzyme residue molecule amino chain")
    assert strange.score > usual.score
    assert strange.known is None


def test_scores_of_held_out_items_are_uniform(drifting):
    from tests.reports.conftest import drifting_rows

    fresh = [r["body"] for r in drifting_rows(seed=11)[:80]]
    scores = [bg.novelty(drifting, t).score for t in fresh]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(scores) > 0.9) < 0.3


def test_against_their_own_past(drifting):
    found = bg.novelty(drifting, "graph spectral laplacian community", by="year")
    assert found.by == "year"
    assert found.judged > 100
    assert "against their own past" in str(found)
    assert len(found.nearest) == 5


def test_bad_texts(drifting):
    with pytest.raises(bg.InputError, match="empty"):
        bg.novelty(drifting, " ")
    with pytest.raises(bg.InputError, match="category"):
        bg.novelty(drifting, "x", by="topic")
    with pytest.raises(bg.InputError, match="k=0"):
        bg.novelty(drifting, "x", k=0)
