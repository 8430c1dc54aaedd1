"""Autoencoders written as other libraries keep them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from begriff.dictionaries._sae_weights import FORMATS, Arrays, Weights
from begriff.errors import InputError, MissingExtraError
from begriff.files import write_tensors

__all__ = ["write_weights"]


def write_weights(weights: Weights, folder: str | Path, format: str) -> None:
    """Write what the library named by ``format`` reads."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    writers = (_write_saelens, _write_sparsify, _write_dictionary_learning, _write_overcomplete)
    dict(zip(FORMATS, writers, strict=True))[format](weights, folder)


def _write_sparsify(w: Weights, folder: Path) -> None:
    if not w.k:
        raise InputError(
            "sparsify keeps TopK autoencoders alone: write it for saelens or dictionary_learning"
        )
    _write_tensors(
        folder / "sae.safetensors",
        {
            "encoder.weight": w.encoder,
            "encoder.bias": w.encoder_bias,
            "W_dec": w.decoder,
            "b_dec": w.bias,
        },
    )
    cfg = {
        "activation": "topk",
        "num_latents": len(w.decoder),
        "k": w.k,
        "d_in": w.decoder.shape[1],
    }
    (folder / "cfg.json").write_text(json.dumps(cfg))


def _write_saelens(w: Weights, folder: Path) -> None:
    arrays = {"W_enc": w.encoder.T, "W_dec": w.decoder, "b_dec": w.bias}
    kind = (
        "gated"
        if len(w.log_scale)
        else "topk"
        if w.k
        else "jumprelu"
        if w.threshold.any()
        else "standard"
    )
    if kind == "gated":
        arrays |= {"b_gate": w.encoder_bias, "r_mag": w.log_scale, "b_mag": w.magnitude_bias}
    else:
        arrays |= {"b_enc": w.encoder_bias} | (
            {"threshold": w.threshold} if kind == "jumprelu" else {}
        )
    _write_tensors(folder / "sae_weights.safetensors", arrays)
    cfg = {
        "architecture": kind,
        "d_in": w.decoder.shape[1],
        "d_sae": len(w.decoder),
        "dtype": "float32",
        "device": "cpu",
    }
    cfg |= {
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
    }
    (folder / "cfg.json").write_text(json.dumps(cfg | ({"k": w.k} if w.k else {})))


def _write_dictionary_learning(w: Weights, folder: Path) -> None:
    linear = {"encoder.weight": w.encoder, "decoder.weight": w.decoder.T}
    if len(w.log_scale):
        kind = "GatedAutoEncoder"
        arrays = {
            **linear,
            "decoder_bias": w.bias,
            "gate_bias": w.encoder_bias,
            "r_mag": w.log_scale,
            "mag_bias": w.magnitude_bias,
        }
    elif w.k:
        kind = "AutoEncoderTopK"
        arrays = {
            **linear,
            "encoder.bias": w.encoder_bias,
            "b_dec": w.bias,
            "k": np.array(w.k, np.int32),
            "threshold": np.array(-1.0),
        }
    elif w.threshold.any():
        kind = "JumpReluAutoEncoder"  # which does not centre
        bias = w.encoder_bias - w.encoder @ w.bias
        arrays = {
            "W_enc": w.encoder.T,
            "b_enc": bias,
            "W_dec": w.decoder,
            "b_dec": w.bias,
            "threshold": w.threshold,
        }
    else:
        kind, arrays = "AutoEncoder", {**linear, "encoder.bias": w.encoder_bias, "bias": w.bias}
    _write_state(folder / "ae.pt", arrays)
    (folder / "config.json").write_text(json.dumps({"trainer": {"dict_class": kind}}))


def _write_overcomplete(w: Weights, folder: Path) -> None:
    lengths = np.linalg.norm(w.decoder, axis=1)
    if not w.k or w.bias.any() or np.ptp(lengths) > 1e-5 * lengths.max():
        raise InputError(
            "overcomplete's TopKSAE has k active concepts, no bias, and directions of one length:"
            f" write what was read from it, or choose another format: {', '.join(FORMATS[:-1])}"
        )
    arrays = {
        "encoder.final_block.0.weight": w.encoder,
        "encoder.final_block.0.bias": w.encoder_bias,
    }
    arrays |= {
        "dictionary._weights": w.decoder,
        "dictionary.multiplier": np.array(np.log(lengths.mean())),
    }
    _write_state(folder / "sae.pt", arrays)
    (folder / "config.json").write_text(json.dumps({"k": w.k}))


def _write_state(path: Path, arrays: Arrays) -> None:
    try:
        from begriff.nets.torch_files import write_state
    except ImportError as e:
        raise MissingExtraError("a .pt file", "text") from e
    write_state(
        path,
        {key: v if v.dtype.kind == "i" else np.asarray(v, np.float32) for key, v in arrays.items()},
    )


def _write_tensors(path: Path, arrays: Arrays) -> None:
    write_tensors(path, {key: np.asarray(v, np.float32) for key, v in arrays.items()})
