"""TopKSAE recovers planted sparse directions; its control does not."""

import numpy as np

from begriff.dictionaries import TopKSAE
from begriff.metrics import fvu, matched_cosine


def _planted(seed=11):
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((32, 24))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    active = np.argsort(rng.random((4000, 32)), axis=1)[:, :3]
    codes = np.zeros((4000, 32))
    np.put_along_axis(codes, active, 0.5 + rng.random((4000, 3)), axis=1)
    return (codes @ directions).astype(np.float32), directions


SETTINGS = {
    "k": 3,
    "max_epochs": 40,
    "batch_size": 128,
    "max_frequency": 0.5,
    "learning_rate": 3e-3,
}


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    X, directions = _planted()
    learnt = TopKSAE(32, **SETTINGS).fit(X)
    frozen = TopKSAE(32, freeze_decoder=True, **SETTINGS).fit(X)
    assert matched_cosine(directions, learnt.components_).mean() > 0.9
    assert matched_cosine(directions, frozen.components_).mean() < 0.6
    assert fvu(X, learnt.inverse_transform(learnt.transform(X))) < 0.15
    assert fvu(X, frozen.inverse_transform(frozen.transform(X))) > 0.3


def test_dead_after_an_epoch():
    asked = []

    class Asked(TopKSAE):
        def _network(self, decoder, common, patience):
            asked.append(patience)
            return super()._network(decoder, common, patience)

    Asked(32, k=3, max_epochs=1, batch_size=128).fit(_planted()[0])
    assert asked == [4000 // 128]


def test_at_most_k_active():
    X, _ = _planted()
    codes = TopKSAE(32, k=3, max_epochs=2).fit_transform(X[:500])
    assert codes.count_nonzero(axis=1).max() <= 3


def test_strengths_are_the_least_squares_ones_on_the_support():
    X, _ = _planted()
    sae = TopKSAE(32, k=3, max_epochs=5).fit(X)
    codes = sae.transform(X[:50])
    for i in range(50):
        row = codes[[i]]
        if row.nnz:
            gradient = sae.components_[row.indices] @ (
                X[i] - sae.bias_ - (row @ sae.components_)[0]
            )
            assert abs(gradient).max() < 1e-3


def test_bias_starts_at_the_median_and_offset_data_are_explained():
    X, _ = _planted()
    shifted = X + 10
    sae = TopKSAE(32, **SETTINGS).fit(shifted)
    assert fvu(shifted, sae.inverse_transform(sae.transform(shifted))) < 0.3


def test_a_concept_below_zero_is_not_active():
    X, _ = _planted()
    sae = TopKSAE(16, k=8, max_epochs=2, batch_size=128, learning_rate=3e-3).fit(X)
    pre = (X - sae.bias_) @ sae.encoder_.T + sae.encoder_bias_
    sae.encoder_bias_ -= np.quantile(pre, 0.8)  # about three of sixteen are left above 0
    codes = sae.transform(X).toarray()
    assert not codes[pre - np.quantile(pre, 0.8) < -1e-4].any()
    assert (codes > 0).sum(1).max() <= 8


def test_encoder_and_decoder_start_equal_at_items_and_the_bias_at_the_median():
    X, _ = _planted()
    still = TopKSAE(16, **{**SETTINGS, "max_epochs": 1, "learning_rate": 1e-12}).fit(X)
    np.testing.assert_allclose(still.encoder_, still.components_, atol=1e-6)
    np.testing.assert_allclose(still.encoder_bias_, 0, atol=1e-6)
    np.testing.assert_allclose(still.bias_, np.median(X, axis=0), atol=1e-5)
    off = X - still.bias_
    cosines = still.components_ @ (off / np.linalg.norm(off, axis=1, keepdims=True)).T
    assert cosines.max(1).min() > 0.999
