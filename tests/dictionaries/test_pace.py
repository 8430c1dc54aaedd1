"""PACE: what variational inference gives where it can be worked out, and what images add."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from begriff.dictionaries import PACE
from begriff.errors import InputError


def _images(apart=6.0, n_images=80, patches=25, seed=0):
    """Patches of four Gaussians, of which each image has mostly two."""
    rng = np.random.default_rng(seed)
    theta = rng.dirichlet([0.3] * 4, n_images)
    z = np.array([rng.choice(4, patches, p=t) for t in theta])
    means = apart * np.linalg.qr(rng.standard_normal((12, 12)))[0][:4]
    X = (means[z] + rng.standard_normal((n_images, patches, 12))).reshape(-1, 12)
    return X.astype(np.float32), np.repeat(np.arange(n_images), patches), z.ravel(), theta


def test_far_apart_proportions_are_counts_and_the_prior():
    X, images, z, _ = _images(apart=30)
    pace = PACE(4, n_dims=6, alpha=0.5).fit(X, groups=images)
    found = pace.transform(X)
    assert adjusted_rand_score(z, found.indices) == 1
    assert (np.diff(found.indptr) == 1).all()
    order = [found.indices[z == k][0] for k in range(4)]
    counts = np.array([[((images == i) & (z == k)).sum() for k in range(4)] for i in range(80)])
    expected = (0.5 + counts) / (4 * 0.5 + 25)
    np.testing.assert_allclose(pace.proportions(X, images)[:, order], expected, atol=1e-4)
    np.testing.assert_allclose(pace.weights_[order], counts.sum(0) / len(X), atol=1e-4)
    means = np.array([X[z == k].mean(0) for k in range(4)])
    np.testing.assert_allclose(
        pace.bias_ + (pace.distances_[:, None] * pace.components_)[order], means, atol=1e-2
    )


def test_without_images_and_with_a_flat_prior_it_is_a_mixture_of_gaussians():
    X, _, z, _ = _images(apart=6)
    pace = PACE(4, n_dims=4, alpha=1e6, max_epochs=100, tol=1e-6).fit(X)
    R = (X - pace.bias_) @ pace.axes_.T
    precisions = np.array([r @ r.T for r in pace.roots_])
    peer = GaussianMixture(
        4,
        weights_init=[0.25] * 4,
        means_init=pace.means_,
        precisions_init=precisions,
        max_iter=1,
        tol=1e9,
    )
    peer._initialize_parameters(R, np.random.RandomState(0))
    peer.means_, peer.precisions_cholesky_, peer.weights_ = (
        pace.means_,
        pace.roots_,
        np.full(4, 0.25),
    )
    p = pace._infer(R, np.arange(len(R)), np.ones(len(R)))[0]
    np.testing.assert_allclose(p, peer.predict_proba(R), atol=1e-4)
    assert adjusted_rand_score(z, p.argmax(1)) > 0.9


def test_images_help_to_tell_concepts_apart_that_overlap():
    X, images, z, theta = _images(apart=2.5, seed=3)
    pace = PACE(4, n_dims=4, alpha=0.3, max_epochs=100).fit(X, groups=images)
    R = (X - pace.bias_) @ pace.axes_.T
    together = pace._infer(R, images, np.ones(len(X)))[0].argmax(1)
    apart = pace._infer(R, np.arange(len(X)), np.ones(len(X)))[0].argmax(1)
    assert adjusted_rand_score(z, together) > adjusted_rand_score(z, apart) + 0.02
    found = np.sort(pace.proportions(X, images), axis=1)
    assert np.abs(found - np.sort(theta, axis=1)).mean() < 0.1


def test_weights_count():
    X, images, z, _ = _images(apart=30)
    weight = np.where(z == 0, 0.0, 1.0)
    pace = PACE(3, n_dims=6).fit(X, groups=images, sample_weight=weight)
    without = PACE(3, n_dims=6).fit(X[z > 0], groups=images[z > 0])
    # a weight of zero is no patch
    np.testing.assert_array_equal(pace.components_, without.components_)
    one = PACE(1, n_dims=6).fit(X, sample_weight=np.eye(len(X))[3])
    np.testing.assert_allclose(one.bias_, X[3], atol=1e-5)
    means = np.array([X[z == k].mean(0) for k in (1, 2, 3)])
    mine = pace.bias_ + pace.distances_[:, None] * pace.components_
    # the ignored concept's patches pull on none much
    assert np.linalg.norm(means[:, None] - mine[None], axis=2).min(1).max() < 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"groups": [1, 2]}, "groups"),
        ({"sample_weight": [-1.0] * 2000}, "sample_weight"),
        ({"groups": None}, None),
    ],
)
def test_mistakes(arguments, said):
    X = _images()[0]
    if said is None:
        with pytest.raises(InputError, match="alpha=0"):
            PACE(4, alpha=0).fit(X)
    else:
        with pytest.raises(InputError, match=said):
            PACE(4).fit(X, **arguments)
