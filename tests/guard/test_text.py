"""Texts: verdicts, long texts by their worst passage, one file, the encoder that it is of."""

import pytest

from begriff.errors import InputError
from begriff.tasks.guard import Guard, TextGuard, Verdicts
from tests.conftest import BagOfWords
from tests.guard.conftest import PLAIN, SLURS, THREATS, write_texts


@pytest.fixture(scope="module")
def guard(harmful, harmless):
    return TextGuard.train(harmful, harmless, encoder=BagOfWords(), fpr=0.05, n_prompts=16)


def test_verdicts(guard):
    found = guard.check(["kill hurt burn music", "river bridge paper music", "idiot scum window"])
    assert [v.flagged for v in found] == [True, False, True]
    assert [v.flagged == (v.score > 0) for v in found] == [True] * 3
    assert [max(v.concepts, key=lambda c: c.score).name for v in (found[0], found[2])] == [
        "threats",
        "slurs",
    ]
    assert found[0].nearest.concept == "threats" and set(found[0].nearest.text.split()) & set(
        THREATS
    )
    assert len(found) == 3
    assert Verdicts.model_validate_json(found.model_dump_json()) == found


def test_the_rate_holds_on_further_texts(guard):
    later = guard.check(write_texts(PLAIN, 400, 77))
    assert sum(v.flagged for v in later) / 400 < 0.12
    assert sum(v.flagged for v in guard.check(write_texts(SLURS, 100, 78))) > 90


def test_harm_deep_in_a_long_text_is_seen(guard):
    long = " ".join(PLAIN * 6)
    text = long[:420] + " kill hurt destroy burn attack threat kill hurt destroy burn"
    worst = guard.check([text, long])[0]
    assert worst.flagged
    assert worst.start > 0 and worst.end == len(text)
    assert not guard.check([text[:400]])[0].flagged


def test_order_is_kept_and_company_does_not_matter(guard):
    texts = ["river bridge", "kill burn hurt attack", " ".join(PLAIN * 9), "scum trash"]
    together = guard.check(texts)
    assert [round(v.score, 3) for v in together] == [
        round(guard.check([t])[0].score, 3) for t in texts
    ]


def test_saved_and_loaded(guard, tmp_path):
    guard.save(tmp_path / "g.safetensors")
    loaded = TextGuard.load(tmp_path / "g.safetensors", encoder=BagOfWords())
    texts = ["kill hurt burn music", "river bridge paper"]
    assert loaded.check(texts) == guard.check(texts)
    assert loaded.info() == guard.info()


def test_another_encoder_is_refused(guard, tmp_path):
    guard.save(tmp_path / "g.safetensors")
    other = BagOfWords()
    other.name = "another"
    with pytest.raises(InputError, match="a guard file from another encoder"):
        TextGuard.load(tmp_path / "g.safetensors", encoder=other)
    narrow = BagOfWords()
    narrow.n_dims = 3
    with pytest.raises(InputError, match="3 dimensions"):
        TextGuard(guard.guard, narrow, [])
    with pytest.raises(InputError, match="BagOfWords"):
        TextGuard.load(tmp_path / "g.safetensors")  # in no catalogue
    guard.guard.save(tmp_path / "vectors.safetensors")
    with pytest.raises(InputError, match=r"Guard\.load"):
        TextGuard.load(tmp_path / "vectors.safetensors")


def test_given_prompts_and_one_concept(harmful, harmless):
    made = TextGuard.train(
        harmful["slurs"],
        harmless,
        encoder=BagOfWords(),
        fpr=0.05,
        prompts={"harmful": ["idiot moron"]},
    )
    assert made.info().concepts == ["harmful"] and made.info().prompts == [1]
    assert made.check(["stupid loser idiot"])[0].nearest.text == "idiot moron"


def test_a_text_given_twice_counts_once(harmful, harmless):
    once = TextGuard.train(harmful, harmless, encoder=BagOfWords(), fpr=0.05)
    twice = TextGuard.train(
        {k: v + v for k, v in harmful.items()}, harmless + harmless, encoder=BagOfWords(), fpr=0.05
    )
    assert once.guard.threshold_ == twice.guard.threshold_


def test_what_no_guard_can_be_made_of(harmful, harmless):
    for bad, good, said in (
        (harmful, [*harmless, harmful["slurs"][0]], "decide on one"),
        ({"": ["a"]}, harmless, "empty name"),
        ({"a": "text"}, harmless, "give a list"),
        ({"a": ["x", 3]}, harmless, "number 1 is a int"),
        (harmful, harmless[:30], "cannot promise"),
    ):
        with pytest.raises(InputError, match=said):
            TextGuard.train(bad, good, encoder=BagOfWords(), fpr=0.05)


def test_texts_to_check_are_texts(guard):
    for bad in ("one text", [], [None]):
        with pytest.raises(InputError, match="texts"):
            guard.check(bad)
    assert len(guard.check(["\ud800 odd", "", "\x00"])) == 3


def test_it_prints(guard):
    from begriff.documents.rendering import as_text

    assert "flagged" in as_text(guard.check(["kill hurt burn attack"]))
    assert "at most 5.0%" in as_text(guard.info())
    assert isinstance(guard.guard, Guard)
