"""Autoencoders of other libraries: their codes by their own formulas, round trips, and files that are refused."""

import json
import pickle

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from begriff.dictionaries import (
    L1SAE,
    ArchetypalSAE,
    BatchTopKSAE,
    GatedSAE,
    JumpReLUSAE,
    KMeans,
    MatryoshkaSAE,
    PretrainedSAE,
    TopKSAE,
)
from begriff.dictionaries.pretrained_sae import write_sae
from begriff.errors import InputError
from begriff.kinds import Dictionary

RNG = np.random.default_rng(0)
N, D, K = 20, 8, 4
X = RNG.standard_normal((50, D)).astype(np.float32)
E, W = (RNG.standard_normal((N, D)).astype(np.float32) for _ in range(2))  # rows of any length
B, C, R, M = (0.3 * RNG.standard_normal(n).astype(np.float32) for n in (N, D, N, N))
T = (0.5 * RNG.random(N)).astype(np.float32)
LENGTH = np.linalg.norm(W, axis=1)


def _top(z, k=K):
    return np.where(z >= np.sort(z, axis=1)[:, -k, None], np.maximum(z, 0), 0)


def _saelens(folder, arrays, **cfg):
    folder.mkdir()
    save_file(
        {k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / "sae_weights.safetensors"
    )
    (folder / "cfg.json").write_text(
        json.dumps({"d_in": D, "d_sae": N, "normalize_activations": "none", **cfg})
    )


def _gated(z, along):
    return (z > 0) * np.maximum(along * np.exp(R) + M, 0)


COMMON = {"W_enc": E.T, "W_dec": W, "b_dec": C}
SAELENS = {
    "standard": (
        {**COMMON, "b_enc": B},
        {"architecture": "standard"},
        np.maximum((X - C) @ E.T + B, 0),
    ),
    "uncentred": (
        {**COMMON, "b_enc": B},
        {"architecture": "standard", "apply_b_dec_to_input": False},
        np.maximum(X @ E.T + B, 0),
    ),
    "topk": ({**COMMON, "b_enc": B}, {"architecture": "topk", "k": K}, _top((X - C) @ E.T + B)),
    "jumprelu": (
        {**COMMON, "b_enc": B, "threshold": T},
        {"architecture": "jumprelu"},
        ((X - C) @ E.T + B) * ((X - C) @ E.T + B > T),
    ),
    "gated": (
        {**COMMON, "b_gate": B, "r_mag": R, "b_mag": M},
        {"architecture": "gated"},
        _gated((X - C) @ E.T + B, (X - C) @ E.T),
    ),
    "gated, uncentred": (
        {**COMMON, "b_gate": B, "r_mag": R, "b_mag": M},
        {"architecture": "gated", "apply_b_dec_to_input": False},
        _gated(X @ E.T + B, X @ E.T),
    ),
}


@pytest.mark.parametrize("name", SAELENS)
def test_saelens(tmp_path, name):
    arrays, cfg, expected = SAELENS[name]
    _saelens(tmp_path / "sae", arrays, **cfg)
    sae = PretrainedSAE(tmp_path / "sae").fit(X)
    np.testing.assert_allclose(sae.transform(X).toarray(), expected * LENGTH, atol=1e-5)
    np.testing.assert_allclose(sae.inverse_transform(sae.transform(X)), expected @ W + C, atol=1e-4)
    assert (expected > 0).mean() > 0.05


def test_another_encoder_or_k_is_another_request(tmp_path):
    arrays, cfg, _ = SAELENS["topk"]
    for name, change, other in (
        ("a", {}, {}),
        ("b", {"W_enc": 2 * arrays["W_enc"]}, {}),
        ("c", {}, {"k": K + 1}),
    ):
        _saelens(tmp_path / name, {**arrays, **change}, **{**cfg, **other})
    assert len({PretrainedSAE(tmp_path / name).request()[-1] for name in "abc"}) == 3


def test_saelens_rescaled_by_the_decoders_lengths(tmp_path):
    _saelens(
        tmp_path / "sae",
        {**COMMON, "b_enc": B},
        architecture="topk",
        k=K,
        rescale_acts_by_decoder_norm=True,
    )
    codes = PretrainedSAE(tmp_path / "sae").fit_transform(X).toarray()
    np.testing.assert_allclose(codes, _top(((X - C) @ E.T + B) * LENGTH), atol=1e-5)
    # the lengths decide who is among the k
    assert not np.allclose(codes > 0, _top((X - C) @ E.T + B) > 0)


def test_sparsify(tmp_path):
    (tmp_path / "sae").mkdir()
    save_file(
        {"encoder.weight": E, "encoder.bias": B, "W_dec": W, "b_dec": C},
        tmp_path / "sae" / "sae.safetensors",
    )
    (tmp_path / "sae" / "cfg.json").write_text(
        json.dumps({"activation": "topk", "k": K, "d_in": D, "num_latents": N})
    )
    codes = PretrainedSAE(tmp_path / "sae").fit_transform(X).toarray()
    np.testing.assert_allclose(codes, _top((X - C) @ E.T + B) * LENGTH, atol=1e-5)


LINEAR = {"encoder.weight": E, "decoder.weight": W.T}
PRE = (X - C) @ E.T + B
LEARNING = {
    "AutoEncoder": ({**LINEAR, "encoder.bias": B, "bias": C}, np.maximum(PRE, 0)),
    "GatedAutoEncoder": (
        {**LINEAR, "decoder_bias": C, "gate_bias": B, "r_mag": R, "mag_bias": M},
        _gated(PRE, (X - C) @ E.T),
    ),
    "JumpReluAutoEncoder": (
        {**COMMON, "b_enc": B, "threshold": T},
        (X @ E.T + B) * (X @ E.T + B > T),
    ),
    "AutoEncoderTopK": (
        {**LINEAR, "encoder.bias": B, "b_dec": C, "k": np.array(K), "threshold": np.float32(0.4)},
        _top(PRE),
    ),
    "BatchTopKSAE": (
        {**LINEAR, "encoder.bias": B, "b_dec": C, "k": np.array(K), "threshold": np.float32(0.4)},
        PRE * (PRE > 0.4),
    ),
    "MatryoshkaBatchTopKSAE": (
        {**COMMON, "b_enc": B, "k": np.array(K), "threshold": np.float32(0.4)},
        PRE * (PRE > 0.4),
    ),
}


@pytest.mark.parametrize("name", LEARNING)
def test_dictionary_learning(tmp_path, name):
    arrays, expected = LEARNING[name]
    torch.save({k: torch.from_numpy(np.array(v)) for k, v in arrays.items()}, tmp_path / "ae.pt")
    (tmp_path / "config.json").write_text(json.dumps({"trainer": {"dict_class": name}}))
    np.testing.assert_allclose(
        PretrainedSAE(tmp_path).fit_transform(X).toarray(), expected * LENGTH, atol=1e-5
    )


def test_overcomplete_with_its_batch_normalisation(tmp_path):
    norm = torch.nn.BatchNorm1d(N).eval()
    with torch.no_grad():
        for t in (norm.weight, norm.bias, norm.running_mean):
            t.add_(0.3 * torch.randn(N))
        norm.running_var.add_(torch.rand(N))
    layer = torch.nn.Linear(D, N)
    state = {f"encoder.final_block.0.{k}": v for k, v in layer.state_dict().items()}
    state |= {f"encoder.final_block.1.{k}": v for k, v in norm.state_dict().items()}
    state |= {
        "dictionary._weights": torch.from_numpy(W),
        "dictionary.multiplier": torch.tensor(0.5),
    }
    torch.save(state, tmp_path / "sae.pt")
    with torch.no_grad():
        expected = _top(norm(layer(torch.from_numpy(X))).relu().numpy())
    sae = PretrainedSAE(tmp_path / "sae.pt", k=K).fit(X)
    np.testing.assert_allclose(sae.transform(X).toarray(), expected * np.exp(0.5), atol=1e-5)
    np.testing.assert_allclose(sae.lengths_, np.exp(0.5), rtol=1e-5)
    with pytest.raises(InputError, match="give k"):
        PretrainedSAE(tmp_path / "sae.pt").fit(X)
    write_sae(sae, tmp_path / "back", format="overcomplete")
    np.testing.assert_allclose(
        PretrainedSAE(tmp_path / "back").fit_transform(X).toarray(),
        expected * np.exp(0.5),
        atol=1e-5,
    )
    torch.save({**state, "thresholds": torch.zeros(N)}, tmp_path / "sae.pt")
    with pytest.raises(InputError, match="thresholds"):
        PretrainedSAE(tmp_path / "sae.pt", k=K).fit(X)


def test_the_input_scale_is_undone(tmp_path):
    arrays, cfg, _ = SAELENS["topk"]
    _saelens(tmp_path / "sae", arrays, **cfg)
    sae = PretrainedSAE(tmp_path / "sae", input_scale=4.0).fit(X)
    theirs = _top((4 * X - C) @ E.T + B)
    np.testing.assert_allclose(
        sae.inverse_transform(sae.transform(X)), (theirs @ W + C) / 4, atol=1e-4
    )
    _saelens(
        tmp_path / "scaled", arrays, **{**cfg, "normalize_activations": "expected_average_only_in"}
    )
    with pytest.raises(InputError, match="input_scale"):
        PretrainedSAE(tmp_path / "scaled").fit(X)
    scaled = PretrainedSAE(tmp_path / "scaled", input_scale=4.0).fit(X)
    assert (scaled.transform(X) != sae.transform(X)).nnz == 0
    assert scaled.request()


def test_saelens_before_version_6(tmp_path):
    arrays, _, expected = SAELENS["topk"]
    old = {
        "normalize_activations": None,
        "activation_fn_str": "topk",
        "activation_fn_kwargs": {"k": K},
        "architecture": "standard",
    }
    _saelens(tmp_path / "sae", arrays, **old)
    np.testing.assert_allclose(
        PretrainedSAE(tmp_path / "sae").fit_transform(X).toarray(), expected * LENGTH, atol=1e-5
    )


def test_a_control_encodes_with_its_own_directions(tmp_path):
    arrays, cfg, _ = SAELENS["topk"]
    _saelens(tmp_path / "sae", arrays, **cfg)
    learnt = PretrainedSAE(tmp_path / "sae").fit(X)
    codes = learnt.transform(X)
    assert (learnt.randomise().transform(X) != codes).nnz
    along = (learnt.components_ * learnt.encoder_).sum(1)
    np.testing.assert_allclose(along, np.linalg.norm(learnt.encoder_, axis=1), rtol=1e-5)


OURS = {
    TopKSAE: ("saelens", "sparsify", "dictionary_learning"),
    ArchetypalSAE: ("saelens", "sparsify", "dictionary_learning"),
    BatchTopKSAE: ("saelens", "dictionary_learning"),
    JumpReLUSAE: ("saelens", "dictionary_learning"),
    GatedSAE: ("saelens", "dictionary_learning"),
    L1SAE: ("saelens", "dictionary_learning"),
}


@pytest.mark.parametrize(
    ("method", "format"), [(m, f) for m, formats in OURS.items() for f in formats]
)
def test_round_trips_change_no_code(tmp_path, vectors, method, format):
    ours = method(12, k=3, max_epochs=3, batch_size=64).fit(vectors)
    write_sae(ours, tmp_path / "a", format=format)
    there = PretrainedSAE(tmp_path / "a").fit(vectors)
    codes = there.transform(vectors)
    np.testing.assert_array_equal(
        codes.toarray() > 0, ours._active(ours._pre_activations(vectors)) & (codes.toarray() > 0)
    )
    if method is not GatedSAE:
        pre = ours._pre_activations(vectors)
        np.testing.assert_allclose(
            codes.toarray(), np.maximum(pre, 0) * ours._active(pre), atol=1e-6
        )
    write_sae(there, tmp_path / "b", format=format)
    np.testing.assert_allclose(
        PretrainedSAE(tmp_path / "b").fit_transform(vectors).toarray(), codes.toarray(), atol=1e-6
    )
    there.save(tmp_path / "c")
    np.testing.assert_array_equal(
        Dictionary.load(tmp_path / "c").transform(vectors).toarray(), codes.toarray()
    )


def test_what_cannot_be_written(tmp_path, vectors):
    nested = MatryoshkaSAE(12, n_core=4, k=2, k_fine=2, max_epochs=1, batch_size=64).fit(vectors)
    for dictionary, options, said in (
        (KMeans(4).fit(vectors), {}, "no autoencoder"),
        (nested, {}, "one group"),
        (
            L1SAE(12, k=3, max_epochs=1, batch_size=64).fit(vectors),
            {"format": "sparsify"},
            "TopK autoencoders alone",
        ),
        (nested, {"format": "saelenz"}, "saelens"),
        (
            TopKSAE(12, k=3, max_epochs=1, batch_size=64).fit(vectors),
            {"format": "overcomplete"},
            "no bias",
        ),
    ):
        with pytest.raises(InputError, match=said):
            write_sae(dictionary, tmp_path / "out", **options)


class _Evil:
    def __reduce__(self):
        return (print, ("executed",))


def test_what_is_refused(tmp_path, capsys):
    with pytest.raises(InputError, match="is not there"):
        PretrainedSAE(tmp_path / "none").fit(X)
    (tmp_path / "evil.pt").write_bytes(pickle.dumps(_Evil()))
    with pytest.raises(InputError, match="state_dict"):
        PretrainedSAE(tmp_path / "evil.pt").fit(X)
    torch.save(_Evil(), tmp_path / "evil2.pt")
    with pytest.raises(InputError, match="state_dict"):
        PretrainedSAE(tmp_path / "evil2.pt").fit(X)
    assert "executed" not in capsys.readouterr().out
    torch.save({"a": torch.zeros(2)}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="lacks"):
        PretrainedSAE(tmp_path / "other.pt").fit(X)
    arrays, cfg, _ = SAELENS["topk"]
    for i, (change, said) in enumerate(
        (
            ({"architecture": "temporal"}, "temporal"),
            ({"normalize_activations": "layer_norm"}, "layer_norm"),
        )
    ):
        _saelens(tmp_path / f"s{i}", arrays, **{**cfg, **change})
        with pytest.raises(InputError, match=said):
            PretrainedSAE(tmp_path / f"s{i}").fit(X)
    for i, k in enumerate((0, N + 1, "2")):
        _saelens(tmp_path / f"k{i}", arrays, **{**cfg, "k": k})
        with pytest.raises(InputError, match=f"k={k!r} of {N} concepts"):
            PretrainedSAE(tmp_path / f"k{i}").fit(X)
    _saelens(tmp_path / "k", arrays, **cfg)
    with pytest.raises(InputError, match="leave k out"):
        PretrainedSAE(tmp_path / "k", k=K + 1).fit(X)
    (tmp_path / "s0" / "cfg.json").write_text("{")
    with pytest.raises(InputError, match=r"cfg\.json"):
        PretrainedSAE(tmp_path / "s0").fit(X)
    torch.save(
        {k: torch.from_numpy(np.array(v)) for k, v in LEARNING["BatchTopKSAE"][0].items()},
        tmp_path / "ae.pt",
    )
    with pytest.raises(InputError, match=r"config\.json"):
        PretrainedSAE(tmp_path / "ae.pt").fit(X)
    np.testing.assert_allclose(
        PretrainedSAE(tmp_path / "ae.pt", k=K).fit_transform(X).toarray(),
        _top(PRE) * LENGTH,
        atol=1e-5,
    )
    _saelens(tmp_path / "turned", {**arrays, "W_enc": E}, **cfg)
    with pytest.raises(InputError, match="must agree"):
        PretrainedSAE(tmp_path / "turned").fit(X)
    _saelens(tmp_path / "wide", arrays, **cfg)
    with pytest.raises(InputError, match="8 dimensions"):
        PretrainedSAE(tmp_path / "wide").fit(X[:, :5])
