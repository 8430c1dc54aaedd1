"""One suite over every dictionary in the catalogue, from the first method on."""

from __future__ import annotations

import inspect
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from numpydoc.docscrape import ClassDoc
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from begriff import catalog
from begriff.errors import InputError
from begriff.kinds import Dictionary

PROBES = catalog.names("probes")
SMALL = {
    "n_concepts": 8,
    "n_core": 4,
    "k": 2,
    "k_fine": 2,
    "max_epochs": 3,
    "batch_size": 32,
    "n_attributes": 1,
    "n_children": 2,
    "n_dims": 8,
}
# which need a folder
METHODS = [n for n in catalog.names("dictionaries") if n not in ("BERTopic", "PretrainedSAE")]


def make(name: str) -> Dictionary:
    method = catalog.find("dictionaries", name)
    known = inspect.signature(method).parameters
    return method(**{k: v for k, v in SMALL.items() if k in known and known[k].default is not None})


@pytest.fixture(params=METHODS)
def method(request):
    return make(request.param)


@pytest.fixture
def fitted(method, vectors):
    """The method, fitted to the shared vectors: once, and a copy for each test."""
    name = type(method).__name__
    if name not in _FITTED:
        _FITTED[name] = clone(method).fit(vectors)
    return deepcopy(_FITTED[name])


_FITTED: dict[str, Dictionary] = {}


class Narrow:
    """Estimators small enough for scikit-learn's checks, whose data have as few as one or two dimensions."""

    @staticmethod
    def all():
        for name in METHODS:
            made = make(name)
            small = {
                **{name: {"n_concepts": 1} for name in ("PCA", "ICA", "CCE")},
                **{name: {"n_concepts": 2} for name in ("Agglomerative", "KMeans", "PACE")},
                "HDBSCAN": {"min_cluster_size": 2},
            }
            yield made.set_params(**small.get(name, {}))


def _expected_failures(estimator):
    reason = "float32 products of other shapes differ in the last bits, and the checks allow 1e-7"
    expected = dict.fromkeys(
        ("check_methods_sample_order_invariance", "check_methods_subset_invariance"), reason
    )
    if type(estimator).__name__ == "HDBSCAN":
        reason = "ten random items have no dense region, which is said"
        expected |= dict.fromkeys(("check_estimators_nan_inf", "check_fit2d_1feature"), reason)
    return {
        **expected,
        "check_sample_weight_equivalence_on_dense_data": (
            "weights and repeats start elsewhere, and end in another minimum"
        ),
    }


def _expected_of_probes(estimator):
    reason = "decisions are float32, and the checks allow 1e-7"
    return dict.fromkeys(
        ("check_methods_sample_order_invariance", "check_sample_weight_equivalence_on_dense_data"),
        reason,
    )


@parametrize_with_checks(
    [catalog.find("probes", name)() for name in PROBES], expected_failed_checks=_expected_of_probes
)
def test_scikit_learn_probes(estimator, check):
    check(estimator)


@parametrize_with_checks(list(Narrow.all()), expected_failed_checks=_expected_failures)
def test_scikit_learn(estimator, check):
    check(estimator)


def test_asked_for_a_size_it_has_that_size_or_as_many_as_there_are(method, vectors):
    made, sparse = clone(method).sized(8, 2, 32), hasattr(method, "freeze_decoder")
    # penalties find their weight in some hundred steps
    made.set_params(**({"max_epochs": 20} if sparse else {})).fit(vectors)
    assert len(made.components_) == 8 or "n_concepts" not in made.get_params()
    if sparse:
        assert made.transform(vectors).nnz <= 3 * len(vectors)


def test_directions_have_length_one(fitted):
    np.testing.assert_allclose(np.linalg.norm(fitted.components_, axis=1), 1, atol=1e-4)


def test_the_unit_of_vectors_does_not_matter(method, fitted, vectors):
    name = type(method).__name__
    if name in ("DictionaryLearning", "NMF", "RecursiveNMF"):
        pytest.skip("a penalty, or a start, in the unit of the vectors")
    a = fitted
    for unit in (64, 2**-20):
        b = clone(method).fit(unit * vectors)
        assert np.abs((a.components_ * b.components_).sum(1)).mean() > 0.99
        rewritten = b.inverse_transform(b.transform(unit * vectors)) / unit
        np.testing.assert_allclose(rewritten, a.inverse_transform(a.transform(vectors)), atol=0.05)


def test_a_control_has_other_codes(fitted, vectors):
    codes, rewritten = (
        fitted.transform(vectors),
        fitted.inverse_transform(fitted.transform(vectors)),
    )
    random = fitted.randomise()
    assert random is fitted
    # whose controls learn an encoder for directions that do not
    if not hasattr(fitted, "freeze_decoder"):
        assert (random.transform(vectors) != codes).nnz
        left = [
            ((vectors - x) ** 2).sum()
            for x in (rewritten, random.inverse_transform(random.transform(vectors)))
        ]
        assert left[1] > left[0]


def test_numbers_of_numpy_are_saved(method, vectors, tmp_path):
    params = {k: np.int64(v) for k, v in method.get_params().items() if type(v) is int}
    made = clone(method).set_params(**params).fit(vectors)
    made.save(tmp_path)
    again = Dictionary.load(tmp_path)
    assert {k: again.get_params()[k] for k in params} == params
    assert again.n_core_ == made.n_core_
    assert (again.transform(vectors) != made.transform(vectors)).nnz == 0


def test_fit_twice_gives_the_same(method, vectors):
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with threadpool_limits(2):
            a, b = clone(method).fit(vectors), clone(method).fit(vectors)
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(a.components_, b.components_)
    np.testing.assert_array_equal(a.transform(vectors).toarray(), b.transform(vectors).toarray())


def test_another_seed_gives_another_dictionary(method, fitted, vectors):
    if type(method).__name__ in ("Agglomerative", "HDBSCAN", "PCA"):
        pytest.skip(f"{type(method).__name__} has one solution for so few items")
    other = clone(method).set_params(random_state=7).fit(vectors)
    assert not np.array_equal(fitted.components_, other.components_)


def test_global_random_state_is_untouched(method, vectors):
    import torch

    np.random.seed(3)  # noqa: NPY002
    torch.manual_seed(3)
    before, torch_before = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    method.fit(vectors)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    assert torch.equal(torch_before, torch.get_rng_state())


def test_other_inputs_give_the_same(method, fitted, vectors, tmp_path):
    import torch

    np.save(tmp_path / "x.npy", vectors)
    for other in (
        np.load(tmp_path / "x.npy", mmap_mode="r"),
        torch.from_numpy(vectors),
        (vectors[i : i + 100] for i in range(0, 600, 100)),
    ):
        np.testing.assert_array_equal(clone(method).fit(other).components_, fitted.components_)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_is_refused_and_the_row_named(method, vectors, bad):
    X = vectors.copy()
    X[17, 3] = bad
    with pytest.raises(InputError, match="row 17"):
        method.fit(X)


def test_columns_that_are_alike_for_all_items_change_little(method, vectors):
    X = np.concatenate([vectors, np.zeros((600, 1)), np.full((600, 1), 2.0)], axis=1).astype(
        np.float32
    )
    left = []
    for given in (vectors, X):
        rewritten = method.fit(given).inverse_transform(method.transform(given))
        assert np.isfinite(rewritten).all()
        left.append(((given - rewritten) ** 2).sum() / ((given - given.mean(0)) ** 2).sum())
    # without a bias the constant column is there to be explained
    bound = 0.2 if method.bias_.any() else 1.0
    assert left[1] < left[0] + bound


def test_a_device_that_is_not_here_is_named(method, vectors):
    if "device" not in method.get_params():
        pytest.skip(f"{type(method).__name__} runs on the CPU")
    with pytest.raises(InputError, match="device='nowhere'"):
        method.set_params(device="nowhere").fit(vectors)


def test_a_gpu_gives_as_good_a_dictionary(method, vectors):
    torch = pytest.importorskip("torch")
    if "device" not in method.get_params() or not torch.cuda.is_available():
        pytest.skip("runs on the CPU, or there is no GPU here")
    left = []
    for device in ("cpu", "cuda"):
        made = clone(method).set_params(device=device).fit(vectors)
        left.append(((vectors - made.inverse_transform(made.transform(vectors))) ** 2).sum())
    assert left[1] < 1.1 * left[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_concepts", 0),
        ("n_concepts", 10**6),
        ("n_concepts", 2.5),
        ("k", 0),
        ("k", 99),
        ("learning_rate", np.nan),
        ("max_frequency", 0),
        ("slack", -1),
    ],
)
def test_out_of_range_is_refused(method, vectors, name, value):
    if name not in method.get_params() or (value == 10**6 and "k" in method.get_params()):
        pytest.skip(f"{type(method).__name__} has no such limit")
    with pytest.raises(InputError, match=str(value)):
        method.set_params(**{name: value}).fit(vectors)


def test_every_parameter_is_documented_with_its_default(method):
    documented = {p.name: p.type for p in ClassDoc(type(method))["Parameters"]}
    signature = inspect.signature(type(method).__init__).parameters
    assert list(documented) == [n for n in signature if n != "self"]
    for name, text in documented.items():
        said = text.split("default ", 1)[1].strip('"')
        default = signature[name].default
        assert said == str(default) or float(said) == default, name


@pytest.mark.parametrize(
    ("room", "name"), [("dictionaries", n) for n in METHODS] + [("probes", n) for n in PROBES]
)
def test_every_method_has_a_test_file(room, name):
    module = catalog.find(room, name).__module__.rsplit(".", 1)[1]
    assert (Path(__file__).parent / room / f"test_{module}.py").exists()


@pytest.mark.parametrize("name", PROBES)
def test_probes_are_documented_do_not_change_their_input_and_refuse_bad_labels(name):
    probe = catalog.find("probes", name)()
    documented = {
        p.name: p.type.split("default ", 1)[1]
        for p in ClassDoc(type(probe))["Parameters"]
        if "default " in p.type
    }
    defaults = {
        n: str(p.default)
        for n, p in inspect.signature(type(probe).__init__).parameters.items()
        if n in probe.get_params() and p.default is not None
    }
    assert documented == defaults
    assert "Source:" in inspect.getdoc(type(probe))
    X, y = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32), np.arange(40) % 2
    before = X.copy()
    assert probe.fit(X, y).predict(X).shape == (40,)
    np.testing.assert_array_equal(X, before)
    assert np.linalg.norm(probe.direction_) == pytest.approx(1)
    for bad, said in ((np.zeros(40), "class"), (np.arange(40) % 3, "binary"), (y[:5], "labels")):
        with pytest.raises(InputError, match=said):
            clone(probe).fit(X, bad)
    with pytest.raises(InputError, match="sample_weight"):
        probe.fit(X, y, np.zeros(40))


def test_catalogue_lists_near_names():
    with pytest.raises(InputError, match="topk"):
        catalog.find("dictionaries", "TopSAE")


@pytest.mark.parametrize("name", PROBES)
def test_a_weight_of_two_is_an_item_given_twice(name):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 5)).astype(np.float32), rng.random(60) < 0.4
    twice = np.concatenate([np.arange(60), np.arange(20)])
    a = catalog.find("probes", name)().fit(X, y, np.where(np.arange(60) < 20, 2.0, 1.0))
    b = catalog.find("probes", name)().fit(X[twice], y[twice])
    np.testing.assert_allclose(a.direction_, b.direction_, atol=2e-3)
    assert a.threshold_ == pytest.approx(b.threshold_, abs=2e-3)
