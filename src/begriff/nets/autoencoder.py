"""Autoencoders: what their parameters are, what a batch's codes and reconstructions are."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from begriff.nets.activations import TopK
from begriff.nets.directions import Directions, Hull
from begriff.nets.kernels import decode_prefixes, encode

__all__ = [
    "Autoencoder",
    "DenseAutoencoder",
    "GatedAutoencoder",
    "JumpReLUAutoencoder",
    "SparseAutoencoder",
]


class Autoencoder(nn.Module):
    """x / scale ~ b + a sum of unit directions; encoder and decoder start equal.

    Parameters
    ----------
    decoder : Directions or Hull
        Gives unit directions (n_concepts, n_dims).
    bias : Tensor (n_dims,)
        Start of b: the median of the data.
    scale : float
        Typical distance of an item from the mean. Vectors and ``bias`` are divided by it, so that
        nothing depends on their unit.
    half : bool
        Multiply by the encoder in bfloat16 (twice as fast where the CPU has it; choices of near
        ties may differ).
    max_frequency : float
        Share of items on which a concept may be active; the bias of one above it is lowered until
        it is.
    """

    frequency: Tensor

    def __init__(
        self,
        decoder: Directions | Hull,
        bias: Tensor,
        scale: float,
        *,
        half: bool,
        max_frequency: float = 1.0,
    ) -> None:
        super().__init__()
        start = decoder().detach()
        self.scale, self.low_precision, self.max_frequency = scale, half, max_frequency
        self.register_buffer("frequency", torch.zeros(len(start), device=start.device))
        self.decoder = decoder
        self.encoder = nn.Parameter(start.clone())
        self.encoder_bias = nn.Parameter(torch.zeros(len(start), device=start.device))
        self.bias = nn.Parameter(bias / scale)

    def centre(self, x: Tensor) -> Tensor:
        """x (n, n_dims) in units of ``scale``, from the bias."""
        return x / self.scale - self.bias

    def count(self, fired: Tensor) -> None:
        """Remember how often concepts fire: counts (n_concepts,) over the batch, as a share."""
        self.frequency.lerp_(fired, 0.2)

    def before_step(self) -> None:
        """Called between the gradients and the optimiser's step."""
        self.decoder.before_step()

    @torch.no_grad()
    def after_step(self) -> None:
        """Directions back to where they may lie; concepts that fire too often made rarer."""
        self.decoder.after_step()
        if self.max_frequency < 1:
            self.encoder_bias.sub_(0.02 * (self.frequency - 0.8 * self.max_frequency).clamp_(min=0))


class SparseAutoencoder(Autoencoder):
    """Codes hold what an activation keeps, and no more is computed.

    With one group of concepts it is a TopK or BatchTopK autoencoder; with several a Matryoshka one,
    whose every prefix of groups must reconstruct on its own.
    """

    def __init__(
        self, decoder: Directions | Hull, activation: TopK, *args: object, **kwargs: object
    ) -> None:
        super().__init__(decoder, *args, **kwargs)  # type: ignore[arg-type]
        self.activation = activation

    def forward(self, x: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Whether concepts fired (n_concepts,), and what every prefix leaves unexplained (n_groups,
        n, n_dims).
        """
        centred = self.centre(x)
        values, indices, bags = encode(
            centred, self.encoder, self.encoder_bias, self.activation, half=self.low_precision
        )
        fired = torch.bincount(indices[values > 0], minlength=len(self.encoder))
        self.count(fired / len(x))
        return fired > 0, centred - decode_prefixes(
            values, indices, bags, directions, (self.activation.n_groups, len(x))
        )

    def revive(self, x: Tensor, directions: Tensor, rest: Tensor, dead: Tensor) -> Tensor:
        """What dead concepts miss when they alone explain the rest (n, n_dims): the auxiliary
        loss's residual.

        ``dead`` (n_dead,) holds concepts that have not fired for an epoch. Picking among them
        alone, instead of multiplying the live ones by zero, keeps a zero from outranking a dead
        concept's negative pre-activation.
        """
        pre = torch.addmm(self.encoder_bias[dead], self.centre(x), self.encoder[dead].T)
        best = pre.topk(min(x.shape[1] // 2 or 1, len(dead)), dim=1)
        guess = embedding_bag(
            dead[best.indices], directions, mode="sum", per_sample_weights=best.values.relu()
        )
        return rest - guess


class DenseAutoencoder(Autoencoder):
    """Every concept with a positive pre-activation is active: sparse only by a penalty, so that
    products are dense.
    """

    def pre_activations(self, centred: Tensor) -> Tensor:
        """Of a centred batch: (n, n_concepts)."""
        with torch.autocast(centred.device.type, torch.bfloat16, enabled=self.low_precision):
            return torch.addmm(self.encoder_bias, centred, self.encoder.T)

    def decode(self, codes: Tensor, directions: Tensor) -> Tensor:
        """Directions (n_concepts, n_dims) summed with codes (n, n_concepts): (n, n_dims)."""
        with torch.autocast(codes.device.type, torch.bfloat16, enabled=self.low_precision):
            return codes @ directions


class GatedAutoencoder(DenseAutoencoder):
    """One set of pre-activations says which concepts are active, a rescaled and shifted copy how
    much.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.log_scale = nn.Parameter(torch.zeros_like(self.encoder_bias))
        self.magnitude_bias = nn.Parameter(torch.zeros_like(self.encoder_bias))

    def magnitudes(self, gate: Tensor) -> Tensor:
        """Activations (n, n_concepts) of the concepts whose gate, their pre-activation, is open."""
        along = gate - self.encoder_bias
        return (gate > 0) * (along * self.log_scale.exp() + self.magnitude_bias).relu()


class JumpReLUAutoencoder(DenseAutoencoder):
    """A concept is active where its pre-activation exceeds a threshold of its own, and keeps its
    full activation there.
    """

    def __init__(self, *args: object, bandwidth: float = 1e-3, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.bandwidth = bandwidth
        self.threshold = nn.Parameter(torch.full_like(self.encoder_bias, bandwidth))

    @torch.no_grad()
    def after_step(self) -> None:
        """As of every autoencoder, and thresholds back above half the kernel.

        Lower ones would have zeros in it, and one below 0 would make its concept active on every
        item for good.
        """
        super().after_step()
        self.threshold.clamp_(min=self.bandwidth / 2)
