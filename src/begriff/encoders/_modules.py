"""What follows a transformer in a folder of sentence-transformers, in torch: pooling, Dense layers,
unit length.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from begriff.encoders._batches import Backend, padded
from begriff.errors import InputError
from begriff.kinds.checks import Floats
from begriff.nets.training import threads_for

__all__ = ["dense", "in_torch", "Sentences", "token_states"]

_FEW_TOKENS = 512
_ON_A_GPU = 8192
_TEXTS = 32
"""Texts that go through the network together where their tokens are read."""
_ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "Sigmoid")


class Sentences(nn.Module):
    """Tokens and their mask, both (n_texts, n_tokens), -> unit vectors (n_texts, n_dims), float32.

    Parameters
    ----------
    transformer : nn.Module
        Gives ``last_hidden_state``.
    poolings : sequence of str
        One after the other, they make a vector.
    layers : sequence of nn.Module
        What the vector goes through.
    """

    def __init__(
        self, transformer: nn.Module, poolings: Sequence[str], layers: Sequence[nn.Module]
    ) -> None:
        super().__init__()
        self.transformer, self.poolings, self.layers = (
            transformer,
            tuple(poolings),
            nn.ModuleList(layers),
        )

    def forward(self, ids: Tensor, mask: Tensor, padded: bool = True) -> Tensor:
        """Without padding the transformer is told of no mask, which is faster."""
        states = self.transformer(
            ids, attention_mask=mask if padded else None
        ).last_hidden_state.float()
        out = torch.cat([_pool(states, mask, kind) for kind in self.poolings], dim=1)
        for layer in self.layers:
            out = layer(out)
        return nn.functional.normalize(out)


def _pool(states: Tensor, mask: Tensor, kind: str) -> Tensor:
    if kind == "cls_token":
        return states[:, 0]
    if kind == "mean_tokens":
        return (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
    if kind == "max_tokens":
        return states.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)
    return states.take_along_dim((mask.sum(1) - 1)[:, None, None], 1)[:, 0]


def dense(folder: Path, config: dict[str, Any]) -> nn.Module:
    """The Dense module of a folder."""
    called = str(config.get("activation_function", "Identity")).rsplit(".", 1)[-1]
    if called not in _ACTIVATIONS:
        raise InputError(
            f"{folder} has the activation {called!r}; known are {', '.join(_ACTIVATIONS)}"
        )
    try:
        weights = load_file(folder / "model.safetensors")
        linear = nn.Linear(
            int(config["in_features"]), int(config["out_features"]), bias="linear.bias" in weights
        )
        linear.load_state_dict({k.removeprefix("linear."): v for k, v in weights.items()})
    except (OSError, SafetensorError, KeyError, RuntimeError) as e:
        raise InputError(f"the Dense module in {folder} cannot be loaded: {e}") from e
    return nn.Sequential(linear, getattr(nn, called)())


def in_torch(module: Sentences, device: torch.device, half: bool) -> Backend:
    """The module on a device; the transformer in bfloat16 where ``half``."""
    module = module.to(device).eval()
    if half:
        module.transformer.to(torch.bfloat16)

    def forward(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        tokens, there = torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device)
        with torch.inference_mode(), threads_for(ids.size, least=_FEW_TOKENS):
            return np.asarray(module(tokens, there, padded=not mask.all()).cpu().numpy())

    return (
        Backend(forward, side_by_side=_one_thread_each)
        if device.type == "cpu"
        else Backend(forward, n_tokens=_ON_A_GPU)
    )


def token_states(module: Sentences, ids: Sequence[Sequence[int]]) -> Floats:
    """States (n_tokens, n_units) of the transformer's last layer for the tokens of several texts,
    in their order; texts of like length go through together.
    """
    out: list[Any] = [None] * len(ids)
    order = np.argsort([len(i) for i in ids], kind="stable")
    for start in range(0, len(order), _TEXTS):
        rows = order[start : start + _TEXTS]
        tokens, mask = padded([ids[r] for r in rows])
        with torch.inference_mode():
            states = module.transformer(
                torch.from_numpy(tokens), attention_mask=torch.from_numpy(mask)
            ).last_hidden_state.numpy()
        for row, state, there in zip(rows, states, mask, strict=True):
            out[row] = state[there > 0]
    return np.concatenate(out)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[int]:
    """As many batches at once as torch has threads, each on one."""
    n_threads = torch.get_num_threads()
    with threads_for(0):
        yield n_threads
