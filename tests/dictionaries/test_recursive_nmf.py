"""Recursive NMF: children tell apart what their coarse concept mixes."""

import numpy as np
import pytest

from begriff.dictionaries import NMF, RecursiveNMF
from begriff.errors import InputError
from begriff.metrics import matched_cosine


def _nested(n=2000, seed=0):
    """Three coarse parts that overlap nowhere, each with two variants: items have one variant of one part, and a little of another."""
    rng = np.random.default_rng(seed)
    variants = np.zeros((3, 2, 30))
    for i in range(3):
        variants[i, :, 10 * i : 10 * i + 10] = 2 + rng.random(10)
        variants[i, 0, 10 * i : 10 * i + 5] *= 0.3
        variants[i, 1, 10 * i + 5 : 10 * i + 10] *= 0.3
    part, variant = rng.integers(0, 3, n), rng.integers(0, 2, n)
    X = variants[part, variant] * (0.5 + rng.random(n))[:, None] + 0.05 * rng.random((n, 30))
    return X.astype(np.float32), variants.reshape(6, 30)


def test_children_are_the_variants_and_coarse_concepts_are_not():
    X, variants = _nested()
    model = RecursiveNMF(6, n_children=2, share=0.3).fit(X)
    assert matched_cosine(variants, model.components_).mean() > 0.9
    coarse = NMF(3).fit(X)
    assert matched_cosine(variants, coarse.components_).mean() < 0.6
    for parent in range(3):  # both children lie where their parent lies
        children = model.components_[model.parents_ == parent]
        assert len({int(np.abs(c).reshape(3, 10).sum(1).argmax()) for c in children}) == 1


def test_signed_vectors_come_back_with_their_signs(vectors):
    model = RecursiveNMF(8, n_children=2).fit(vectors)
    assert model.signed_ == 1
    assert model.parts_.shape == (8, 2 * vectors.shape[1])
    assert model.inverse_transform(model.transform(vectors)).min() < 0


@pytest.mark.parametrize(
    ("name", "value"), [("n_children", 3), ("n_children", 0), ("share", 0), ("share", 1.5)]
)
def test_out_of_range(vectors, name, value):
    with pytest.raises(InputError, match=f"{name}={value}"):
        RecursiveNMF(8, **{name: value}).fit(vectors)
