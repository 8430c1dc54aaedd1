"""Losses and gradients from the same state and batch, beside those of other libraries' trainers: the largest relative difference.

    BEGRIFF_PEERS=/path/to/peers/bin/python python benchmarks/equality.py

The peers' environment holds `dictionary-learning`, `sae-lens` and `overcomplete==0.3.0`. A difference is divided by the largest entry of theirs. The
control is the same of a state of which one bias was shifted by a hundredth. Thresholds of JumpReLU are above half of the kernel's width: below it
ours takes activations as the source's code does (no negative ones), and sae-lens pre-activations.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from _common import run_peer, table

from begriff.nets.activations import BatchTopK, TopK
from begriff.nets.autoencoder import (
    DenseAutoencoder,
    GatedAutoencoder,
    JumpReLUAutoencoder,
    SparseAutoencoder,
)
from begriff.nets.directions import Directions, Hull
from begriff.nets.losses import L1, Gated, JumpReLU, NestedReconstruction

PEERS = {
    "topk": "dictionary_learning", "batchtopk": "dictionary_learning", "l1": "dictionary_learning", "gated": "dictionary_learning",
    "jumprelu": "sae_lens", "archetypal": "overcomplete",
}  # fmt: skip
Arrays = dict[str, np.ndarray]


def state(n: int = 256, d: int = 64, m: int = 96) -> Arrays:
    """A batch, and parameters none of which is at its start."""
    rng = np.random.default_rng(0)

    def normal(*shape: int, scale: float = 1.0) -> np.ndarray:
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    dead = np.arange(m) < 20  # too weak to be among the strongest, but not always below 0
    decoder = normal(m, d)
    decoder /= np.linalg.norm(decoder, axis=1, keepdims=True)
    return {
        "x": normal(n, d, scale=0.3), "decoder": decoder, "encoder": decoder + normal(m, d, scale=0.05),
        "encoder_bias": normal(m, scale=0.05) - 0.7 * dead, "bias": normal(d, scale=0.05), "log_scale": normal(m, scale=0.1),
        "magnitude_bias": normal(m, scale=0.05), "threshold": 0.1 + np.abs(normal(m, scale=0.2)), "points": normal(120, d),
        "mixture": np.eye(m, 120, dtype=np.float32) + np.abs(normal(m, 120, scale=0.01)), "relaxation": normal(m, d, scale=0.1),
        "dead": dead, "k": np.array(8), "weight": np.array(0.3), "bandwidth": np.array(0.2), "slack": np.array(0.3),
    }  # fmt: skip


def peer(kind: str, s: Arrays, folder: Path) -> Arrays:
    np.savez(folder / "state.npz", **s)
    run_peer("equality_peer.py", kind, folder / "state.npz", folder / "out.npz")
    return dict(np.load(folder / "out.npz"))


def ours(kind: str, s: Arrays) -> Arrays:
    t = {name: torch.from_numpy(value) for name, value in s.items()}
    k, weight = int(s["k"]), float(s["weight"])
    if kind == "archetypal":
        return hull(t)
    decoder, common = Directions(t["decoder"]), {"bias": t["bias"], "scale": 1.0, "half": False}
    if kind in ("topk", "batchtopk"):
        activation = (TopK if kind == "topk" else BatchTopK)([(len(s["decoder"]), k)])
        module = SparseAutoencoder(decoder, activation, **common)
        loss = NestedReconstruction(module, patience=1)
        loss.silent[t["dead"]] = 10
    elif kind == "l1":
        module = DenseAutoencoder(decoder, **common)
        loss = L1(module, k, weight=weight, rate=0.0)
    elif kind == "gated":
        module = GatedAutoencoder(decoder, **common)
        loss = Gated(module, k, weight=weight, rate=0.0)
    else:
        module = JumpReLUAutoencoder(decoder, bandwidth=float(s["bandwidth"]), **common)
        loss = JumpReLU(module, k, weight=weight)
    named = dict(module.named_parameters())
    with torch.no_grad():
        for name in set(named) & set(t):
            named[name].copy_(t[name])
    found = loss(t["x"])
    found.backward()
    return {
        "loss": found.detach().numpy(),
        **{name.removesuffix(".weight"): p.grad.numpy() for name, p in named.items()},
    }


def hull(t: dict[str, torch.Tensor]) -> Arrays:
    """Of the archetypal dictionary: where directions are after they were put back, and their gradients. Theirs have lengths, so these have."""
    module = Hull(t["points"], len(t["mixture"]), float(t["slack"]))
    with torch.no_grad():
        module.mixture.copy_(t["mixture"])
        module.relaxation.copy_(t["relaxation"])
    module.after_step()
    directions = module.mixture @ module.points + module.relaxation
    assert torch.allclose(torch.nn.functional.normalize(directions), module())
    loss = (directions * t["decoder"]).sum()
    loss.backward()
    found = {
        "loss": loss,
        "directions": directions,
        "mixture": module.mixture.grad,
        "relaxation": module.relaxation.grad,
    }
    return {name: value.detach().numpy() for name, value in found.items()}


def differences(found: Arrays, theirs: Arrays) -> dict[str, float]:
    return {
        name: float(np.abs(found[name] - value).max() / np.abs(value).max())
        for name, value in theirs.items()
    }


def main() -> None:
    s = state()
    moved = {**s, "bias": s["bias"] + 0.01, "points": s["points"] + 0.01}
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for kind, library in PEERS.items():
            theirs = peer(kind, s, Path(place))
            same, control = (
                differences(ours(kind, s), theirs),
                differences(ours(kind, moved), theirs),
            )
            worst = max((name for name in same if name != "loss"), key=lambda name: same[name])
            rows.append(
                [
                    kind,
                    library,
                    f"{same['loss']:.0e}",
                    f"{same[worst]:.0e} ({worst})",
                    f"{max(control.values()):.0e}",
                ]
            )
            print(kind, {name: f"{value:.0e}" for name, value in same.items()}, flush=True)
    table(
        "256 x 64, 96 concepts, 20 of them dead",
        ["", "peer", "loss", "worst gradient", "control"],
        rows,
    )


if __name__ == "__main__":
    main()
