"""The parts sum to the model's logits, and removing a concept does what the sum says."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from begriff.errors import InputError
from begriff.importance import linear_effects
from begriff.probes import Logistic


@pytest.fixture
def made():
    rng = np.random.default_rng(0)
    codes = csr_array(np.maximum(rng.normal(size=(120, 7)) - 0.5, 0))
    components, bias = rng.normal(size=(7, 5)), rng.normal(size=5)
    X = bias + codes @ components + 0.2 * rng.normal(size=(120, 5))
    return X, codes, components, bias, rng.integers(3, size=120)


def test_parts_sum_to_the_logits(made):
    X, codes, components, bias, y = made
    model = LogisticRegression().fit(X, y)
    effects = linear_effects(model, codes, components, bias=bias, X=X)
    np.testing.assert_allclose(effects.logits(), model.decision_function(X), atol=1e-10)
    for item in (0, 17):
        total = effects.base + effects.of(item).sum(0) + effects.rest[item]
        np.testing.assert_allclose(total, model.decision_function(X[[item]])[0], atol=1e-10)
    without_rest = linear_effects(model, codes, components, bias=bias)
    # the control: what the dictionary misses does count
    assert not np.allclose(without_rest.logits(), model.decision_function(X))


def test_removal_is_what_the_model_says_of_edited_vectors(made):
    X, codes, components, bias, y = made
    model = LogisticRegression().fit(X, y)
    effects = linear_effects(model, codes, components, bias=bias, X=X)
    edited = X - codes[:, [2, 5]] @ components[[2, 5]]
    np.testing.assert_allclose(effects.without([2, 5]), model.decision_function(edited), atol=1e-10)


def test_mean_and_spread_are_those_of_the_parts(made):
    X, codes, components, _, y = made
    effects = linear_effects(LogisticRegression().fit(X, y), codes, components)
    parts = np.stack([effects.of(i) for i in range(120)])
    np.testing.assert_allclose(effects.mean, parts.mean(0), atol=1e-12)
    np.testing.assert_allclose(effects.spread, parts.std(0), atol=1e-12)
    np.testing.assert_allclose(effects.of(3, centred=True), parts[3] - parts.mean(0), atol=1e-12)


def test_probes_and_pairs_are_linear_models_too(made):
    X, codes, components, bias, y = made
    probe = Logistic().fit(X, y == 1)
    effects = linear_effects(probe, codes, components, bias=bias, X=X)
    np.testing.assert_allclose(effects.logits()[:, 0], probe.decision_function(X), atol=1e-5)
    assert linear_effects(([1.0, 2.0], 0.0), [[1.0, 1.0]]).logits().tolist() == [[3.0]]


def test_errors(made):
    X, codes, components, *_ = made
    with pytest.raises(InputError, match="without coef_"):
        linear_effects(lambda X: X, codes)
    with pytest.raises(InputError, match="must agree"):
        linear_effects(([1.0, 2.0], 0.0), codes, components)
    with pytest.raises(InputError, match="X has shape"):
        linear_effects((np.ones(5), 0.0), codes, components, X=X[:3])
