"""One number an item from estimators, callables and tensors; anything ambiguous is refused."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

from begriff.errors import InputError
from begriff.importance import scores

X = np.random.default_rng(0).normal(size=(60, 3))


def test_estimators():
    y = X[:, 0] > 0
    linear, bayes = LogisticRegression().fit(X, y), GaussianNB().fit(X, y)
    np.testing.assert_array_equal(scores(linear, X), linear.decision_function(X))
    np.testing.assert_array_equal(scores(bayes, X), bayes.predict_proba(X)[:, 1])
    three = LogisticRegression().fit(X, np.arange(60) % 3)
    np.testing.assert_array_equal(scores(three, X, target=2), three.decision_function(X)[:, 2])
    with pytest.raises(InputError, match="give target"):
        scores(three, X)
    with pytest.raises(InputError, match="target=5"):
        scores(three, X, target=5)


def test_callables_and_tensors():
    torch = pytest.importorskip("torch")
    net = torch.nn.Linear(3, 1, dtype=torch.float64)
    said = scores(lambda X: net(torch.as_tensor(X)), X)
    np.testing.assert_allclose(said, X @ net.weight.detach().numpy()[0] + net.bias.item())
    assert said.dtype == np.float64


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (3, "give a callable"),
        (lambda X: X[:5, 0], "for 60 items"),
        (lambda X: X[:, :2], "give target"),
        (lambda X: X[:, 0] * np.nan, "NaN"),
    ],
)
def test_errors(model, message):
    with pytest.raises(InputError, match=message):
        scores(model, X)
