"""Questions, abstention and shares over heads that are no linear ones."""

from itertools import product

import numpy as np
import pytest
from scipy.special import softmax

from begriff.bottlenecks import Beliefs, Hybrid, Influence, next_question, outlook
from begriff.errors import InputError
from begriff.kinds import Bottleneck


class Squares(Bottleneck):
    """Additive, and not linear: the second class's logit is the sum of squared activations."""

    additive = True

    def fit(self, C, y):
        self.classes_, self.n_features_in_ = np.unique(y), C.shape[1]
        return self

    def logits(self, C):
        return np.add(self.parts(C).sum(axis=2), [0.5, 0.0])

    def parts(self, C):
        dense = np.asarray(C.toarray() if hasattr(C, "toarray") else C, dtype=float)
        return np.stack([np.zeros_like(dense), dense**2], axis=1)


class Pairs(Squares):
    """Concepts that act together: the product of the first two decides."""

    additive = False

    def logits(self, C):
        dense = np.asarray(C.toarray() if hasattr(C, "toarray") else C, dtype=float)
        return np.stack([np.full(len(dense), 0.5), 3 * dense[:, 0] * dense[:, 1]], axis=1)

    def parts(self, C):
        product = self.logits(C)[:, 1]
        parts = np.zeros((len(product), 2, self.n_features_in_))
        parts[:, 1, 0] = parts[:, 1, 1] = product / 2
        return parts


@pytest.fixture(params=[Squares, Pairs])
def head(request):
    return request.param().fit(np.zeros((2, 4)), [0, 1])


@pytest.fixture
def beliefs():
    rng = np.random.default_rng(0)
    rest = np.zeros((20, 4))
    rest[:, 3] = rng.random(20)
    return Beliefs.presence(rng.random((20, 3)), [1.0, 0.8, 0.5], rest=rest)


def test_the_label_is_the_mixture_over_all_values(head, beliefs):
    seen = outlook(beliefs, head)
    expected = np.zeros((20, 2))
    for values in product((0, 1), repeat=3):
        codes = np.column_stack(
            [np.tile(np.array(values) * [1, 0.8, 0.5], (20, 1)), beliefs.rest[:, 3]]
        )
        weight = np.prod([beliefs.probabilities[:, g, v] for g, v in enumerate(values)], axis=0)
        expected += weight[:, None] * softmax(head.logits(codes), axis=1)
    np.testing.assert_allclose(seen.label, expected, atol=1e-12)
    np.testing.assert_allclose(
        np.einsum("ngv,ngvc->ngc", seen.probabilities, seen.given),
        np.repeat(seen.label[:, None], 3, axis=1),
        atol=1e-12,
    )


def test_a_question_is_about_what_decides(head, beliefs):
    question = next_question(beliefs, head, policy=Influence())
    assert question.concept in (0, 1)


def test_a_head_whose_concepts_act_together_is_refused_for_too_many(beliefs):
    pairs = Pairs().fit(np.zeros((2, 11)), [0, 1])
    with pytest.raises(InputError, match="2048 combinations of values for a Pairs"):
        outlook(Beliefs.presence(np.full((1, 11), 0.5), np.ones(11)), pairs)


def test_shares_are_of_the_parts_of_any_head(head):
    rng = np.random.default_rng(1)
    C, R = rng.random((200, 4)), rng.normal(size=(200, 3))
    y = (R[:, 0] + head.logits(C)[:, 1] > 1).astype(int)
    both = Hybrid(head=head, fitted=True).fit(C, y, R)
    np.testing.assert_allclose(both.logits(C, R), head.logits(C) + both.rest(R), atol=1e-6)
    parts = head.parts(C).sum(axis=2)
    of_rest = both.rest(R) - both.rest_intercept_
    theirs = np.abs(parts[:, 0] - parts[:, 1])
    ours = theirs / (theirs + np.abs(of_rest[:, 0] - of_rest[:, 1]))
    np.testing.assert_allclose(both.shares(C, R).labelled, ours, atol=1e-6)
    np.testing.assert_allclose(head.sums(C), parts, atol=1e-12)
