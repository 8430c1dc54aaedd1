"""One suite over every eraser in the catalogue: scikit-learn's checks, bad input, files, documentation."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from begriff import catalog
from begriff.erasers import INLP, LEACE, QLEACE, MeanMatching, OracleLEACE, Projection
from begriff.errors import AtlasError, InputError

NAMES = catalog.names("erasers")


class _Told:
    """Hands every item the first class's label, as scikit-learn's checks call ``transform`` without labels."""

    def transform(self, X, y=None):
        n = X.shape[0] if hasattr(X, "toarray") else len(np.atleast_1d(np.asarray(X)))
        known = getattr(self, "classes_", [0])
        return super().transform(X, np.full(n, known[0]))


class ToldMeanMatching(_Told, MeanMatching):
    pass


class ToldOracleLEACE(_Told, OracleLEACE):
    pass


class ToldQLEACE(_Told, QLEACE):
    pass


def edit(eraser, X, y):
    return eraser.transform(X, y) if eraser.needs_labels else eraser.transform(X)


@pytest.fixture(params=NAMES)
def eraser(request):
    return catalog.find("erasers", request.param)()


@parametrize_with_checks(
    [
        INLP(),
        LEACE(),
        LEACE(shrinkage=False),
        Projection(),
        ToldMeanMatching(),
        ToldOracleLEACE(),
        ToldQLEACE(),
        ToldQLEACE(shrinkage=False),
    ]
)
def test_scikit_learn(estimator, check):
    check(estimator)


def test_the_suite_covers_the_catalogue():
    told = {
        c.__name__.removeprefix("Told") for c in (ToldMeanMatching, ToldOracleLEACE, ToldQLEACE)
    }
    assert {"INLP", "LEACE", "Projection", *told} == set(NAMES)
    assert all(catalog.find("erasers", n).needs_labels == (n in told) for n in NAMES)


@pytest.mark.parametrize("labels", ["strings", "booleans", "integers"])
def test_labels_of_any_kind_give_the_same(eraser, planted, labels):
    X, y = planted
    other = {
        "strings": np.array(["no", "yes"])[y],
        "booleans": y.astype(bool),
        "integers": y * 7 - 3,
    }[labels]
    np.testing.assert_allclose(
        edit(clone(eraser).fit(X, other), X, other), edit(clone(eraser).fit(X, y), X, y), atol=1e-10
    )


def test_the_mean_stays(eraser, planted):
    X, y = planted
    np.testing.assert_allclose(edit(eraser.fit(X, y), X, y).mean(0), X.mean(0), atol=1e-10)


def test_more_dimensions_than_items(eraser):
    rng = np.random.default_rng(0)
    y = np.arange(20) % 2
    X = rng.standard_normal((20, 50)) + 2 * y[:, None]
    edited = edit(eraser.fit(X, y), X, y)
    assert np.isfinite(edited).all()
    gap = np.linalg.norm(edited[y == 1].mean(0) - edited[y == 0].mean(0))
    assert gap < 0.2 * np.linalg.norm(X[y == 1].mean(0) - X[y == 0].mean(0))


def test_bad_input_is_refused(eraser, planted):
    X, y = planted
    holed, strange = X.copy(), y.astype(float)
    holed[17, 3] = np.nan
    strange[5] = np.inf
    for bad_X, bad_y, said in (
        (X, np.zeros(len(y)), "1 class"),
        (X, np.array(["same"] * len(y)), "1 class"),
        (holed, y, "NaN"),
        (X, strange, "NaN or infinity"),
        (X, y[:5], f"{len(X)} items and 5 targets"),
        (X, None, "requires y"),
        (X, np.zeros((len(y), 2, 2)), "shape"),
        (X[:1], y[:1], "1 sample"),
    ):
        with pytest.raises(InputError, match=said):
            clone(eraser).fit(bad_X, bad_y)
    with pytest.raises(ValueError, match="expecting 12 features"):
        edit(eraser.fit(X, y), X[:, :5], y)


def test_a_pickle_free_file_gives_the_same_edit(eraser, planted, tmp_path):
    X, y = planted
    words = np.array(["no", "yes"])[y]
    path = tmp_path / "edit.safetensors"
    eraser.fit(X, words).save(path)
    loaded = type(eraser).load(path)
    assert type(loaded) is type(eraser)
    assert loaded.get_params() == eraser.get_params()
    np.testing.assert_array_equal(edit(loaded, X, words), edit(eraser, X, words))
    path.write_bytes(b"not an edit")
    with pytest.raises(AtlasError, match="no readable edit"):
        type(eraser).load(path)
    with pytest.raises(AtlasError, match="no readable edit"):
        type(eraser).load(tmp_path / "nothing")


def test_documentation(eraser):
    documented = {p.name: p.type for p in ClassDoc(type(eraser))["Parameters"]}
    signature = inspect.signature(type(eraser)).parameters if eraser.get_params() else {}
    assert list(documented) == list(signature)
    for name, text in documented.items():
        if signature[name].default is not None:
            assert text.split("default ", 1)[1] == str(signature[name].default)
    assert "Source:" in inspect.getdoc(type(eraser))
    root = Path(__file__).parents[2]
    assert re.search(rf"\b{type(eraser).__name__}\b", (root / "docs" / "erasers.md").read_text())
    module = type(eraser).__module__.rsplit(".", 1)[1]
    assert (root / "tests" / "erasers" / f"test_{module}.py").exists()
