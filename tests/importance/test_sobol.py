"""Known indices are found; the mask that removes everything is no design, and an output that never moves gives zeros."""

import numpy as np
import pytest
from scipy.stats import qmc

from begriff.errors import InputError
from begriff.importance import masked, sobol_indices


def ishigami(masks):
    x = np.pi * (2 * masks - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


@pytest.mark.parametrize("n_designs", [2048, 2000])
def test_ishigami(n_designs):
    found = sobol_indices(ishigami, 3, n_designs=n_designs)
    np.testing.assert_allclose(found.first, [0.3139, 0.4424, 0], atol=0.03)
    np.testing.assert_allclose(found.total, [0.5576, 0.4424, 0.2437], atol=0.03)
    assert ((found.low <= found.total) & (found.total <= found.high)).all()
    assert found.n_forwards == n_designs * 5


@pytest.mark.parametrize("n_designs", [32, 33])
def test_no_design_removes_everything_though_the_plain_sequence_starts_so(n_designs):
    asked = []
    sobol_indices(lambda m: asked.append(m.copy()) or m.sum(1), 4, n_designs=n_designs)
    assert np.concatenate(asked).max(1).min() > 0
    plain = (qmc.Sobol if n_designs == 32 else qmc.Halton)(8, scramble=False).random(2)
    assert plain[0].max() == 0  # the pitfall


@pytest.mark.parametrize("value", [0.0, 3.7, 1e9])
def test_an_output_that_never_moves(value):
    found = sobol_indices(lambda m: np.full(len(m), value) + 1e-16 * m[:, 0], 3)
    assert found.first.tolist() == found.total.tolist() == found.high.tolist() == [0, 0, 0]


def test_interactions_are_in_the_total_alone():
    found = sobol_indices(lambda m: (m[:, 0] - 0.5) * (m[:, 1] - 0.5), 3, n_designs=1024)
    np.testing.assert_allclose(found.first, 0, atol=0.05)
    np.testing.assert_allclose(found.total, [1, 1, 0], atol=0.1)


def test_masked_scales_concepts_of_an_item_and_a_linear_model_has_known_indices():
    rng = np.random.default_rng(0)
    components, code, w = (
        rng.normal(size=(4, 6)),
        np.array([1.0, 0.5, 2.0, 0.0]),
        rng.normal(size=6),
    )
    x = code @ components + rng.normal(size=6)
    f = masked(lambda X: X @ w, x, code, components)
    assert f(np.ones((1, 4)))[0] == pytest.approx(x @ w)
    assert f(np.zeros((1, 4)))[0] == pytest.approx((x - code @ components) @ w)
    share = (code * (components @ w)) ** 2
    np.testing.assert_allclose(
        sobol_indices(f, 4, n_designs=512).total, share / share.sum(), atol=0.03
    )
    with pytest.raises(InputError, match="components have shape"):
        masked(lambda X: X @ w, x, code, components[:2])


def test_repeats_with_the_seed_and_refuses_too_few():
    a, b, c = (sobol_indices(ishigami, 3, random_state=s) for s in (0, 0, 1))
    np.testing.assert_array_equal(a.total, b.total)
    assert not np.array_equal(a.total, c.total)
    with pytest.raises(InputError, match="n_designs=1"):
        sobol_indices(ishigami, 3, n_designs=1)
