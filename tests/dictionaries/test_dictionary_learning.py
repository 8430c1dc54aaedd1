"""Codes are the minimum of the penalised error; planted directions are found."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

from begriff.dictionaries import DictionaryLearning
from begriff.errors import InputError
from begriff.metrics import matched_cosine
from tests.dictionaries.test_topk_sae import _planted


def test_planted_directions_are_found():
    X, directions = _planted()
    found = DictionaryLearning(32, alpha=0.1, max_epochs=10).fit(X)
    random = np.random.default_rng(0).standard_normal(directions.shape)
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    assert np.median(matched_cosine(directions, found.components_)) > 0.9
    assert np.median(matched_cosine(directions, random)) < 0.7


def test_codes_are_those_of_the_lasso(vectors):
    model = DictionaryLearning(20, alpha=0.05).fit(vectors)
    codes = model.transform(vectors[:20]).toarray()
    lasso = Lasso(alpha=0.05 / 16, positive=True, fit_intercept=False, tol=1e-5, max_iter=10_000)
    expected = np.stack(
        [lasso.fit(model.components_.T, x).coef_ for x in vectors[:20] - model.bias_]
    )
    np.testing.assert_allclose(codes, expected, atol=5e-3)


def test_a_larger_penalty_leaves_fewer_active(vectors):
    few, many = (DictionaryLearning(20, alpha=a).fit_transform(vectors).nnz for a in (0.2, 0.02))
    assert few < many
    with pytest.raises(InputError, match="alpha=0"):
        DictionaryLearning(alpha=0).fit(vectors)
