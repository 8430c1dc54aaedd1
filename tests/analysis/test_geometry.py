"""Planted parallelograms, lobes and spectra are found, and their controls show none."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from begriff.analysis.lobes import Null, lobes, spectral_clusters
from begriff.analysis.parallelograms import parallelograms
from begriff.analysis.spectrum import eigenvalue_slope
from begriff.errors import InputError


def _relations(n_relations=6, n_pairs=8, n_dims=40, distractor=0.0, noise=0.05, seed=0):
    """Relations of unit shift, and one direction along which b moves at random, whatever the relation."""
    rng = np.random.default_rng(seed)
    length = np.eye(n_dims)[0]
    pairs, labels = [], []
    for r in range(n_relations):
        shift = rng.standard_normal(n_dims) * (np.arange(n_dims) > 0)
        a = rng.standard_normal((n_pairs, n_dims)) * 0.3
        b = a + shift / np.linalg.norm(shift) + noise * rng.standard_normal((n_pairs, n_dims))
        b += distractor * rng.standard_normal((n_pairs, 1)) * length
        pairs.append(np.stack([a, b], axis=1))
        labels += [f"relation {r}"] * n_pairs
    return np.concatenate(pairs), labels, length


def test_parallelograms_hidden_by_a_distractor_come_out_when_it_is_projected_away():
    pairs, labels, _ = _relations(distractor=5.0)
    found = parallelograms(pairs, labels, n_remove=1, n_shuffles=5)
    assert found.observed.cosine_before.mean() < 0.4
    assert found.observed.cosine_after.min() > 0.85
    assert found.observed.hits_after.mean() > 0.95
    assert found.observed.hits_after.mean() > found.observed.hits_before.mean() + 0.2


def test_controls_do_not_recover():
    pairs, labels, _ = _relations(distractor=5.0)
    found = parallelograms(pairs, labels, n_remove=1, n_shuffles=5)
    assert found.shuffled.cosine_after.max() < found.observed.cosine_after.min() - 0.3
    assert found.shuffled.hits_after.mean() < 0.1
    assert np.abs(found.relabelled.cosine_after).max() < 0.3


def test_without_a_distractor_nothing_is_gained():
    pairs, labels, _ = _relations()
    found = parallelograms(pairs, labels, n_remove=1, n_shuffles=1).observed
    np.testing.assert_allclose(found.cosine_after, found.cosine_before, atol=0.03)


def test_a_given_distractor_is_projected_out():
    pairs, labels, length = _relations(distractor=5.0)
    found = parallelograms(pairs, labels, distractors=7 * length, n_remove=0, n_shuffles=1).observed
    assert found.cosine_after.min() > 0.85


def test_a_relation_does_not_choose_its_own_directions():
    pairs, labels, length = _relations()
    mine = np.array(labels) == "relation 0"
    # only this relation has the distractor
    pairs[mine, 1] += 5 * np.random.default_rng(1).standard_normal((mine.sum(), 1)) * length
    found = parallelograms(pairs, labels, n_remove=1, n_shuffles=1).observed
    assert found.cosine_after[0] < 0.5


def test_noise_has_no_parallelograms():
    rng = np.random.default_rng(0)
    found = parallelograms(
        rng.standard_normal((40, 2, 50)), list("abcde") * 8, n_remove=2, n_shuffles=10
    )
    assert abs(found.observed.cosine_after.mean()) < 0.05
    assert found.observed.cosine_after.mean() == pytest.approx(
        found.relabelled.cosine_after.mean(), abs=0.05
    )


def test_mean_cosine_is_the_mean_over_pairs():
    pairs, labels, _ = _relations(noise=0.5)
    found = parallelograms(pairs, labels, n_remove=0, n_shuffles=1).observed
    d = pairs[:8, 1] - pairs[:8, 0]
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    assert found.cosine_before[0] == pytest.approx((d @ d.T)[np.triu_indices(8, 1)].mean())


@pytest.mark.parametrize(
    ("pairs", "labels", "n_remove", "message"),
    [
        (np.zeros((2, 3, 4)), ["a", "a"], 0, r"expected \(n_pairs, 2, n_dims\)"),
        (np.zeros((2, 2, 4)), ["a"], 0, "1 labels for 2 pairs"),
        (np.zeros((3, 2, 4)), ["a", "a", "b"], 0, "relation 'b' has fewer than 2 pairs"),
        (np.zeros((2, 2, 4)), ["a", "a"], 1, "only one"),
        (np.zeros((4, 2, 4)), ["a", "a", "b", "b"], 4, "n_remove=4"),
    ],
)
def test_parallelograms_refuse(pairs, labels, n_remove, message):
    with pytest.raises(InputError, match=message):
        parallelograms(pairs, labels, n_remove=n_remove)


def _blocks(n_lobes=4, per_lobe=25, n_dims=20, seed=0):
    """Concepts of one block occur together; the directions of a block lie around one centre."""
    rng = np.random.default_rng(seed)
    lobe = np.repeat(np.arange(n_lobes), per_lobe)
    topic = rng.integers(0, n_lobes, 2000)
    codes = csr_array(
        (rng.random((2000, len(lobe))) < np.where(topic[:, None] == lobe, 0.3, 0.02)).astype(
            np.float32
        )
    )
    directions = rng.standard_normal((n_lobes, n_dims))[lobe] + 0.7 * rng.standard_normal(
        (len(lobe), n_dims)
    )
    return codes, directions, lobe


def test_lobes_that_lie_together_stand_far_above_chance():
    codes, directions, _ = _blocks()
    found = lobes(codes, directions, n_lobes=4, n_null=8)
    assert found.ami.value > 0.8
    assert found.ami.z > 10
    assert found.ami_permuted.z > 10
    assert abs(found.ami.mean) < 0.05
    assert found.accuracy.value > 0.9
    assert found.accuracy.mean == pytest.approx(0.25, abs=0.1)


def test_permuted_directions_leave_no_lobes():
    codes, directions, lobe = _blocks()
    found = lobes(codes, np.random.default_rng(1).permutation(directions), n_lobes=4, n_null=8)
    assert found.ami.value < 0.1
    assert found.accuracy.value < 0.45
    assert lobes(codes, directions, n_lobes=4, n_null=0).ami.value > 0.8
    for block in range(4):  # co-occurrence is found all the same
        assert len(set(found.by_occurrence[lobe == block])) == 1


def test_rare_concepts_are_left_out_and_counted():
    codes, directions, _ = _blocks()
    dense = codes.toarray()
    dense[:, 3] = 0
    dense[:4, 3] = 1
    found = lobes(csr_array(dense), directions, n_lobes=4, n_null=2)
    assert found.n_left_out == 1
    assert 3 not in found.concepts
    assert len(found.by_occurrence) == len(found.by_direction) == len(found.concepts) == 99


def test_lobes_repeat_and_ignore_the_size_of_strengths():
    codes, directions, _ = _blocks()
    first = lobes(codes, directions, n_lobes=4, n_null=2, random_state=3)
    again = lobes(codes * 9, directions * 9, n_lobes=4, n_null=2, random_state=3)
    np.testing.assert_array_equal(first.by_occurrence, again.by_occurrence)
    np.testing.assert_array_equal(first.ami.draws, again.ami.draws)


def test_lobes_refuse():
    codes, directions, _ = _blocks()
    with pytest.raises(InputError, match="100 concepts and components 99"):
        lobes(codes, directions[:-1])
    with pytest.raises(InputError, match="n_lobes=100"):
        lobes(codes, directions, n_lobes=100)


def test_spectral_clusters_finds_components_and_survives_lone_nodes():
    weights = np.kron(np.eye(3), np.ones((5, 5)))
    weights = np.pad(weights, (0, 1))
    found = spectral_clusters(weights, 3)
    assert len(found) == 16
    assert [len(set(found[5 * b : 5 * b + 5])) for b in range(3)] == [1, 1, 1]
    assert len(set(found[:15])) == 3
    np.testing.assert_array_equal(found, spectral_clusters(csr_array(weights), 3))


def test_null():
    null = Null(3.0, np.array([0.0, 2.0]))
    assert (null.mean, null.std, null.z) == (
        1.0,
        pytest.approx(np.sqrt(2)),
        pytest.approx(np.sqrt(2)),
    )
    assert np.isnan(Null(1.0, np.ones(3)).z)
    assert np.isnan(Null(1.0, np.empty(0)).z)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_a_planted_power_law_is_recovered(exponent):
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((100, 100)))[0]
    cloud = (rng.standard_normal((5000, 100)) * np.arange(1, 101) ** (-exponent / 2)) @ turn + 3
    found = eigenvalue_slope(cloud)
    assert found.slope == pytest.approx(-exponent, rel=0.1)
    assert found.r2 > 0.99
    assert found.control.slope > -0.15


def test_an_isotropic_cloud_is_its_own_control():
    cloud = np.random.default_rng(5).standard_normal((1000, 200))
    found = eigenvalue_slope(cloud)
    assert found.slope == pytest.approx(found.control.slope, abs=0.03)
    assert found.effective_dims == pytest.approx(found.control.effective_dims, rel=0.02)


def test_effective_dims_counts_equal_eigenvalues():
    cloud = np.zeros((20, 12))
    # ten directions of equal variance, two without
    cloud[np.arange(20), np.arange(20) // 2 % 10] = np.tile([1.0, -1.0], 10)
    found = eigenvalue_slope(cloud)
    assert found.effective_dims == pytest.approx(10)
    assert len(found.eigenvalues) == 10


def test_slope_refuses():
    with pytest.raises(InputError, match="span 8 dimensions"):
        eigenvalue_slope(np.random.default_rng(0).standard_normal((50, 5)))
    with pytest.raises(InputError, match="expected"):
        eigenvalue_slope(np.zeros(4))
