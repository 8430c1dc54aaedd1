"""Comparisons: fits in their own processes, figures that order planted dictionaries as they were planted, errors in their rows."""

import json
import resource

import numpy as np
import pytest

from begriff.dictionaries import NMF, PCA, KMeans, SemiNMF, TopKSAE
from begriff.errors import InputError
from begriff.evaluation import Task, compare, fit_apart, measure
from tests.dictionaries._planted import planted


@pytest.fixture(scope="module")
def data():
    X, directions, codes = planted()
    y = np.where(codes[:, 0] > 0, "a", "b")
    return X, y, directions


SMALL = {"k": 3, "max_epochs": 15, "batch_size": 128, "max_frequency": 0.5, "learning_rate": 3e-3}


def test_a_fit_apart_equals_a_fit_here_and_is_read_again(data, tmp_path):
    X, _, _ = data
    np.save(tmp_path / "x.npy", X)
    method = NMF(8, max_epochs=5)
    fitted = fit_apart(method, tmp_path / "x.npy", tmp_path / "fit")
    here = NMF(8, max_epochs=5).fit(X)
    np.testing.assert_array_equal(fitted.dictionary.components_, here.components_)
    np.testing.assert_array_equal(fitted.starts, here.starts(X))
    assert fitted.seconds > 0
    parent = np.ones(10**8).sum() and resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    # which a child is told by getrusage
    assert 50e6 < fit_apart(KMeans(8), tmp_path / "x.npy", tmp_path / "other").peak < parent - 2e8
    before = (tmp_path / "fit" / "trial.json").stat().st_mtime_ns
    assert fit_apart(method, tmp_path / "x.npy", tmp_path / "fit").seconds == fitted.seconds
    assert (tmp_path / "fit" / "trial.json").stat().st_mtime_ns == before
    fit_apart(NMF(9, max_epochs=5), tmp_path / "x.npy", tmp_path / "fit")
    assert len(
        json.loads((tmp_path / "fit" / "trial.json").read_text())["request"]["dictionary"][1]
    ) == len(method.get_params())
    assert (tmp_path / "fit" / "trial.json").stat().st_mtime_ns > before


def test_a_refusal_of_the_other_process_is_told(data, tmp_path):
    np.save(tmp_path / "x.npy", data[0][:20])
    with pytest.raises(InputError, match="n_concepts=30"):
        fit_apart(KMeans(30), tmp_path / "x.npy", tmp_path / "fit")


def test_starts_are_where_a_fit_starts(data):
    X, _, _ = data
    still = TopKSAE(16, **{**SMALL, "max_epochs": 1, "learning_rate": 1e-12}).fit(X)
    np.testing.assert_allclose(still.starts(X), still.components_, atol=1e-5)
    moved = TopKSAE(16, **SMALL).fit(X)
    assert np.abs(moved.starts(X) - moved.components_).max() > 0.05
    assert KMeans(4).starts(X) is None


def test_measures_order_dictionaries_as_they_were_planted(data):
    X, y, _ = data
    task = Task(X[:3000], X[3000:], {"side": (y[:3000], y[3000:])})
    learnt, frozen = (TopKSAE(32, freeze_decoder=f, **SMALL).fit(X[:3000]) for f in (False, True))
    good, bad = measure(learnt, task), measure(frozen, task)
    assert good["fvu"] < bad["fvu"]
    assert good["coherence"] > bad["coherence"] > task.coherence_of_any
    assert good["probe_1"] > bad["probe_1"]
    assert good["probe_1"] <= task.from_vectors + 0.02
    assert good["l0"] <= 3
    assert good["bytes"] == pytest.approx(4 * good["l0"])
    dense = measure(PCA(24).fit(X[:3000]), task)
    assert dense["bytes"] == 48  # dense codes need no numbers of concepts
    assert dense["fvu"] < 1e-6
    # the others' figures come from those whose label is known
    some = np.where(np.arange(len(y)) % 3 == 0, "", y)
    partly = Task(X[:3000], X[3000:], {"side": (some[:3000], some[3000:])})
    assert all((some[side.seen] != "").all() for side in partly.sides)
    one = np.where(y == "a", y, "")
    alone = Task(X[:3000], X[3000:], {"a": (one[:3000], one[3000:])})
    assert np.isnan(alone.from_vectors) and not alone.sides
    assert dense["ndcg"] == pytest.approx(1)
    # too few to search among
    assert np.isnan(measure(PCA(24).fit(X[:3000]), Task(X[:3000], X[-30:], {}))["ndcg"])


@pytest.mark.usefixtures("fits_here")
def test_a_comparison_has_a_row_for_every_method_also_for_one_that_fails(data, tmp_path):
    X, y, _ = data
    methods = {
        "sae": TopKSAE(16, **SMALL),
        "pca": PCA(99),
        "many": KMeans(10**6),
        "semi/../nmf": SemiNMF(8, max_epochs=5),
    }
    told = []
    found, task = compare(
        methods, X, tmp_path, labels={"side": y}, seeds=2, progress=lambda a, b: told.append((a, b))
    )
    rows = {c.label: c for c in found}
    assert list(rows) == list(methods)
    assert "1000000" in rows["many"].error and not rows["many"].figures
    assert rows["pca"].n_concepts == 24  # its rank limit
    assert rows["pca"].figures["stability"][0] == pytest.approx(1, abs=1e-3)
    sae = rows["sae"].figures
    assert sae["stability_random"][0] < sae["stability"][0]
    assert sae["fvu"][1] > 0  # two seeds
    kept = {p.name for p in tmp_path.iterdir()}
    assert kept == {
        "many-0",
        *(f"{name}-{seed}" for name in ("pca", "sae", "semi%2F..%2Fnmf") for seed in (0, 1)),
        "vectors.npy",
    }
    assert told[0] == (0, 8) and told[-1] == (8, 8)
    assert len(task.held) == 400
    again, _ = compare(methods, X, tmp_path, labels={"side": y}, seeds=2)
    assert again[0].figures["seconds"] == sae["seconds"]  # read, not fitted again
    other, _ = compare({"sae": methods["sae"]}, X + np.float32(1), tmp_path, seeds=1)
    assert other[0].figures["seconds"][0] != sae["seconds"][0]  # other vectors of the same size


def test_too_few_items(tmp_path):
    with pytest.raises(InputError, match="20 items"):
        compare({"pca": PCA(2)}, np.zeros((20, 4), np.float32), tmp_path)


def test_a_nearly_constant_dimension_does_not_outweigh_the_others_at_a_classifier(data):
    X, y, _ = data
    X = np.column_stack([X, 1e-4 * np.random.default_rng(0).standard_normal(len(X))]).astype(
        np.float32
    )
    off = PCA(6).fit(X)
    off.bias_[-1] += 0.1  # a thousand deviations of that dimension, little of a vector
    n = len(X) // 2
    task = Task(X[:n], X[n:], {"y": (y[:n], y[n:])})
    expected = measure(PCA(6).fit(X), task)["agreement"]
    assert measure(off, task)["agreement"] == pytest.approx(expected, abs=0.02)
