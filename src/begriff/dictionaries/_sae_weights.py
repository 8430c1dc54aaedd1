"""Weights of an autoencoder, whoever trained it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from begriff.kinds.checks import Floats

__all__ = ["Arrays", "FORMATS", "Weights"]


FORMATS = ("saelens", "sparsify", "dictionary_learning", "overcomplete")


Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Weights:
    """relu((x - bias) encoder' + encoder_bias) where active, times decoder, plus bias.

    Active are the k largest where k is not 0, and else those above ``threshold``. Where there is a
    ``log_scale``, gates decide with the encoder's bias, and activations have this scale and
    ``magnitude_bias``.

    Attributes
    ----------
    encoder, decoder : ndarray (n_concepts, n_dims)
        The decoder's rows have any length.
    encoder_bias, threshold : ndarray (n_concepts,)
    bias : ndarray (n_dims,)
    k : int
    log_scale, magnitude_bias : ndarray (n_concepts,) or (0,)
    """

    encoder: Floats
    encoder_bias: Floats
    decoder: Floats
    bias: Floats
    threshold: Floats
    k: int = 0
    log_scale: Floats = field(default_factory=lambda: np.empty(0, np.float32))
    magnitude_bias: Floats = field(default_factory=lambda: np.empty(0, np.float32))

    def centred(self) -> Weights:
        """The same of vectors from which the bias was not taken: what it would have added goes into
        the encoder's biases.
        """
        shift = self.encoder.astype(np.float64) @ self.bias
        scale = np.exp(self.log_scale.astype(np.float64))
        magnitude = self.magnitude_bias + shift * scale if len(scale) else self.magnitude_bias
        return replace(self, encoder_bias=self.encoder_bias + shift, magnitude_bias=magnitude)
