"""Equal to scikit-learn's regression, whatever the scale of the vectors, and better than means under anisotropic noise."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from begriff.errors import InputError
from begriff.metrics import auroc
from begriff.probes import DiffMean, Logistic


def test_equals_scikit_learn(planted):
    X, y, _ = planted
    X = (X / X.std()).astype(np.float32)
    reference = LogisticRegression(class_weight="balanced", max_iter=500).fit(X, y).coef_[0]
    np.testing.assert_allclose(
        Logistic().fit(X, y).direction_, reference / np.linalg.norm(reference), atol=5e-3
    )


def test_scale_does_not_matter(planted):
    X, y, _ = planted
    np.testing.assert_allclose(
        Logistic().fit(X, y).direction_, Logistic().fit(X * 40, y).direction_, atol=1e-3
    )


def test_beats_the_difference_of_means_where_noise_is_uneven(planted):
    X, y, _ = planted
    scores = [
        auroc(p.decision_function(X[400:])[y[400:]], p.decision_function(X[400:])[~y[400:]])
        for p in (Logistic().fit(X[:400], y[:400]), DiffMean().fit(X[:400], y[:400]))
    ]
    assert scores[0] > scores[1] + 0.05


def test_c_must_be_positive(planted):
    with pytest.raises(InputError, match="C=0"):
        Logistic(C=0).fit(*planted[:2])
