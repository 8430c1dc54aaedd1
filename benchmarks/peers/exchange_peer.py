"""Saves an autoencoder as its own library does and encodes with it, or encodes with what we wrote; runs in the peers' environment.

python exchange_peer.py save|load LIBRARY KIND FOLDER X.npy CODES.npy
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import torch

os.environ["SPARSIFY_DISABLE_TRITON"] = "1"  # which needs a GPU
N, K = 96, 8


def dictionary_learning(kind, d):
    from dictionary_learning import dictionary
    from dictionary_learning.trainers import batch_top_k, top_k

    if kind in ("AutoEncoderTopK", "BatchTopKSAE"):
        made = getattr(top_k if kind == "AutoEncoderTopK" else batch_top_k, kind)(d, N, K)
    else:
        made = getattr(dictionary, kind)(d, N)

    def save(folder):
        torch.save(made.state_dict(), folder / "ae.pt")
        (folder / "config.json").write_text(json.dumps({"trainer": {"dict_class": kind}}))

    def load(folder):
        made.load_state_dict(torch.load(folder / "ae.pt", weights_only=True))

    return made, made.encode, save, load


def saelens(kind, d):
    from sae_lens.saes import gated_sae, jumprelu_sae, standard_sae, topk_sae
    from sae_lens.saes.sae import SAE

    module = {
        "GatedSAE": gated_sae,
        "JumpReLUSAE": jumprelu_sae,
        "StandardSAE": standard_sae,
        "TopKSAE": topk_sae,
    }[kind]
    made = getattr(module, kind)(
        getattr(module, f"{kind}Config")(d_in=d, d_sae=N, **({"k": K} if kind == "TopKSAE" else {}))
    )

    def load(folder):
        made.load_state_dict(SAE.load_from_disk(folder).state_dict())

    return made, made.encode, made.save_model, load


def sparsify(kind, d):
    from sparsify import SparseCoder, SparseCoderConfig

    made = SparseCoder(d, SparseCoderConfig(num_latents=N, k=K))

    def encode(x, coder=made):
        values, indices, _ = coder.encode(x)
        return torch.zeros(len(x), N).scatter(1, indices, values)

    def load(folder):
        made.load_state_dict(SparseCoder.load_from_disk(folder).state_dict())

    return made, encode, made.save_to_disk, load


def overcomplete(kind, d):
    from overcomplete.sae import TopKSAE

    made = TopKSAE(d, nb_concepts=N, top_k=K).eval()

    def save(folder):
        torch.save(made.state_dict(), folder / "sae.pt")

    def load(folder):
        made.load_state_dict(torch.load(folder / "sae.pt", weights_only=True))

    return made, lambda x: made.encode(x)[1], save, load


def main():
    what, library, kind, folder, vectors, codes = sys.argv[1:]
    torch.manual_seed(0)
    X, folder = torch.from_numpy(np.load(vectors)), Path(folder)
    libraries = {
        "dictionary_learning": dictionary_learning,
        "saelens": saelens,
        "sparsify": sparsify,
        "overcomplete": overcomplete,
    }
    made, encode, save, load = libraries[library](kind, X.shape[1])
    with torch.no_grad():
        if what == "save":
            for name, value in made.state_dict().items():  # nothing stays at 0 or 1
                if value.is_floating_point():
                    noise = (
                        0.1 * torch.rand_like(value)
                        if "var" in name or "threshold" in name
                        else 0.1 * torch.randn_like(value)
                    )
                    value.add_(noise)
            folder.mkdir(parents=True, exist_ok=True)
            save(folder)
        else:
            load(folder)
        np.save(codes, encode(X).numpy())


if __name__ == "__main__":
    main()
