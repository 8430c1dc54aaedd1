"""The layers of a text encoder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from begriff import catalog
from begriff.errors import InputError, unknown
from begriff.kinds.checks import Floats
from begriff.kinds.intervention import Intervention
from begriff.kinds.model import Activations, Model

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["TextTransformer"]

_TEXTS = 32
"""Texts that go through the network together."""

Change = Callable[["Tensor", NDArray[np.int64]], "Tensor"]
"""Activations (n_texts, n_tokens, n_units) and the texts' positions -> other activations."""


class TextTransformer(Model):
    """A sentence encoder, layer by layer: tokens -> blocks -> a unit vector.

    Layers are ``embeddings``, ``block0`` ... (the residual stream after each block), and ``mlp0``
    ... (the activations inside the block's MLP). Everything runs in float32 on the CPU, 32 texts of
    like length at a time.

    Parameters
    ----------
    encoder : Encoder or str, default "minilm"
        An encoder that is a transformer, such as :class:`begriff.encoders.SentenceTransformer`, or
        its name in the catalogue.

    Attributes
    ----------
    name : str
    layers : tuple of str

    Raises
    ------
    InputError
        For an encoder that is no transformer.
    MissingExtraError
        Without torch.

    Examples
    --------
    >>> from begriff.models import TextTransformer
    >>> model = TextTransformer()
    >>> model.layers[:3], len(model.layers)
    (('embeddings', 'block0', 'mlp0'), 13)
    >>> tokens = model.activations(["protein folding"], "block3")
    >>> tokens.values.shape, tokens.regions.tolist()
    ((4, 384), [[0, 0], [0, 7], [8, 15], [0, 0]])
    """

    def __init__(self, encoder: Any = "minilm") -> None:
        self.encoder = catalog.find("encoders", encoder)() if isinstance(encoder, str) else encoder
        if not self.encoder.has_tokens:
            raise InputError(
                f"{type(self.encoder).__name__} is no transformer: take one, such as MiniLM"
            )
        self.name = f"layers-{self.encoder.name}"
        self._interventions: list[tuple[str, Intervention]] = []

    @cached_property
    def _network(self) -> Any:
        return self.encoder.network().requires_grad_(False)

    @cached_property
    def _places(self) -> dict[str, Any]:
        """Module of every layer, whose output its activations are."""
        from torch import nn

        transformer = self._network.transformer
        blocks = next(m for m in transformer.modules() if isinstance(m, nn.ModuleList))
        places = {"embeddings": transformer.embeddings}
        for i, block in enumerate(blocks):
            places[f"block{i}"] = block
            inner = getattr(block, "intermediate", None)
            if inner is not None:
                places[f"mlp{i}"] = inner
        return places

    @property
    def layers(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the layers, from the input to the output."""
        return tuple(self._places)

    def outputs(self, inputs: Sequence[str]) -> Floats:
        """Unit vectors (n_texts, n_dims), float32, as the encoder gives them."""
        return self._forward(inputs, [])

    def activations(self, inputs: Sequence[str], layer: str) -> Activations:
        """Activations of a layer for every token, the tokens that the encoder adds included."""
        self._check(layer)
        states: list[Any] = [None] * len(inputs)

        def read(values: Tensor, rows: NDArray[np.int64]) -> Tensor:
            for row, value in zip(rows, values.numpy(), strict=True):
                states[row] = value
            return values

        self._forward(inputs, [(layer, read)])
        tokens = self.encoder.tokenised(inputs)
        lengths = [len(e.ids) for e in tokens]
        values = np.concatenate([s[:n] for s, n in zip(states, lengths, strict=True)])
        regions = np.array([o for e in tokens for o in e.offsets], dtype=np.int64)
        return Activations(values, np.repeat(np.arange(len(tokens)), lengths), regions)

    def forward_from(self, inputs: Sequence[str], layer: str, values: Floats) -> Floats:
        """Unit vectors (n_texts, n_dims) with ``values`` (n_tokens, n_units) in place of a
        layer's activations.

        Raises
        ------
        InputError
            For another layer, or another number of rows than the texts have tokens.
        """
        self._check(layer)
        ends = np.cumsum([len(e.ids) for e in self.encoder.tokenised(inputs)])
        if len(values) != ends[-1]:
            raise InputError(
                f"{len(values)} rows for {ends[-1]} tokens: give one for every row of activations"
            )
        parts = np.split(np.asarray(values, dtype=np.float32), ends[:-1])

        def replace(before: Tensor, rows: NDArray[np.int64]) -> Tensor:
            import torch

            after = before.clone()
            for i, row in enumerate(rows):
                after[i, : len(parts[row])] = torch.from_numpy(np.ascontiguousarray(parts[row]))
            return after

        return self._forward(inputs, [(layer, replace)])

    def vjp(self, inputs: Sequence[str], layer: str, cotangent: Floats) -> Floats:
        """Gradient (n_tokens, n_units) of (outputs * cotangent).sum() with respect to a layer's
        activations, cotangent (n_texts, n_dims).
        """
        import torch

        self._check(layer)
        leaves: list[tuple[Tensor, NDArray[np.int64]]] = []

        def leaf(values: Tensor, rows: NDArray[np.int64]) -> Tensor:
            fresh = values.detach().requires_grad_(True)
            leaves.append((fresh, rows))
            return fresh

        weights = torch.from_numpy(np.asarray(cotangent, dtype=np.float32))
        gradients: list[Any] = [None] * len(inputs)
        lengths = [len(e.ids) for e in self.encoder.tokenised(inputs)]
        for rows, vectors in self._batches(inputs, [(layer, leaf)], differentiate=True):
            fresh, _ = leaves.pop()
            (slope,) = torch.autograd.grad((vectors * weights[rows]).sum(), fresh)
            for row, value in zip(rows, slope.numpy(), strict=True):
                gradients[row] = value[: lengths[row]]
        return np.concatenate(gradients)

    @contextmanager
    def intervene(self, layer: str, intervention: Intervention) -> Iterator[None]:
        """While the context is open, the tokens of a layer go through an intervention; contexts may
        be nested.
        """
        self._check(layer)
        self._interventions.append((layer, intervention))
        try:
            yield
        finally:
            self._interventions.pop()

    def _check(self, layer: str) -> None:
        if layer not in self._places:
            raise unknown("layer", layer, self.layers)

    def _forward(self, inputs: Sequence[str], changes: list[tuple[str, Change]]) -> Floats:
        out = np.empty((len(inputs), self.encoder.n_dims), dtype=np.float32)
        for rows, vectors in self._batches(inputs, changes):
            out[rows] = vectors.numpy()
        return out

    def _batches(
        self,
        inputs: Sequence[str],
        changes: list[tuple[str, Change]],
        *,
        differentiate: bool = False,
    ) -> Iterator[tuple[NDArray[np.int64], Tensor]]:
        """Positions of texts, and their vectors, a batch at a time."""
        import torch

        ids = [e.ids for e in self.encoder.tokenised(inputs)]
        order = np.argsort([len(i) for i in ids], kind="stable")
        for start in range(0, len(order), _TEXTS):
            rows = order[start : start + _TEXTS]
            tokens, mask = _padded([ids[r] for r in rows])
            every = [*((at, _applied(by, mask)) for at, by in self._interventions), *changes]
            handles = [self._places[at].register_forward_hook(_hook(f, rows)) for at, f in every]
            try:
                with nullcontext() if differentiate else torch.no_grad():
                    network_mask = torch.from_numpy(mask)
                    vectors = self._network(
                        torch.from_numpy(tokens), network_mask, padded=not mask.all()
                    )
            finally:
                for handle in handles:
                    handle.remove()
            yield rows, vectors


def _hook(change: Change, rows: NDArray[np.int64]) -> Callable[..., Any]:
    """A forward hook of torch that puts other activations in place of a module's output."""

    def hook(module: Any, args: Any, output: Any) -> Any:
        if isinstance(output, tuple):
            return (change(output[0], rows), *output[1:])
        return change(output, rows)

    return hook


def _applied(intervention: Intervention, mask: NDArray[np.int64]) -> Change:
    """An intervention on the tokens that are there."""

    def change(values: Tensor, rows: NDArray[np.int64]) -> Tensor:
        import torch

        there = torch.from_numpy(mask > 0)
        after = values.clone()
        changed = intervention.transform(values[there].detach().numpy())
        after[there] = torch.from_numpy(np.ascontiguousarray(changed, dtype=np.float32))
        return after

    return change


def _padded(ids: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and mask (n_texts, n_tokens); unused places hold 0."""
    mask = np.zeros((len(ids), max(map(len, ids))), dtype=np.int64)
    tokens = np.zeros_like(mask)
    for i, row in enumerate(ids):
        tokens[i, : len(row)], mask[i, : len(row)] = row, 1
    return tokens, mask
