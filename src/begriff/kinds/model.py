"""A model whose inner activations can be read and changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats
from begriff.kinds.intervention import Intervention

__all__ = ["Activations", "Model"]


@dataclass(frozen=True)
class Activations:
    """Activations of one layer, a row for every region (token, patch) of every input.

    Attributes
    ----------
    values : ndarray (n_rows, n_units), float32
    owner : ndarray (n_rows,), int64
        Position of the input that a row belongs to; rising.
    regions : ndarray (n_rows, m), int64
        Where the region lies in its input: (start, end) in characters for a text. Empty regions,
        with start equal to end, belong to no part of the input.
    """

    values: Floats
    owner: NDArray[np.int64]
    regions: NDArray[np.int64]


class Model(ABC):
    """Inputs -> outputs through named layers.

    Attributes
    ----------
    name : str
    layers : tuple of str
        From the input to the output.
    """

    name: str
    layers: tuple[str, ...]

    @abstractmethod
    def outputs(self, inputs: Sequence[Any]) -> Floats:
        """Outputs (n_inputs, n_outputs), float32."""

    @abstractmethod
    def activations(self, inputs: Sequence[Any], layer: str) -> Activations:
        """What a layer gives for every region of the inputs."""

    @abstractmethod
    def forward_from(self, inputs: Sequence[Any], layer: str, values: Floats) -> Floats:
        """Outputs (n_inputs, n_outputs) with ``values`` (n_rows, n_units) in place of a layer's
        activations; with those that ``activations`` gives, they are the plain outputs.
        """

    @abstractmethod
    def vjp(self, inputs: Sequence[Any], layer: str, cotangent: Floats) -> Floats:
        """Vector-Jacobian product (n_rows, n_units): the gradient of (outputs * cotangent).sum()
        with respect to a layer's activations, cotangent (n_inputs, n_outputs).
        """

    @abstractmethod
    def intervene(self, layer: str, intervention: Intervention) -> AbstractContextManager[None]:
        """While the context is open, the activations of a layer go through an intervention in all
        that this model computes.
        """
