"""CCE: attributes are orthogonal, concepts of several attributes add up, and planted ones are found."""

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score, silhouette_score

from begriff.dictionaries import CCE, PCA
from begriff.errors import InputError
from begriff.nets.subspaces import ClusteredSubspace, Separation, silhouette


def _composed(n=1500, seed=0):
    """Items that are a sum of one of three colours, in 8 dimensions, and one of three shapes, in 8 others; turned, with noise."""
    rng = np.random.default_rng(seed)
    colour, shape = rng.integers(0, 3, n), rng.integers(0, 3, n)
    turn = np.linalg.qr(rng.standard_normal((24, 24)))[0]
    parts = np.zeros((2, 3, 24))
    parts[0, :, :8], parts[1, :, 8:16] = rng.standard_normal((3, 8)), rng.standard_normal((3, 8))
    X = (parts[0, colour] + parts[1, shape]) @ turn + 0.15 * rng.standard_normal((n, 24))
    return X.astype(np.float32), colour, shape


def test_silhouette_equals_scikit_learn():
    rng = np.random.default_rng(0)
    X, labels = rng.standard_normal((60, 5)), rng.integers(0, 4, 60)
    labels[:1], labels[1:][labels[1:] == 3] = 3, 2  # one item alone in its cluster
    unit = torch.nn.functional.normalize(torch.from_numpy(X))
    assert float(silhouette(unit, torch.from_numpy(labels), 5)) == pytest.approx(
        silhouette_score(X, labels, metric="cosine"), abs=1e-6
    )


def test_planted_attributes_are_found_and_principal_components_mix_them():
    X, colour, shape = _composed()
    cce = CCE(6, n_attributes=2, n_dims=4, max_epochs=60, batch_size=500, learning_rate=0.02).fit(X)
    along = (X - cce.bias_) @ cce.components_.T
    found = [along[:, :3].argmax(1), along[:, 3:].argmax(1)]
    scores = np.array([[adjusted_rand_score(truth, f) for f in found] for truth in (colour, shape)])
    assert max(np.trace(scores), np.trace(scores[::-1])) > 1.6, scores
    pca = PCA(2).fit_transform(X).toarray() > 0
    assert (
        max(adjusted_rand_score(truth, pca[:, j]) for truth in (colour, shape) for j in (0, 1))
        < 0.6
    )


def test_concepts_of_two_attributes_are_orthogonal_and_an_item_has_one_of_each():
    X, _, _ = _composed()
    cce = CCE(6, n_attributes=2, n_dims=4, max_epochs=3).fit(X)
    # rounding, which steps carry on
    assert np.abs(cce.components_[:3] @ cce.components_[3:].T).max() < 0.02
    codes = cce.transform(X)
    assert codes[:, :3].count_nonzero(axis=1).max() <= 1
    assert codes[:, 3:].count_nonzero(axis=1).max() <= 1


@pytest.mark.parametrize("n_attributes", [0, 4, 30])
def test_attributes_that_do_not_divide(n_attributes):
    with pytest.raises(InputError, match=f"n_attributes={n_attributes}"):
        CCE(30 if n_attributes == 30 else 6, n_attributes=n_attributes).fit(_composed()[0])


def test_the_loss_is_that_of_the_paper():
    rng = np.random.default_rng(0)
    x = torch.from_numpy(
        (np.eye(6)[rng.integers(0, 3, 90)] + 0.2 * rng.standard_normal((90, 6))).astype(np.float32)
    )
    module = ClusteredSubspace(torch.from_numpy(rng.standard_normal((4, 6)).astype(np.float32)))
    loss = Separation(module, 3, torch.Generator().manual_seed(0))
    value = float(loss(x).detach())
    projected = (x @ module.basis.T).detach()
    labels = Separation(module, 3, torch.Generator().manual_seed(0)).assign(projected)
    apart = silhouette_score(projected.numpy(), labels.numpy(), metric="cosine")
    back = projected @ module.basis.detach()
    kept = [
        torch.cosine_similarity(x[labels == c].mean(0), back[labels == c].mean(0), dim=0)
        for c in range(3)
    ]
    assert value == pytest.approx(-apart - 10 / 3 * float(sum(kept)), abs=1e-4)
    assert value != pytest.approx(-apart, abs=1e-2)
