"""Planted problems whose best question is known, exact mixtures, and corrections that lead to the head's own error."""

from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import softmax
from sklearn.exceptions import NotFittedError

from begriff.bottlenecks import (
    Beliefs,
    Contribution,
    CooP,
    ExpectedLoss,
    Influence,
    RandomOrder,
    SparseLinear,
    Uncertainty,
    doubt,
    entropy,
    next_question,
    outlook,
    replay,
)
from begriff.errors import InputError


def head_of(coef, intercept=None, classes=None):
    """A linear head with these weights."""
    n = len(coef)
    intercept = np.zeros(n) if intercept is None else intercept
    return SparseLinear.from_weights(coef, intercept, np.arange(n) if classes is None else classes)


def drawn(rng, n, widths, sharpness=1.0):
    return [softmax(sharpness * rng.standard_normal((n, w)), axis=1) for w in widths]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def mixed(rng):
    """30 items, concepts of 2, 3 and 4 values, 3 classes."""
    return Beliefs.categories(drawn(rng, 30, (2, 3, 4))), head_of(
        rng.standard_normal((3, 9)) * 2, rng.standard_normal(3)
    )


@pytest.fixture
def world(rng):
    """1,500 items of four three-valued concepts drawn from their own beliefs; two classes that the first two concepts decide."""
    p = drawn(rng, 1500, (3, 3, 3, 3), sharpness=1.5)
    true = np.stack([(q.cumsum(1) > rng.random((len(q), 1))).argmax(1) for q in p], axis=1)
    coef = np.zeros((2, 12))
    coef[1, :6] = [-4, 0, 4, -3, 0, 3]
    coef[1, 6:] = [-0.2, 0, 0.2, -0.1, 0, 0.1]
    head = head_of(coef, classes=["bad", "good"])
    logits = np.concatenate([np.eye(3)[t] for t in true.T], axis=1) @ coef.T
    y = head.classes_[(rng.random((len(p[0]), 1)) > softmax(logits, axis=1).cumsum(1)).sum(1)]
    return Beliefs.categories(p), head, true, y


def by_hand(beliefs, head, item):
    """The mixture as a plain sum over all combinations of values."""
    total = np.zeros(len(head.coef_))
    for combo in product(*(range(len(v)) for v in beliefs.values)):
        code = np.zeros(head.coef_.shape[1])
        weight = 1.0
        for g, v in enumerate(combo):
            code[beliefs.columns[g]] = beliefs.values[g][v]
            weight *= beliefs.probabilities[item, g, v]
        total += weight * softmax(head.intercept_ + head.coef_ @ code)
    return total


def test_mixture_equals_the_sum_over_all_combinations(mixed):
    beliefs, head = mixed
    seen = outlook(beliefs, head)
    for item in range(5):
        np.testing.assert_allclose(seen.label[item], by_hand(beliefs, head, item), atol=1e-12)


def test_given_is_the_label_after_the_answer_and_averages_to_the_label(mixed):
    beliefs, head = mixed
    seen = outlook(beliefs, head)
    np.testing.assert_allclose(
        np.einsum("ngv,ngvc->ngc", beliefs.probabilities, seen.given),
        np.repeat(seen.label[:, None], 3, 1),
        atol=1e-12,
    )
    true = np.tile([1, 2, 3], (30, 1))
    for g in range(3):
        told = beliefs.answered(true, np.arange(3) == np.full((30, 1), g))
        np.testing.assert_allclose(
            outlook(told, head, foresee=False).label, seen.given[:, g, true[0, g]], atol=1e-12
        )


def test_certain_concepts_give_the_head_itself(mixed):
    beliefs, head = mixed
    told = beliefs.answered(np.zeros((30, 3), int), np.ones((30, 3), bool))
    expected = softmax(told.codes(9) @ head.coef_.T + head.intercept_, axis=1)
    np.testing.assert_allclose(outlook(told, head).label, expected, atol=1e-12)


def test_a_mixture_is_not_the_softmax_of_the_expected_codes(mixed):
    beliefs, head = mixed
    plain = softmax(beliefs.codes(9) @ head.coef_.T + head.intercept_, axis=1)
    assert np.abs(outlook(beliefs, head).label - plain).max() > 0.05


def test_many_concepts_are_near_a_simulation(rng):
    n_concepts, head = 40, head_of(rng.standard_normal((3, 40)) * 0.7)
    beliefs = Beliefs.presence(rng.random((6, n_concepts)), rng.random(n_concepts) * 2)
    seen = outlook(beliefs, head)
    strengths = np.array([v[1, 0] for v in beliefs.values])
    misses = []
    for item in range(6):
        held = rng.random((40_000, n_concepts)) < beliefs.probabilities[item, :, 1]
        simulated = softmax((held * strengths) @ head.coef_.T, axis=1).mean(0)
        np.testing.assert_allclose(seen.label[item], simulated, atol=0.03)
        np.testing.assert_allclose(seen.given[item].sum(-1), 1)
        plain = softmax(head.coef_ @ (beliefs.probabilities[item, :, 1] * strengths))
        misses.append([np.abs(p - simulated).max() for p in (seen.label[item], plain)])
    assert np.mean(misses, axis=0)[0] < 0.5 * np.mean(misses, axis=0)[1]


def test_many_certain_concepts_give_the_head_itself(rng):
    head = head_of(rng.standard_normal((3, 40)))
    held = rng.random((5, 40)) < 0.3
    seen = outlook(Beliefs.presence(held.astype(float), np.ones(40)), head)
    np.testing.assert_allclose(seen.label, softmax(held @ head.coef_.T, axis=1), atol=1e-9)


def test_codes_of_other_columns_count_and_those_of_the_concepts_do_not(rng):
    head, codes = head_of(rng.standard_normal((2, 5))), rng.random((4, 5))
    asked = Beliefs.presence(np.ones((4, 2)), [2.0, 3.0], columns=[1, 3], rest=csr_array(codes))
    codes[:, [1, 3]] = [2.0, 3.0]
    np.testing.assert_allclose(
        outlook(asked, head).label, softmax(codes @ head.coef_.T, axis=1), atol=1e-12
    )


def test_the_gain_is_mutual_information_and_the_expected_divergence(mixed):
    beliefs, head = mixed
    seen = outlook(beliefs, head)
    gain = ExpectedLoss().scores(seen)
    divergence = (seen.given * np.log(seen.given / seen.label[:, None, None, :]).clip(-50)).sum(-1)
    real = np.where(beliefs.probabilities > 0, divergence, 0)
    np.testing.assert_allclose(gain, seen.expected(real), atol=1e-10)
    assert gain.min() >= 0


@pytest.mark.parametrize("loss", [entropy, doubt])
def test_expected_loss_equals_a_loop(mixed, loss):
    beliefs, head = mixed
    seen = outlook(beliefs, head)
    found = ExpectedLoss(loss=loss).scores(seen)
    for item, g in product(range(3), range(3)):
        later = sum(
            beliefs.probabilities[item, g, v] * loss(seen.given[item, g, v])
            for v in range(len(beliefs.values[g]))
        )
        assert found[item, g] == pytest.approx(loss(seen.label[item]) - later, abs=1e-12)
        assert found[item, g] >= -1e-12


@pytest.mark.parametrize(
    "policy", [Uncertainty(), Influence(), ExpectedLoss(), ExpectedLoss(loss=doubt)]
)
def test_one_uncertain_important_concept_is_picked(policy):
    head = head_of([[0, 0, 0], [6, 6, 0.01]], [9, 0])
    beliefs = Beliefs.presence([[0.5, 0.999, 0.51], [0.999, 0.5, 0.49]], np.ones(3))
    if isinstance(policy, Uncertainty):
        beliefs = beliefs.answered([[0, 0, 1]] * 2, [[False, False, True]] * 2)
    assert policy.scores(outlook(beliefs, head)).argmax(1).tolist() == [0, 1]


def test_pitfall_uncertainty_alone_asks_what_does_not_matter():
    seen = outlook(Beliefs.presence([[0.6, 0.5]], np.ones(2)), head_of([[0, 0], [6, 0.01]], [3, 0]))
    assert Uncertainty().scores(seen).argmax() == 1
    assert Influence().scores(seen).argmax() == ExpectedLoss().scores(seen).argmax() == 0


def test_pitfall_contribution_alone_asks_what_is_known():
    seen = outlook(Beliefs.presence([[1.0, 0.5]], np.ones(2)), head_of([[0, 0], [6, 3]], [7.5, 0]))
    assert Contribution().scores(seen).argmax() == 0
    assert ExpectedLoss().scores(seen).argmax() == 1


def test_contribution_of_presence_is_code_times_weight():
    head = head_of([[-1.0, 0.5], [1.0, -0.5]])
    found = Contribution().scores(outlook(Beliefs.presence([[0.25, 0.5]], [2.0, 4.0]), head))
    np.testing.assert_allclose(found, [[2 * 0.25 * 2.0, 2 * 0.5 * 4.0 * 0.5]])


def test_uncertainty_is_normalised_by_the_number_of_values():
    seen = outlook(
        Beliefs.categories([[[0.5, 0.5]], [[0.25] * 4], [[1.0, 0.0]], [[1.0]]]),
        head_of(np.zeros((2, 9))),
    )
    np.testing.assert_allclose(Uncertainty().scores(seen), [[1, 1, 0, 0]])


def test_random_is_uniform_and_repeats(mixed):
    beliefs = mixed[0][np.repeat(np.arange(30), 100)]
    seen = outlook(beliefs, mixed[1])
    first = RandomOrder(random_state=3).scores(seen).argmax(1)
    np.testing.assert_allclose(np.bincount(first) / len(first), 1 / 3, atol=0.03)
    np.testing.assert_array_equal(first, RandomOrder(random_state=3).scores(seen).argmax(1))
    goes_on = RandomOrder(random_state=np.random.default_rng(3))
    assert (goes_on.scores(seen) != goes_on.scores(seen)).any()


@pytest.mark.parametrize(
    ("weights", "alone"), [((1, 0, 0), Uncertainty()), ((0, 1, 0), Influence())]
)
def test_coop_on_one_term_is_that_policy(world, weights, alone):
    curves = replay(*world, {"coop": CooP(weights=weights).fit(*world), "alone": alone})
    np.testing.assert_array_equal(curves.asked[0], curves.asked[1])


def test_coop_on_cost_alone_asks_the_cheapest_first(world):
    costs = [3.0, 1.0, 4.0, 2.0]
    curves = replay(*world, {"coop": CooP(costs=costs, weights=(0, 0, 1)).fit(*world)}, costs=costs)
    assert (curves.asked[0] == [1, 3, 0, 2]).all()
    np.testing.assert_allclose(curves.cost[0], [0, 1, 3, 6, 10])


def test_coop_beats_its_terms_on_the_items_it_was_fitted_on(world):
    coop = CooP().fit(*world)
    area = replay(
        *world, {"coop": coop, "uncertainty": Uncertainty(), "influence": Influence()}
    ).area()
    assert area["coop"] <= min(area["uncertainty"], area["influence"])
    assert area["coop"] == pytest.approx(coop.area_)
    assert coop.weights_.sum() == pytest.approx(1) and coop.weights_[2] == 0


def test_dear_concepts_are_asked_later_when_costs_count(world):
    costs = np.array([9.0, 1.0, 1.0, 1.0])
    beliefs, head, true, y = world
    part = beliefs[:500], head, true[:500], y[:500]
    mindful = CooP(costs=costs, n_steps=4).fit(*part)
    area = replay(
        *part, {"mindful": mindful, "blind": CooP(n_steps=4).fit(*part)}, costs=costs
    ).area()
    assert mindful.weights_[2] > 0 and area["mindful"] < area["blind"]


def test_all_corrections_lead_to_the_heads_error_on_true_concepts(world):
    _, head, true, y = world
    codes = np.concatenate([np.eye(3)[t] for t in true.T], axis=1)
    own = (head.classes_[(codes @ head.coef_.T).argmax(1)] != y).mean()
    curves = replay(*world, {"random": RandomOrder(), "gain": ExpectedLoss()})
    np.testing.assert_allclose(curves.error[:, -1], own)
    assert (curves.error[:, 0] == curves.error[0, 0]).all() and curves.error[0, 0] > own + 0.1
    assert all(sorted(order) == [0, 1, 2, 3] for order in curves.asked.reshape(-1, 4).tolist())


def test_good_policies_need_half_the_corrections_of_random(world):
    curves = replay(
        *world, {"random": RandomOrder(), "gain": ExpectedLoss(), "influence": Influence()}
    )
    aim = (curves.error[0, 0] + curves.error[0, -1]) / 2
    needed = curves.needed(aim)
    assert max(needed["gain"], needed["influence"]) < 0.6 * needed["random"]
    assert curves.loss[1, 1] < curves.loss[0, 1]
    assert np.isnan(curves.needed(-1)["gain"]) and curves.needed(1)["gain"] == 0


def test_wrong_corrections_do_harm(world):
    """The control: the curve falls because the values are true."""
    beliefs, head, true, y = world
    curves = replay(beliefs, head, (true + 1) % 3, y, {"gain": ExpectedLoss()})
    assert curves.error[0, -1] > curves.error[0, 0]


def test_a_person_who_cannot_say_changes_nothing(world):
    beliefs, head, true, y = world
    curves = replay(beliefs, head, np.full_like(true, -1), y, {"gain": ExpectedLoss()})
    assert np.ptp(curves.error) == 0 and curves.cost[0, -1] == 4


def test_next_question_is_the_first_of_the_replay_and_shows_the_answers(world):
    beliefs, head, true, _ = world
    curves = replay(*world, {"gain": ExpectedLoss()}, n_questions=2)
    asked = next_question(beliefs, head, policy=ExpectedLoss(), item=7)
    assert asked.concept == curves.asked[0, 7, 0] and asked.name == f"concept{asked.concept}"
    told = beliefs.answered(true, np.arange(4) == np.full((len(true), 1), asked.concept))
    second = next_question(told, head, policy=ExpectedLoss(), item=7, asked=[asked.concept])
    assert second.concept == curves.asked[0, 7, 1]
    np.testing.assert_allclose(second.label, asked.given[true[7, asked.concept]], atol=1e-12)
    with pytest.raises(InputError, match="nothing is left"):
        next_question(beliefs, head, policy=ExpectedLoss(), asked=range(4))


def test_inputs_are_not_changed(world):
    beliefs, _, true, _ = world
    before, said = beliefs.probabilities.copy(), true.copy()
    replay(*world, {"coop": CooP(n_steps=1).fit(*world)})
    np.testing.assert_array_equal(beliefs.probabilities, before)
    np.testing.assert_array_equal(true, said)


def test_what_breaks_a_rule_is_named(world):
    beliefs, head, true, y = world
    for call, said in (
        (lambda: Beliefs.categories([[[0.5, 0.6]]]), r"probabilities\[0\]"),
        (lambda: Beliefs.categories([[[0.5, 0.5]], [[1.0], [1.0]]]), r"\[1, 2\] items"),
        (lambda: Beliefs.categories([]), "at least one concept"),
        (lambda: Beliefs.categories([[[0.5, 0.5]]], names=["a", "b"]), "2 names for 1"),
        (lambda: Beliefs.presence([[1.5]], [1.0]), "present"),
        (lambda: Beliefs.presence([[0.5]], [1.0, 2.0]), "strengths"),
        (lambda: beliefs.answered(true + 2, true > -1), "true values"),
        (lambda: outlook(beliefs, head_of(np.ones((2, 5)))), "column 11"),
        (lambda: replay(beliefs, head, true, y, {}, n_questions=5), "5 questions"),
        (lambda: replay(beliefs, head, true, y, {}, costs=[1.0]), "costs"),
        (lambda: replay(beliefs, head, true, np.full(len(y), "ugly"), {}), "ugly"),
        (lambda: CooP(n_steps=0).fit(*world), "n_steps=0"),
        (lambda: CooP(weights=(0, 0, 0)).fit(*world), "weights"),
        (lambda: CooP(costs=[-1, 0, 0, 0]).fit(*world), "costs"),
    ):
        with pytest.raises(InputError, match=said):
            call()
    with pytest.raises(NotFittedError):
        CooP().scores(outlook(beliefs, head))
