"""The core stands on its own, anchors hold, and the cap keeps concepts rare."""

import numpy as np
import pytest

from begriff.dictionaries import MatryoshkaSAE
from begriff.errors import InputError
from begriff.metrics import fvu, usage


@pytest.fixture(scope="module")
def fitted(vectors):
    return MatryoshkaSAE(
        48, n_core=16, k=3, k_fine=3, max_epochs=30, batch_size=64, max_frequency=0.5
    ).fit(vectors)


def test_core_alone_reconstructs_and_the_fine_layer_adds(fitted, vectors):
    codes = fitted.transform(vectors)
    core = codes[:, :16] @ fitted.components_[:16] + fitted.bias_
    whole = fitted.inverse_transform(codes)
    assert fvu(vectors, whole) < fvu(vectors, core) < 0.8


def test_each_layer_has_its_own_limit(fitted, vectors):
    codes = fitted.transform(vectors)
    assert codes[:, :16].count_nonzero(axis=1).max() <= 3
    assert codes[:, 16:].count_nonzero(axis=1).max() <= 3


def test_core_is_not_disturbed_by_the_fine_layer(fitted, vectors):
    whole = fitted.transform(vectors)[:, :16].toarray()
    flat = MatryoshkaSAE(**fitted.get_params())
    for name in ("components_", "bias_", "encoder_", "encoder_bias_", "n_features_in_", "n_core_"):
        setattr(flat, name, getattr(fitted, name))
    flat.components_ = fitted.components_.copy()
    flat.components_[16:] = -flat.components_[16:]
    np.testing.assert_allclose(flat.transform(vectors)[:, :16].toarray(), whole, atol=1e-5)


def test_anchored_core_stays_near_its_anchors_and_a_free_one_does_not(vectors):
    anchors = np.eye(16, dtype=np.float32)
    settings = {"n_core": 16, "k": 3, "k_fine": 3, "max_epochs": 20, "batch_size": 64, "slack": 0.3}
    tied = MatryoshkaSAE(32, **settings).fit(vectors, anchors=anchors)
    free = MatryoshkaSAE(32, **settings).fit(vectors)
    assert (tied.components_[:16] * anchors).sum(1).min() > 0.9
    assert (free.components_[:16] * anchors).sum(1).min() < 0.9


def test_cap_lowers_the_frequency_of_concepts(vectors):
    X = vectors + np.float32(2) * np.eye(16, dtype=np.float32)[0] * (np.arange(600) % 2)[:, None]
    settings = {"n_core": 16, "k": 2, "k_fine": 2, "max_epochs": 60, "batch_size": 64}
    capped = usage(MatryoshkaSAE(32, max_frequency=0.2, **settings).fit(X).transform(X)).max()
    free = usage(MatryoshkaSAE(32, max_frequency=1.0, **settings).fit(X).transform(X)).max()
    assert capped < 0.3 < 0.35 < free


def test_sizes_that_do_not_nest_are_refused(vectors):
    with pytest.raises(InputError, match="n_core=32 of n_concepts=32"):
        MatryoshkaSAE(32, n_core=32).fit(vectors)
    with pytest.raises(InputError, match="20 anchors for a core of 16"):
        MatryoshkaSAE(32, n_core=16, k=2, k_fine=2).fit(vectors, anchors=np.ones((20, 16)))
