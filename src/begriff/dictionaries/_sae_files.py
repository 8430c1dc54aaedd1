"""Autoencoders as other libraries keep them: SAELens, sparsify, dictionary_learning,
overcomplete.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.dictionaries._sae_weights import FORMATS, Arrays, Weights
from begriff.dictionaries._sae_writing import write_weights
from begriff.errors import InputError, MissingExtraError

__all__ = ["FORMATS", "read_weights", "Weights", "write_weights"]


def read_weights(path: str | Path, k: int | None = None, *, scaled: bool = False) -> Weights:
    """What a folder, or a .pt file, of one of the libraries holds.

    Parameters
    ----------
    path : str or Path
    k : int, optional
        Active concepts, where the files do not say it (overcomplete).
    scaled : bool, default False
        Whether it is known what vectors were multiplied by before they were encoded.

    Raises
    ------
    InputError
        When nothing is recognised, or what is there cannot be written as ``Weights``.
    MissingExtraError
        For .pt files without torch.
    """
    path = Path(path)
    try:
        if (path / "sae_weights.safetensors").exists():
            return _saelens(
                _tensors(path / "sae_weights.safetensors"), _config(path / "cfg.json"), scaled
            )
        if (path / "sae.safetensors").exists():
            return _sparsify(_tensors(path / "sae.safetensors"), _config(path / "cfg.json"))
        file = (
            path
            if not path.is_dir()
            else path / "sae.pt"
            if (path / "sae.pt").exists()
            else path / "ae.pt"
        )
        state, config = _state(file), file.parent / "config.json"
        said = _config(config) if config.exists() else {}
        if "dictionary._weights" in state:
            return _overcomplete(state, k or said.get("k"))
        return _dictionary_learning(state, said.get("trainer", {}), k)
    except KeyError as e:
        raise InputError(
            f"{str(path)!r} lacks {e}: give what SAELens, sparsify, dictionary_learning or"
            " overcomplete saved"
        ) from e


def _saelens(a: Arrays, cfg: dict[str, Any], scaled: bool) -> Weights:
    for key in ("normalize_activations", "reshape_activations"):
        if (cfg.get(key) or "none") not in ("none", "expected_average_only_in"):
            raise InputError(
                f"{key}={cfg[key]!r} changes every vector by itself: fold it into the weights, or"
                " choose an SAE without"
            )
    if cfg.get("normalize_activations") == "expected_average_only_in" and not scaled:
        raise InputError(
            "normalize_activations='expected_average_only_in': it was trained on vectors times a"
            " factor that its files do not say; give it as input_scale (sqrt(n_dims) / mean length"
            " of the vectors it was trained on), or 1 where it is folded into the weights"
        )
    if "k" not in cfg and "k" in cfg.get("activation_fn_kwargs", {}):  # before version 6
        cfg = {**cfg, "architecture": "topk", "k": cfg["activation_fn_kwargs"]["k"]}
    kind, n = cfg.get("architecture", "standard"), len(a["W_dec"])
    if kind not in ("standard", "topk", "jumprelu", "gated"):
        raise InputError(
            f"architecture={kind!r}: standard, topk, jumprelu and gated can be read; save a"
            " batchtopk one for inference"
        )
    made = Weights(
        encoder=a["W_enc"].T,
        encoder_bias=a["b_gate" if kind == "gated" else "b_enc"],
        decoder=a["W_dec"],
        bias=a["b_dec"],
        threshold=a["threshold"] if kind == "jumprelu" else np.zeros(n, np.float32),
        k=_active(cfg["k"], n) if kind == "topk" else 0,
        log_scale=a["r_mag"] if kind == "gated" else np.empty(0, np.float32),
        magnitude_bias=a["b_mag"] if kind == "gated" else np.empty(0, np.float32),
    )
    if not cfg.get("apply_b_dec_to_input", True):
        made = made.centred()
    if cfg.get("rescale_acts_by_decoder_norm"):  # which means: as if directions had length 1
        length = np.linalg.norm(made.decoder, axis=1, keepdims=True)
        made = replace(
            made,
            encoder=made.encoder * length,
            encoder_bias=made.encoder_bias * length[:, 0],
            decoder=made.decoder / length,
        )
    return made


def _sparsify(a: Arrays, cfg: dict[str, Any]) -> Weights:
    if (
        cfg.get("activation", "topk") != "topk"
        or cfg.get("skip_connection")
        or cfg.get("transcode")
    ):
        raise InputError(
            "a transcoder, a skip connection or groups are no dictionary of one space: choose a"
            " TopK autoencoder"
        )
    zeros = np.zeros(len(a["W_dec"]), np.float32)
    return Weights(
        a["encoder.weight"],
        a["encoder.bias"],
        a["W_dec"],
        a["b_dec"],
        zeros,
        _active(cfg["k"], len(zeros)),
    )


def _dictionary_learning(a: Arrays, trainer: dict[str, Any], k: int | None) -> Weights:
    if "gate_bias" in a:
        zeros = np.zeros(len(a["gate_bias"]), np.float32)
        decoder = a["decoder.weight"].T
        return Weights(
            a["encoder.weight"],
            a["gate_bias"],
            decoder,
            a["decoder_bias"],
            zeros,
            0,
            a["r_mag"],
            a["mag_bias"],
        )
    if "W_enc" in a:  # Matryoshka of batches, which centres, and JumpReLU, which does not
        threshold = np.broadcast_to(a["threshold"], len(a["W_dec"])).copy()
        made = Weights(a["W_enc"].T, a["b_enc"], a["W_dec"], a["b_dec"], threshold)
        return made if "k" in a else made.centred()
    bias = a["b_dec"] if "b_dec" in a else a["bias"]
    n = len(a["encoder.weight"])
    kind = trainer.get("dict_class")
    if "k" in a and "threshold" in a and not (kind or k):
        raise InputError(
            "without its config.json this may be a TopK or a BatchTopK autoencoder: lay the file"
            " beside it, or give k for TopK"
        )
    fixed = "k" in a and kind == "BatchTopKSAE"
    threshold = np.full(n, float(a["threshold"]) if fixed else 0.0, np.float32)
    active = 0 if fixed or "k" not in a else _active(a["k"], n)
    return Weights(
        a["encoder.weight"], a["encoder.bias"], a["decoder.weight"].T, bias, threshold, active
    )


def _overcomplete(a: Arrays, k: int | None) -> Weights:
    """One linear layer and, where it is there, the batch normalisation after it; directions of
    length exp(multiplier).
    """
    layer = "encoder.final_block"
    if f"{layer}.0.weight" not in a or any(key.startswith("encoder.mlp_blocks") for key in a):
        raise InputError(
            "this encoder has more than one layer: a dictionary that begriff reads has one"
        )
    if "thresholds" in a:
        raise InputError(
            "thresholds: of overcomplete's autoencoders those with k active concepts of every item"
            " can be read (TopKSAE)"
        )
    if k is None:
        raise InputError("overcomplete's files do not say how many concepts are active: give k")
    weight, bias = a[f"{layer}.0.weight"], a[f"{layer}.0.bias"]
    if f"{layer}.1.running_var" in a:
        scale = a[f"{layer}.1.weight"] / np.sqrt(a[f"{layer}.1.running_var"] + 1e-5)
        weight, bias = (
            weight * scale[:, None],
            (bias - a[f"{layer}.1.running_mean"]) * scale + a[f"{layer}.1.bias"],
        )
    directions = a["dictionary._weights"]
    directions = (
        directions
        / (np.linalg.norm(directions, axis=1, keepdims=True) + 1e-8)
        * np.exp(a["dictionary.multiplier"])
    )
    zeros = np.zeros(directions.shape[1], np.float32)
    return Weights(
        weight, bias, directions, zeros, np.zeros(len(weight), np.float32), _active(k, len(weight))
    )


def _active(k: Any, n: int) -> int:
    """Active concepts of n, as a file says it."""
    found = int(k) if isinstance(k, int | np.integer | np.ndarray) else 0
    if not 1 <= found <= n:
        raise InputError(
            f"k={k!r} of {n} concepts: must be a whole number from 1 to the number of concepts"
        )
    return found


def _tensors(path: Path) -> Arrays:
    from safetensors import SafetensorError, deserialize

    try:
        return {key: _float32(tensor) for key, tensor in deserialize(path.read_bytes())}
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as e:
        raise InputError(
            f"{str(path)!r} cannot be read ({e}): give float32, float16 or bfloat16 tensors in a"
            " whole file"
        ) from e


_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "?",
}


def _float32(tensor: dict[str, Any]) -> NDArray[np.float32]:
    """A tensor as it is stored, which may be in bfloat16: the upper half of a float32, a type that
    numpy lacks.
    """
    if tensor["dtype"] == "BF16":
        values = (np.frombuffer(tensor["data"], "<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        values = np.frombuffer(tensor["data"], _TYPES[tensor["dtype"]]).astype(np.float32)
    return values.reshape(tensor["shape"])


def _config(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise InputError(
            f"{str(path)!r} cannot be read ({e}): an autoencoder's folder holds it beside the"
            " weights"
        ) from e
    if not isinstance(found, dict):
        raise InputError(f"{str(path)!r} holds no object")
    return found


def _state(path: Path) -> Arrays:
    if not path.exists():
        raise InputError(
            f"{str(path)!r} is not there: give what SAELens, sparsify, dictionary_learning or"
            " overcomplete saved"
        )
    try:
        from begriff.nets.torch_files import read_state
    except ImportError as e:
        raise MissingExtraError("a .pt file", "text") from e
    try:
        return read_state(path)
    except (OSError, ValueError) as e:
        raise InputError(
            f"{str(path)!r} cannot be read ({e}): files that execute code are not; save its"
            " state_dict"
        ) from e
