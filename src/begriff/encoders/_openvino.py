"""Transformers through OpenVINO, on the CPU: converted once, tried beside torch, and run without it
ever after.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff.encoders._batches import Backend
from begriff.encoders._cache import made_once
from begriff.errors import InputError, MissingExtraError
from begriff.kinds.checks import Floats

if TYPE_CHECKING:
    from begriff.encoders._modules import Sentences

__all__ = ["in_openvino"]

_LEAST = 0.999
_UNUSABLE = "unusable.txt"


def in_openvino(key: str, precision: str, module: Callable[[], Sentences]) -> Backend:
    """A module as OpenVINO runs it.

    Parameters
    ----------
    key : str
        Of the weights: what was converted is kept under it in the cache folder.
    precision : {"auto", "bfloat16", "float32"}
        ``"auto"`` is bfloat16 where the processor has it.
    module : callable
        Makes the module, for the first use; later ones need no torch.

    Raises
    ------
    InputError
        When vectors of the converted module are not those of the module, or what was kept is
        damaged.
    MissingExtraError
        Without the ``[openvino]`` extra.
    """
    ov = _library()
    core = ov.Core()
    half = precision == "bfloat16" or (
        precision == "auto" and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    )
    name = f"{key}-openvino-{version('openvino')}-{'half' if half else 'full'}"
    folder = made_once(name, lambda work: _convert(ov, module(), work, half))
    if (folder / _UNUSABLE).exists():
        raise InputError((folder / _UNUSABLE).read_text())
    options = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
        "CACHE_DIR": str(folder),
    }
    try:
        model = core.compile_model(str(folder / "model.xml"), "CPU", options)
    except RuntimeError as e:
        raise InputError(
            f"{folder} holds no model that OpenVINO reads ({' '.join(str(e).split())[:200]}):"
            " delete the folder"
        ) from e

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        # a request serves one thread
        return np.array(model.create_infer_request().infer([ids, mask])[0], dtype=np.float32)

    return Backend(forward)


def _library() -> Any:
    """OpenVINO without the package that reports its use to a server."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        import openvino
    except ImportError as e:
        raise MissingExtraError("backend='openvino'", "openvino") from e
    return openvino


def _convert(ov: Any, module: Sentences, folder: Path, half: bool) -> None:
    """Write the module as OpenVINO reads it, or why that cannot be used: a trace may fail for texts
    of other lengths than its own.
    """
    import torch

    module.eval()
    tried = [_tokens(*shape) for shape in ((2, 16), (1, 5), (7, 60), (3, 130))]
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        logging.getLogger("transformers").setLevel(logging.ERROR)
        try:
            expected = [module(*map(torch.from_numpy, pair)).numpy() for pair in tried]
            made = ov.convert_model(
                module, example_input=tuple(torch.from_numpy(a) for a in tried[0])
            )
            run = ov.Core().compile_model(
                made, "CPU", {"INFERENCE_PRECISION_HINT": "bf16" if half else "f32"}
            )
            least = min(
                float((run(list(pair))[0] * e).sum(1).min())
                for pair, e in zip(tried, expected, strict=True)
            )
            why = (
                None
                if least >= _LEAST
                else f"gives other vectors than torch (a cosine of {least:.3f})"
            )
        except Exception as e:  # the library and the tracing of torch raise all kinds
            why = f"cannot run this model ({' '.join(str(e).split())[:200]})"
    if why is None:
        ov.save_model(made, str(folder / "model.xml"), compress_to_fp16=half)
    else:
        (folder / _UNUSABLE).write_text(f"OpenVINO {why}: use backend='torch'")


def _tokens(n: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens of made-up texts, of which all but the first are shorter."""
    rng = np.random.default_rng(width)
    lengths = np.append(width, rng.integers(1, width, size=n - 1))
    mask = (np.arange(width) < lengths[:, None]).astype(np.int64)
    return rng.integers(5, 100, size=(n, width)) * mask, mask
