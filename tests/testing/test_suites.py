"""Every method of the catalogue keeps the promises of its kind."""

import inspect

import numpy as np
import pytest

from begriff import catalog, importance, testing
from begriff.bottlenecks import CooP, Lift, Safeguard
from begriff.dictionaries import BERTopic, PretrainedSAE, TopKSAE
from begriff.dictionaries.pretrained_sae import write_sae
from begriff.encoders import Passages, Static
from begriff.importance import GaussianSampler
from tests.dictionaries.test_bertopic import X, saved

SIZES = {
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
"""Small enough for 600 vectors of 16 dimensions."""


def names(kind, *, without=()):
    return [m.name for m in catalog.methods(kind) if not m.plugin and m.name not in without]


def small(method):
    known = inspect.signature(method).parameters
    sizes = {k: v for k, v in SIZES.items() if k in known and known[k].default is not None}
    return method(**sizes)


@pytest.mark.parametrize("name", names("dictionaries", without=("bertopic", "pretrained")))
def test_dictionaries(name):
    testing.check_dictionary(small(catalog.find("dictionaries", name)))


def test_a_dictionary_that_was_made_elsewhere(tmp_path, vectors):
    write_sae(TopKSAE(8, k=2, max_epochs=3, batch_size=32).fit(vectors), tmp_path)
    testing.check_dictionary(PretrainedSAE(str(tmp_path)), vectors=vectors)


def test_the_topics_of_another_library(tmp_path):
    folder, _ = saved(tmp_path / "model")
    # its topics are no directions, so random ones need not explain less
    testing.check_dictionary(
        BERTopic(str(folder)),
        vectors=X,
        skip=("the_control_explains_less", "capabilities_are_true"),
    )


@pytest.mark.parametrize("name", names("erasers"))
def test_erasers(name):
    testing.check_eraser(catalog.find("erasers", name)())


@pytest.mark.parametrize("name", names("probes"))
def test_probes(name):
    testing.check_probe(catalog.find("probes", name)())


@pytest.mark.parametrize("name", names("bottlenecks"))
def test_bottlenecks(name):
    testing.check_bottleneck(catalog.find("bottlenecks", name)())


@pytest.mark.parametrize("name", names("encoders", without=("remote", "sentence-transformer")))
def test_encoders(name):
    testing.check_encoder(catalog.find("encoders", name)())


@pytest.mark.parametrize("name", names("indexes"))
def test_indexes(name):
    testing.check_index(catalog.find("indexes", name)())


@pytest.mark.parametrize("name", names("models"))
def test_models(name):
    testing.check_model(catalog.find("models", name)())


@pytest.mark.parametrize("name", names("namers"))
def test_namers(name):
    testing.check_namer(catalog.find("namers", name)())


def test_segmenters():
    testing.check_segmenter(Passages(Static()))


READY = {"coop": lambda: _fitted(CooP()), "lift": lambda: Lift(_guard())}


def _fitted(policy):
    policy.weights_, policy.ranges_ = np.array([0.5, 0.4, 0.1]), np.ones(3)
    return policy


def _guard():
    rng = np.random.default_rng(0)
    p = rng.dirichlet([1, 1, 1], size=500)
    y = np.array([rng.choice(3, p=row) for row in p])
    return Safeguard(accuracy=0.6).fit(p, y)


@pytest.mark.parametrize("name", names("policies"))
def test_policies(name):
    testing.check_policy(READY.get(name, catalog.find("policies", name)))


CALLS = {
    "conditional_skit": lambda Z, y: importance.conditional_skit(
        y, Z, GaussianSampler().fit(Z), max_items=300
    ),
    "hsic": lambda Z, y: importance.hsic(y, Z),
    "linear_effects": lambda Z, y: importance.linear_effects(_line(), Z),
    "local_skit": lambda Z, y: importance.local_skit(
        lambda X: X[:, 0], np.array([2.0, 0, 0, 0, 0]), GaussianSampler().fit(Z)
    ),
    "permutation_importance": lambda Z, y: importance.permutation_importance(
        lambda X: np.sin(2 * X[:, 0]) + X[:, 0], Z, y
    ),
    "skit": lambda Z, y: importance.skit(y, Z),
    "sobol_indices": lambda Z, y: importance.sobol_indices(lambda m: m[:, 0] ** 2, 5),
}


def _line():
    from types import SimpleNamespace

    return SimpleNamespace(coef_=np.array([[2.0, 0, 0, 0.1, 0]]), intercept_=np.zeros(1))


@pytest.mark.parametrize("name", catalog.names("importance"))
def test_importance(name):
    method = catalog.find("importance", name)
    testing.check_importance(method, CALLS[name], lambda result: result.per_concept().value)


def test_a_language_model_of_known_bias():
    planted = testing.PlantedLanguageModel(
        {"sky": "blue as ever"}, bias={"first": 1.5}, noise=0.3, default="no idea at all"
    )
    testing.check_language_model(planted)
    plain = testing.PlantedLanguageModel({"sky": "blue as ever"}, noise=0.3)
    ends = ["first", "second"]
    preferred = planted.score(["?"] * 2, ends) - plain.score(["?"] * 2, ends)
    np.testing.assert_allclose(preferred, [1.5, 0], atol=1e-12)
