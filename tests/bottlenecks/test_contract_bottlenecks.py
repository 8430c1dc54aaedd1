"""One suite over every head on concepts in the catalogue."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from begriff import catalog
from begriff.errors import InputError

FOUND = [catalog.find("bottlenecks", n) for n in catalog.names("bottlenecks")]
HEADS = [f for f in FOUND if not f.needs_vectors]
WITH_PARAMETERS = FOUND


@parametrize_with_checks([head() for head in HEADS])
def test_scikit_learn(estimator, check):
    check(estimator)


@pytest.fixture(params=HEADS, ids=lambda h: h.__name__)
def head(request):
    return request.param()


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    C = np.maximum(rng.standard_normal((240, 10)), 0)
    return C, C[:, :3].argmax(axis=1)


def test_logits_are_intercept_plus_codes_times_weights(head, data):
    C, y = data
    head.fit(csr_array(C), y)
    assert head.coef_.shape == (3, 10) and head.coef_.dtype == np.float64
    np.testing.assert_allclose(head.logits(C), head.intercept_ + C @ head.coef_.T, atol=1e-12)
    assert head.score(C, y) > 0.8


def test_bad_input_is_refused(head, data):
    C, y = data
    with pytest.raises(NotFittedError):
        head.predict(C)
    with pytest.raises(InputError, match="1 class"):
        clone(head).fit(C, np.zeros(len(C)))
    head.fit(C, y)
    with pytest.raises(ValueError, match="expecting 10 features"):
        head.logits(C[:, :4])


@pytest.mark.parametrize("kind", WITH_PARAMETERS, ids=lambda k: k.__name__)
def test_every_parameter_is_documented_with_its_default_and_a_source_and_a_test_file(kind):
    documented = {p.name: p.type.split("default ", 1)[-1] for p in ClassDoc(kind)["Parameters"]}
    signature = {
        n: p.default for n, p in inspect.signature(kind.__init__).parameters.items() if n != "self"
    }
    assert list(documented) == list(signature)
    assert all(str(d) == documented[n] or "optional" in documented[n] for n, d in signature.items())
    assert "Source:" in inspect.getdoc(kind)
    assert (Path(__file__).parent / f"test_{kind.__module__.rsplit('.', 1)[1]}.py").exists()
