"""ArchetypalSAE: concepts in the hull of centroids, or a given distance beside it."""

import numpy as np
import pytest
import torch
from scipy.optimize import nnls

from begriff.dictionaries import ArchetypalSAE, TopKSAE
from begriff.errors import InputError
from begriff.metrics import matched_cosine
from begriff.nets.directions import Hull
from tests.dictionaries._planted import check_recovery, planted


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    X, directions, _ = planted(most=1)  # one direction each: centroids are near them
    settings = {"max_epochs": 20, "batch_size": 128, "max_frequency": 0.5, "learning_rate": 0.01}
    sae = ArchetypalSAE(32, k=1, **settings).fit(X)
    frozen = ArchetypalSAE(32, k=1, **settings, freeze_decoder=True).fit(X)
    assert (
        matched_cosine(directions, sae.components_).mean()
        > 0.8
        > 0.6
        > matched_cosine(directions, frozen.components_).mean()
    )


def test_a_hull_starts_at_its_points_and_steps_stay_inside():
    g = torch.Generator().manual_seed(0)
    points = torch.randn(12, 5, generator=g)
    hull = Hull(points, 4, slack=0.3)
    torch.testing.assert_close(hull(), torch.nn.functional.normalize(points[:4]))
    with torch.no_grad():
        hull.mixture.add_(torch.randn(4, 12, generator=g))
        hull.relaxation.add_(torch.randn(4, 5, generator=g))
    hull.after_step()
    assert hull.mixture.min() >= 0
    torch.testing.assert_close(hull.mixture.sum(1), torch.ones(4))
    assert hull.relaxation.norm(dim=1).max() <= 0.3 + 1e-6
    expected = hull.mixture @ points + hull.relaxation
    torch.testing.assert_close(hull(), expected / expected.norm(dim=1, keepdim=True))


def test_without_slack_concepts_are_in_the_cone_of_centroids_and_with_it_they_leave():
    X, _, _ = planted()
    outside = {}
    for slack in (0.0, 1.0):
        sae = ArchetypalSAE(
            8, k=2, slack=slack, max_epochs=5, batch_size=128, learning_rate=0.02
        ).fit(X)
        points = sae._centroids(X, np.median(X, axis=0))
        outside[slack] = max(nnls(points.T, c)[1] for c in sae.components_)
    assert len(points) == 32
    assert outside[0.0] < 1e-3 < 0.01 < outside[1.0]


def test_anchors_are_refused():
    X, directions, _ = planted()
    with pytest.raises(InputError, match="centroids"):
        ArchetypalSAE(32, k=3).fit(X, anchors=directions)


def test_it_goes_on_from_the_concepts_of_another_fit():
    X, _, _ = planted()
    first = ArchetypalSAE(32, k=3, random_state=1).fit(X)
    gentle = {"k": 3, "max_epochs": 1, "learning_rate": 1e-4, "random_state": 2}
    on, anew = (ArchetypalSAE(32, **gentle).fit(X, start=start) for start in (first, None))
    alike = [float(np.median((d.components_ * first.components_).sum(1))) for d in (on, anew)]
    assert alike[0] > 0.99
    assert alike[1] < 0.7


def test_fewer_items_than_concepts():
    with pytest.raises(InputError, match="20 items"):
        ArchetypalSAE(32, k=3).fit(np.random.default_rng(0).random((20, 4)))


def test_recovery_helper_can_fail():
    with pytest.raises(AssertionError):
        check_recovery(TopKSAE, max_epochs=1, learning_rate=1e-6)
