"""MiniLM's layers: equal to the plain model, and what is changed inside changes the output."""

import numpy as np
import pytest

from begriff.encoders import MiniLM, Static
from begriff.erasers import LEACE
from begriff.errors import InputError, NotFoundError
from begriff.kinds import Intervention
from begriff.models import TextTransformer

TEXTS = [
    "protein folding",
    "a much longer text about graphs, molecules and how they fold",
    "hello",
] * 15


@pytest.fixture(scope="module")
def model():
    return TextTransformer()


@pytest.fixture(scope="module")
def plain(model):
    return model.outputs(TEXTS)


class Scaled(Intervention):
    """Every activation times a number."""

    def __init__(self, factor):
        self.factor = factor

    def transform(self, X):
        return X * np.float32(self.factor)


def test_without_a_change_it_is_the_encoder_to_the_last_bit(plain):
    encoder = MiniLM(backend="torch", precision="float32", device="cpu")
    # one batch of equal texts, so that both run the same products
    np.testing.assert_allclose(plain, encoder.encode(TEXTS), atol=1e-6)


@pytest.mark.parametrize("layer", ["embeddings", "block2", "mlp4", "block5"])
def test_going_on_from_the_same_activations_gives_the_same_bits(model, plain, layer):
    states = model.activations(TEXTS, layer)
    np.testing.assert_array_equal(model.forward_from(TEXTS, layer, states.values), plain)
    # the control: other activations give other outputs
    assert abs(model.forward_from(TEXTS, layer, 0 * states.values) - plain).max() > 0.1


def test_there_are_six_blocks_of_width_384_and_mlps_of_four_times_that(model):
    assert model.layers == ("embeddings", *(f"{k}{i}" for i in range(6) for k in ("block", "mlp")))
    states = model.activations(TEXTS[:2], "mlp0")
    assert states.values.shape[1] == 1536 and states.values.dtype == np.float32
    assert np.all(np.diff(states.owner) >= 0) and set(states.owner) == {0, 1}


def test_regions_are_where_a_token_lies(model):
    states = model.activations(TEXTS[:2], "block1")
    of_first = states.regions[states.owner == 0].tolist()
    assert [TEXTS[0][a:b] for a, b in of_first] == ["", "protein", "folding", ""]


def test_the_last_block_is_the_encoders_tokens(model):
    states, tokens = model.activations(TEXTS, "block5"), model.encoder.tokens(TEXTS)
    np.testing.assert_array_equal(states.values, tokens.values)
    np.testing.assert_array_equal(states.owner, tokens.owner)
    np.testing.assert_array_equal(states.regions, tokens.spans)


@pytest.mark.parametrize("layer", ["block1", "mlp3"])
def test_the_vjp_is_the_slope_along_any_direction(model, plain, layer):
    rng = np.random.default_rng(0)
    cotangent = rng.normal(size=plain.shape).astype(np.float32)
    states = model.activations(TEXTS, layer)
    gradient = model.vjp(TEXTS, layer, cotangent)
    assert gradient.shape == states.values.shape
    step = 1e-2 * rng.normal(size=states.values.shape).astype(np.float32)
    ahead, behind = (
        model.forward_from(TEXTS, layer, states.values + s * step).astype(np.float64)
        for s in (1, -1)
    )
    slope = ((ahead - behind) * cotangent).sum() / 2
    assert slope == pytest.approx(float((gradient * step).sum()), rel=0.02)


def test_an_intervention_holds_inside_its_context_only(model, plain):
    states = model.activations(TEXTS, "block2")
    with model.intervene("block2", Scaled(0.5)):
        inside = model.outputs(TEXTS)
        with model.intervene("block2", Scaled(2)):
            np.testing.assert_array_equal(model.outputs(TEXTS), plain)
    np.testing.assert_array_equal(inside, model.forward_from(TEXTS, "block2", states.values / 2))
    assert abs(inside - plain).max() > 1e-3
    np.testing.assert_array_equal(model.outputs(TEXTS), plain)


def test_an_eraser_is_an_intervention(model):
    states = model.activations(TEXTS, "block3")
    is_first = states.owner % 3 == 0
    eraser = LEACE().fit(states.values, is_first)
    with model.intervene("block3", eraser):
        erased = model.activations(TEXTS, "block3").values
    gap = np.linalg.norm(erased[is_first].mean(0) - erased[~is_first].mean(0))
    before = np.linalg.norm(states.values[is_first].mean(0) - states.values[~is_first].mean(0))
    assert gap < 1e-3 * before


def test_what_cannot_be_is_refused(model):
    with pytest.raises(NotFoundError, match="near: 'block0'"):
        model.activations(TEXTS, "block")
    with pytest.raises(InputError, match="3 rows for 4 tokens"):
        model.forward_from(TEXTS[:1], "block0", np.zeros((3, 384), np.float32))
    with pytest.raises(InputError, match="Static is no transformer"):
        TextTransformer(Static())
    with pytest.raises(InputError, match="gives no vectors of tokens"):
        Static().tokens(["a"])
