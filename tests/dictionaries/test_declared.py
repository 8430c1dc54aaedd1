"""What a dictionary declares that it can is true of it."""

import inspect
import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from begriff import catalog
from begriff.dictionaries import ICA, DictionaryLearning, KMeans
from begriff.errors import AtlasError
from begriff.kinds import Dictionary
from tests.dictionaries._planted import planted

METHODS = [catalog.find("dictionaries", name) for name in catalog.names("dictionaries")]
ANCHORED = [m for m in METHODS if m.anchors]


def _small(method, **changed):
    settings = {
        "k": 3,
        "max_epochs": 5,
        "batch_size": 128,
        "max_frequency": 0.5,
        "learning_rate": 3e-3,
    }
    return method(
        32,
        **{
            **settings,
            **({"n_core": 16, "k_fine": 2} if method.__name__ == "MatryoshkaSAE" else {}),
            **changed,
        },
    )


@pytest.mark.parametrize("method", METHODS)
def test_fit_takes_what_is_declared(method):
    takes, params = inspect.signature(method.fit).parameters, inspect.signature(method).parameters
    assert ("progress" in takes and "freeze_decoder" in params) == method.stepwise
    assert not method.warm_start or "start" in takes
    assert not method.anchors or "anchors" in takes


@pytest.mark.parametrize("method", ANCHORED)
def test_concepts_stay_near_their_anchors(method):
    X, directions, _ = planted()
    anchors = directions[:4].astype(np.float32)
    near, free = (_small(method, slack=0.1).fit(X, anchors=given) for given in (anchors, None))
    assert (near.components_[:4] * anchors).sum(1).min() > 0.98
    assert (free.components_[:4] * anchors).sum(1).min() < 0.9


@pytest.mark.parametrize("method", ANCHORED)
def test_a_revived_concept_is_active_on_as_many_items_as_asked(method):
    X, directions, _ = planted()
    fitted = _small(method).fit(X)
    fitted.revive(np.array([2]), directions[:1].astype(np.float32), X, 200.0)
    assert abs(int(fitted._active(fitted._pre_activations(X))[:, 2].sum()) - 200) <= 2
    np.testing.assert_allclose(fitted.components_[2], directions[0], atol=1e-6)


@pytest.mark.parametrize("method", ANCHORED)
def test_every_concept_of_a_core_may_be_revived(method):
    X, directions, _ = planted()
    fitted = _small(method).fit(X)
    rows = np.arange(fitted.n_core_)
    fitted.revive(rows, directions[rows].astype(np.float32), X, 200.0)
    active = fitted._active(fitted._pre_activations(X))[:, rows].sum(0)
    assert active.min() > 100 and active.max() <= 202


@pytest.mark.parametrize("odd", ["transform", "__class__", "n_core", "fit_", "evil"])
def test_a_file_sets_nothing_but_what_the_class_learns(odd, vectors, tmp_path):
    KMeans(8).fit(vectors).save(tmp_path)
    path = tmp_path / "dictionary.json"
    meta = json.loads(path.read_text())
    path.write_text(json.dumps({**meta, "learnt": {**meta["learnt"], odd: "x"}}))
    with pytest.raises(AtlasError, match=f"does not hold '{odd}' as a KMeans learns it"):
        Dictionary.load(tmp_path)


def test_an_array_of_another_class_is_refused(vectors, tmp_path):
    KMeans(8).fit(vectors).save(tmp_path)
    arrays = load_file(tmp_path / "dictionary.safetensors")
    save_file({**arrays, "encoder_": arrays["bias_"]}, tmp_path / "dictionary.safetensors")
    with pytest.raises(AtlasError, match="does not hold 'encoder_'"):
        Dictionary.load(tmp_path)


@pytest.mark.parametrize("method", [ICA(4, max_epochs=1), DictionaryLearning(8, max_epochs=1)])
def test_passes_that_were_not_enough_are_counted(method, vectors):
    assert method.fit(vectors).n_iter_ == 1
    assert type(method)(4, max_epochs=200).fit(vectors).n_iter_ < 200


def test_a_missing_array_is_refused(vectors, tmp_path):
    KMeans(8).fit(vectors).save(tmp_path)
    arrays = load_file(tmp_path / "dictionary.safetensors")
    save_file(
        {k: v for k, v in arrays.items() if k != "bias_"}, tmp_path / "dictionary.safetensors"
    )
    with pytest.raises(AtlasError, match="does not hold 'bias_'"):
        Dictionary.load(tmp_path)
