"""Promises that hold on items never seen, the control without a bound that breaks them, and questions that buy coverage."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from scipy.stats import binomtest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from begriff.bottlenecks import (
    Beliefs,
    ExpectedLoss,
    Lift,
    RandomOrder,
    Safeguard,
    at_least,
    confirm,
    outlook,
)
from begriff.errors import InputError
from tests.bottlenecks.test_questions import drawn, head_of


def overconfident(rng, n, classes=2):
    """Probabilities twice as sharp as the truth, and classes drawn from the truth."""
    logits = rng.standard_normal((n, classes)) * 1.5
    y = (rng.random((n, 1)) > softmax(logits, axis=1).cumsum(1)).sum(1)
    return softmax(2 * logits, axis=1), y


@pytest.fixture(scope="module")
def world():
    """3,000 items of three concepts drawn from their own beliefs, of which the first matters most."""
    rng = np.random.default_rng(0)
    p = drawn(rng, 3000, (3, 3, 3), sharpness=3)
    true = np.stack([(q.cumsum(1) > rng.random((len(q), 1))).argmax(1) for q in p], axis=1)
    coef = np.zeros((2, 9))
    coef[1] = [-6, 0, 6, -3, 0, 3, -0.1, 0, 0.1]
    head = head_of(coef, [0.5, 0])
    logits = np.concatenate([np.eye(3)[t] for t in true.T], axis=1) @ coef.T + head.intercept_
    return (
        Beliefs.categories(p),
        head,
        true,
        (rng.random(3000) < expit(logits[:, 1] - logits[:, 0])).astype(int),
    )


@pytest.mark.parametrize(("right", "n"), [(1, 10), (59, 59), (180, 200), (0, 5)])
def test_bound_is_that_of_scipy(right, n):
    expected = binomtest(right, n, alternative="greater").proportion_ci(0.95, "exact").low
    assert at_least(np.arange(n) < right) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
def test_calibration_finds_the_true_sharpness(classes):
    P, y = overconfident(np.random.default_rng(1), 8000, classes)
    guard = Safeguard(accuracy=0.8).fit(P, y)
    assert guard.scale_ == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(guard.offset_ - guard.offset_.mean(), 0, atol=0.12)
    fresh, _ = overconfident(np.random.default_rng(2), 2000, classes)
    truth = softmax(np.log(fresh) / 2, axis=1)
    assert np.abs(guard.predict_proba(fresh) - truth).mean() < 0.25 * np.abs(fresh - truth).mean()


def test_promise_holds_in_95_of_100_draws_and_without_a_bound_it_does_not():
    rng = np.random.default_rng(0)
    held, control, answered = [], [], []
    fresh, _ = overconfident(rng, 10_000)
    chance = softmax(np.log(fresh) / 2, axis=1)
    for _ in range(200):
        P, y = overconfident(rng, 500)
        guard = Safeguard(accuracy=0.85).fit(P, y)
        said = guard.predict(fresh)
        answered.append((said >= 0).mean())
        held.append(not (said >= 0).any() or chance.max(1)[said >= 0].mean() >= 0.85)
        control.append(_plain(P, y, fresh, chance, 0.85))
    assert np.mean(held) >= 0.95
    assert np.mean(control) < 0.75
    assert np.median(answered) > 0.15


def _plain(P, y, fresh, chance, accuracy):
    """Whether the lowest threshold that reaches the accuracy on the validation items keeps it."""
    sure, right = P.max(1), P.argmax(1) == y
    order = np.argsort(-sure)
    good = np.flatnonzero(right[order].cumsum() / np.arange(1, len(y) + 1) >= accuracy)
    if not len(good):
        return True
    return chance.max(1)[fresh.max(1) >= sure[order][good[-1]]].mean() >= accuracy


def test_abstaining_is_never_worse(world):
    for seed, classes in ((0, 2), (1, 2), (2, 3), (3, 3)):
        rng = np.random.default_rng(seed)
        guard = Safeguard(accuracy=0.8).fit(*overconfident(rng, 4000, classes))
        P, y = overconfident(rng, 5000, classes)
        said = guard.predict(P)
        assert (said >= 0).any() and (said == y)[said >= 0].mean() >= (
            P.argmax(1) == y
        ).mean() - 0.002


def test_more_is_promised_less_is_answered():
    P, y = overconfident(np.random.default_rng(0), 4000)
    found = [Safeguard(accuracy=a).fit(P, y) for a in (0.75, 0.8, 0.85, 0.9)]
    assert np.all(np.diff([g.coverage_ for g in found]) < 0) and np.all(
        np.diff([g.threshold_ for g in found]) > 0
    )
    assert all(g.bound_ >= g.accuracy for g in found)


def test_pitfall_items_that_belong_together_count_less():
    rng = np.random.default_rng(0)
    held = {True: [], False: []}
    fresh, _ = overconfident(rng, 5_000)
    chance = softmax(np.log(fresh) / 2, axis=1).max(1)
    for _ in range(100):
        P, y = (np.repeat(a, 8, axis=0) for a in overconfident(rng, 150))
        for known in held:
            guard = Safeguard(accuracy=0.8).fit(
                P, y, groups=np.repeat(np.arange(150), 8) if known else None
            )
            said = guard.answers(fresh)
            held[known].append(not said.any() or chance[said].mean() >= 0.8)
    assert np.mean(held[True]) >= 0.93 and np.mean(held[False]) < 0.85


def test_groups_of_one_item_change_nothing():
    P, y = overconfident(np.random.default_rng(0), 800)
    alone, grouped = (
        Safeguard(accuracy=0.8).fit(P, y),
        Safeguard(accuracy=0.8).fit(P, y, groups=np.arange(800) * 7),
    )
    assert (alone.threshold_, alone.bound_) == (grouped.threshold_, grouped.bound_)


def test_what_cannot_be_promised_is_not_answered():
    rng = np.random.default_rng(0)
    guard = Safeguard(accuracy=0.95).fit(np.full((400, 2), 0.5), rng.integers(0, 2, 400))
    assert guard.threshold_ == np.inf and guard.coverage_ == 0 and np.isnan(guard.bound_)
    assert (guard.predict(np.array([[1.0, 0.0]])) == -1).all()
    few = Safeguard(accuracy=0.95, share=0.5).fit(np.eye(2)[np.arange(40) % 2], np.arange(40) % 2)
    assert few.threshold_ == np.inf  # 20 of 20 right bounds the accuracy at .86 only


def test_easy_items_are_all_answered():
    P, y = np.eye(2)[np.arange(400) % 2] * 0.8 + 0.1, np.arange(400) % 2
    guard = Safeguard(accuracy=0.95).fit(P, y)
    assert guard.coverage_ == 1 and guard.bound_ > 0.95
    assert clone(guard).fit(P, y).threshold_ == guard.threshold_


def test_lift_is_the_probability_of_passing_the_threshold(world):
    beliefs, head, _, y = world
    guard = Safeguard(accuracy=0.9).fit(outlook(beliefs, head).label, y)
    seen = outlook(beliefs[:40], head)
    found = Lift(guard).scores(seen)
    for item, g in ((0, 0), (7, 1), (20, 2)):
        passes = [guard.answers(seen.given[item, g, v]) for v in range(3)]
        assert found[item, g] == pytest.approx(beliefs.probabilities[item, g] @ passes, abs=1.1e-3)


def test_lift_picks_the_one_concept_that_can_lift():
    guard = Safeguard()
    guard.scale_, guard.offset_, guard.threshold_ = 1.0, np.zeros(2), 0.9
    head = head_of([[0, 0], [8, 1]], [4, 0])
    seen = outlook(Beliefs.presence([[0.5, 0.5]], np.ones(2)), head)
    found = Lift(guard).scores(seen)
    assert found.argmax() == 0 and found[0, 0] > 0.99 and found[0, 1] < 0.01


def test_a_question_buys_coverage_and_the_promise_holds(world):
    beliefs, head, true, y = world
    guard = Safeguard(accuracy=0.9, confidence=0.975).fit(
        outlook(beliefs[:1000], head).label, y[:1000]
    )
    tried = confirm(beliefs[1000:2000], head, true[1000:2000], y[1000:2000], safeguard=guard)
    after = Safeguard(accuracy=0.9, confidence=0.975).fit(tried.probabilities, y[1000:2000])
    found = confirm(beliefs[2000:], head, true[2000:], y[2000:], safeguard=guard, after=after)
    assert found.coverage[1] > found.coverage[0] + 0.1
    assert found.promised == 0.9 and min(found.bound) >= 0.9
    assert found.coverage[0] == pytest.approx((found.asked[:, 0] < 0).mean())


def test_lift_buys_more_than_random_questions(world):
    beliefs, head, true, y = world
    guard = Safeguard(accuracy=0.9).fit(outlook(beliefs[:1500], head).label, y[:1500])
    part = beliefs[1500:], head, true[1500:], y[1500:]
    bought = {
        name: np.diff(confirm(*part, safeguard=guard, policy=p).coverage)[0]
        for name, p in (("lift", None), ("random", RandomOrder()), ("gain", ExpectedLoss()))
    }
    assert bought["lift"] > 1.4 * bought["random"] and bought["lift"] >= bought["gain"]
    assert (
        confirm(*part, safeguard=guard, n_questions=0).coverage[1]
        == confirm(*part, safeguard=guard).coverage[0]
    )
    assert (
        confirm(*part, safeguard=guard, n_questions=3).coverage[1]
        > confirm(*part, safeguard=guard).coverage[1]
    )


def test_answered_items_are_not_asked_about_and_stay_as_they_are(world):
    beliefs, head, true, y = world
    start = outlook(beliefs, head).label
    guard = Safeguard(accuracy=0.9).fit(start, y)
    found = confirm(beliefs, head, true, y, safeguard=guard, n_questions=2)
    done = guard.answers(start)
    assert (found.asked[done] == -1).all() and (found.asked[~done] >= 0).all()
    assert (found.asked[~done, 0] != found.asked[~done, 1]).all()
    np.testing.assert_array_equal(found.probabilities[done], start[done])


def test_nothing_to_ask_where_all_is_answered(world):
    beliefs, head, true, y = world
    guard = Safeguard()
    guard.scale_, guard.offset_, guard.threshold_ = 1.0, np.zeros(2), 0.0
    found = confirm(beliefs[:50], head, true[:50], y[:50], safeguard=guard)
    assert found.coverage == (1.0, 1.0) and (found.asked == -1).all()
    guard.threshold_ = np.inf
    assert confirm(beliefs[:50], head, true[:50], y[:50], safeguard=guard).coverage == (0.0, 0.0)


def test_what_breaks_a_rule_is_named(world):
    beliefs, head, true, y = world
    P, good = np.full((10, 2), 0.5), np.arange(10) % 2
    for call, said in (
        (lambda: Safeguard(accuracy=1).fit(P, good), "accuracy=1"),
        (lambda: Safeguard(confidence=0).fit(P, good), "confidence=0"),
        (lambda: Safeguard(share=2).fit(P, good), "share=2"),
        (lambda: Safeguard().fit(P * 3, good), "sum to 1"),
        (lambda: Safeguard().fit(P, good + 1), "column of P"),
        (lambda: Safeguard().fit(P[:3], good[:3]), "at least 4"),
        (lambda: Safeguard().fit(P, good[:5]), "classes of shape"),
        (lambda: Safeguard().fit(P, good, np.zeros(10)), "groups hold all"),
        (lambda: Safeguard().fit(P, good, good[:5]), "groups of shape"),
        (
            lambda: confirm(beliefs, head, true, y, safeguard=Safeguard(), n_questions=4),
            "4 questions",
        ),
        (lambda: confirm(beliefs, head, true, y[:5], safeguard=Safeguard()), "a label"),
    ):
        with pytest.raises(InputError, match=said):
            call()
    with pytest.raises(NotFittedError):
        Safeguard().predict(P)
