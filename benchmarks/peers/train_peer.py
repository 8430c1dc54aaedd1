"""Trains one peer's TopK autoencoder; runs in the peers' environment. Prints one JSON line: seconds, held-out FVU, dead share.

python train_peer.py overcomplete|dictionary_learning|sae_lens|sparsify topk|batchtopk TRAIN.npy HELD.npy N_CONCEPTS K EPOCHS SEED RATE
"""

import json
import os
import sys
import time

import numpy as np
import torch

BATCH, RATE = 1024, float(sys.argv[9])


def overcomplete(method, X, n, k, epochs, seed):
    from overcomplete.sae import BatchTopKSAE, TopKSAE, train_sae

    torch.manual_seed(seed)
    each = method == "topk"
    model = (
        TopKSAE(X.shape[1], nb_concepts=n, top_k=k)
        if each
        else BatchTopKSAE(X.shape[1], nb_concepts=n, top_k=k * BATCH)
    )
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X), batch_size=BATCH, shuffle=True, drop_last=True
    )
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)

    def criterion(x, x_hat, z_pre, z, dictionary):
        return (x - x_hat).square().mean()

    start = time.perf_counter()
    train_sae(model, loader, criterion, optimiser, nb_epochs=epochs, monitoring=0)
    seconds = time.perf_counter() - start
    model.eval()
    return seconds, lambda x: model(x)[2], lambda x: model(x)[1]


def dictionary_learning(method, X, n, k, epochs, seed):
    from dictionary_learning.trainers.batch_top_k import BatchTopKTrainer
    from dictionary_learning.trainers.top_k import TopKTrainer

    steps = epochs * (len(X) // BATCH)
    trainer = (TopKTrainer if method == "topk" else BatchTopKTrainer)(
        steps=steps, activation_dim=X.shape[1], dict_size=n, k=k, layer=0, lm_name="none", lr=RATE,
        warmup_steps=min(50, steps // 10), decay_start=int(steps * 0.8), seed=seed, device="cpu",
    )  # fmt: skip
    start, step = time.perf_counter(), 0
    for _ in range(epochs):
        for rows in torch.randperm(len(X))[: len(X) // BATCH * BATCH].split(BATCH):
            trainer.update(step, X[rows])
            step += 1
    seconds = time.perf_counter() - start
    encode = lambda x: trainer.ae.encode(x, use_threshold=False)  # noqa: E731
    return seconds, lambda x: trainer.ae.decode(encode(x)), encode


def sae_lens(method, X, n, k, epochs, seed):
    from sae_lens.config import SAETrainerConfig
    from sae_lens.saes.batchtopk_sae import BatchTopKTrainingSAE, BatchTopKTrainingSAEConfig
    from sae_lens.saes.topk_sae import TopKTrainingSAE, TopKTrainingSAEConfig
    from sae_lens.training.sae_trainer import SAETrainer

    torch.manual_seed(seed)
    each = method == "topk"
    config = (TopKTrainingSAEConfig if each else BatchTopKTrainingSAEConfig)(
        d_in=X.shape[1], d_sae=n, k=k
    )
    model = (TopKTrainingSAE if each else BatchTopKTrainingSAE)(config)
    steps = epochs * (len(X) // BATCH)
    schedule = SAETrainerConfig(
        steps * BATCH, BATCH, lr=RATE, lr_end=RATE / 10, lr_warm_up_steps=min(50, steps // 10), lr_decay_steps=steps - int(steps * 0.8),
        dead_feature_window=max(1, steps // 4),
    )  # fmt: skip

    def batches():
        while True:
            for rows in torch.randperm(len(X))[: len(X) // BATCH * BATCH].split(BATCH):
                yield X[rows]

    start = time.perf_counter()
    SAETrainer(schedule, model, batches()).fit()
    seconds = time.perf_counter() - start
    return seconds, lambda x: model.decode(model.encode(x)), model.encode


def sparsify(method, X, n, k, epochs, seed):
    os.environ["SPARSIFY_DISABLE_TRITON"] = "1"  # which needs a GPU
    from sparsify import SparseCoder, SparseCoderConfig

    torch.manual_seed(seed)
    model = SparseCoder(X.shape[1], SparseCoderConfig(num_latents=n, k=k))
    model.b_dec.data = X.mean(0)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    start = time.perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(X))[: len(X) // BATCH * BATCH].split(BATCH):
            model.set_decoder_norm_to_unit_norm()
            model(X[rows]).fvu.backward()
            model.remove_gradient_parallel_to_decoder_directions()
            optimiser.step()
            optimiser.zero_grad()
    seconds = time.perf_counter() - start

    def encode(x):
        values, indices, _ = model.encode(x)
        return torch.zeros(len(x), n).scatter(1, indices, values)

    return seconds, lambda x: model(x).sae_out, encode


def main():
    name, method, train, held, n, k, epochs, seed = *sys.argv[1:5], *map(int, sys.argv[5:9])
    torch.set_num_threads(2)
    X, H = torch.from_numpy(np.load(train)), torch.from_numpy(np.load(held))
    seconds, reconstruct, encode = METHODS[name](method, X, n, k, epochs, seed)
    with torch.no_grad():
        H_hat = torch.cat([reconstruct(h) for h in H.split(2048)])
        fired = sum((encode(x) > 0).sum(0) for x in X.split(2048))
    left = float((H - H_hat).square().sum() / (H - H.mean(0)).square().sum())
    print(json.dumps({"seconds": seconds, "fvu": left, "dead": float((fired == 0).float().mean())}))


METHODS = {
    "overcomplete": overcomplete,
    "dictionary_learning": dictionary_learning,
    "sae_lens": sae_lens,
    "sparsify": sparsify,
}

if __name__ == "__main__":
    main()
