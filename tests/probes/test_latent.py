"""The atom with the best AUROC is found, either way round, within a mask."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from begriff.errors import InputError
from begriff.probes import Latent
from begriff.probes.latent import _separation


@pytest.fixture
def atoms(planted):
    made = np.random.default_rng(5).standard_normal((12, 16)).astype(np.float32)
    made[7] = planted[2]
    return made


def test_the_planted_atom_is_found(planted, atoms):
    X, y, direction = planted
    probe = Latent(components=atoms).fit(X, y)
    assert probe.latent_ == 7
    np.testing.assert_allclose(probe.direction_, direction, atol=1e-5)


def test_an_atom_that_points_away_is_turned_unless_told_not_to(planted, atoms):
    X, y, direction = planted
    turned = atoms.copy()
    turned[7] *= -1
    np.testing.assert_allclose(Latent(components=turned).fit(X, y).direction_, direction, atol=1e-5)
    assert Latent(components=turned, signed=True).fit(X, y).latent_ != 7


def test_the_mask_is_kept(planted, atoms):
    X, y, _ = planted
    mask = np.arange(12) != 7
    assert Latent(components=atoms, mask=mask).fit(X, y).latent_ != 7
    atoms[3] = 0
    with pytest.raises(InputError, match="none of 12 atoms"):
        Latent(components=atoms, mask=np.arange(12) == 3).fit(X, y)


def test_separation_is_the_weighted_auroc_with_ties():
    rng = np.random.default_rng(0)
    scores, y, weight = (
        rng.integers(4, size=(80, 3)).astype(float),
        rng.random(80) < 0.4,
        rng.random(80),
    )
    found = _separation(scores, y, weight)
    np.testing.assert_allclose(found, [roc_auc_score(y, s, sample_weight=weight) for s in scores.T])


def test_a_shortlist_of_many_atoms_holds_the_best(planted, atoms):
    X, y, _ = planted
    many = np.random.default_rng(6).standard_normal((1500, 16)).astype(np.float32)
    every = np.abs(_separation(X @ many.T, y, np.where(y, 1 / y.sum(), 1 / (~y).sum())) - 0.5)
    assert Latent(components=many).fit(X, y).latent_ == every.argmax()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"components": np.eye(3)}, "items 16 dimensions"),
        ({"components": np.full((2, 16), np.nan)}, "components have shape"),
        ({"mask": np.ones(3, dtype=bool)}, "16 atoms"),
        ({"mask": np.ones(16)}, "one bool"),
    ],
)
def test_what_does_not_fit_is_refused(planted, options, said):
    with pytest.raises(InputError, match=said):
        Latent(**options).fit(*planted[:2])
