"""Loss and gradients of one peer's trainer from a given state and batch; runs in the peers' environment.

python equality_peer.py KIND STATE.npz OUT.npz
"""

import sys

import numpy as np
import torch

COMMON = {"steps": 10, "layer": 0, "lm_name": "none", "device": "cpu", "warmup_steps": 1}


def put(values):
    """Set tensors to arrays of the state."""
    with torch.no_grad():
        for tensor, value in values:
            tensor.copy_(value)


def linear(ae):
    """What most of dictionary_learning's have: (name in the state, parameter)."""
    bias = ae.b_dec if hasattr(ae, "b_dec") else ae.bias
    return [
        ("encoder", ae.encoder.weight),
        ("encoder_bias", ae.encoder.bias),
        ("bias", bias),
        ("decoder", ae.decoder.weight),
    ]


def topk(s, trainer_class):
    trainer = trainer_class(
        activation_dim=s["x"].shape[1], dict_size=len(s["encoder"]), k=int(s["k"]), **COMMON
    )
    trainer.num_tokens_since_fired[s["dead"]] = trainer.dead_feature_threshold
    return trainer, linear(trainer.ae)


def dictionary_learning(kind, s):
    from dictionary_learning.trainers import batch_top_k, gdm, standard, top_k

    if kind == "topk":
        trainer, named = topk(s, top_k.TopKTrainer)
    elif kind == "batchtopk":
        trainer, named = topk(s, batch_top_k.BatchTopKTrainer)
    else:
        made = {"l1": standard.StandardTrainer, "gated": gdm.GatedSAETrainer}[kind]
        sizes = {"activation_dim": s["x"].shape[1], "dict_size": len(s["encoder"])}
        trainer = made(l1_penalty=float(s["weight"]), sparsity_warmup_steps=None, **sizes, **COMMON)
        ae = trainer.ae
        named = linear(ae) if kind == "l1" else [
            ("encoder", ae.encoder.weight), ("encoder_bias", ae.gate_bias), ("bias", ae.decoder_bias), ("decoder", ae.decoder.weight),
            ("log_scale", ae.r_mag), ("magnitude_bias", ae.mag_bias),
        ]  # fmt: skip
    put((p, s[name].T if name == "decoder" else s[name]) for name, p in named)
    loss = trainer.loss(s["x"], step=1)
    loss.backward()
    return loss, {name: p.grad.T if name == "decoder" else p.grad for name, p in named}


def sae_lens(kind, s):
    from sae_lens.saes.jumprelu_sae import JumpReLUTrainingSAE, JumpReLUTrainingSAEConfig, Step

    config = JumpReLUTrainingSAEConfig(
        d_in=s["x"].shape[1],
        d_sae=len(s["encoder"]),
        jumprelu_bandwidth=float(s["bandwidth"]),
        apply_b_dec_to_input=True,
    )
    sae = JumpReLUTrainingSAE(config)
    named = [
        ("encoder", sae.W_enc),
        ("encoder_bias", sae.b_enc),
        ("bias", sae.b_dec),
        ("decoder", sae.W_dec),
        ("threshold", sae.threshold),
    ]
    put((p, s[name].T if name == "encoder" else s[name]) for name, p in named)
    codes, hidden = sae.encode_with_hidden_pre(s["x"])
    # its trainers weigh each item's count alone
    active = Step.apply(hidden, sae.threshold, float(s["bandwidth"]), False).sum(1).mean()
    loss = (s["x"] - sae.decode(codes)).square().sum(1).mean() + float(s["weight"]) * (
        active / float(s["k"]) - 1
    ) ** 2
    loss.backward()
    return loss, {name: p.grad.T if name == "encoder" else p.grad for name, p in named}


def archetypal(kind, s):
    from overcomplete.sae.archetypal_dictionary import RelaxedArchetypalDictionary

    made = RelaxedArchetypalDictionary(
        s["x"].shape[1],
        len(s["mixture"]),
        s["points"],
        delta=float(s["slack"]),
        use_multiplier=False,
    )
    put([(made.W, s["mixture"]), (made.Relax, s["relaxation"])])
    found = made.get_dictionary()
    loss = (found * s["decoder"]).sum()
    loss.backward()
    return loss, {
        "directions": found.detach(),
        "mixture": made.W.grad,
        "relaxation": made.Relax.grad,
    }


def main():
    kind, state, out = sys.argv[1:]
    s = {name: torch.from_numpy(value) for name, value in np.load(state).items()}
    run = {"jumprelu": sae_lens, "archetypal": archetypal}.get(kind, dictionary_learning)
    loss, grads = run(kind, s)
    np.savez(out, loss=loss.detach().numpy(), **{name: g.numpy() for name, g in grads.items()})


if __name__ == "__main__":
    main()
