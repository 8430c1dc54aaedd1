"""Batches hold every row once, run side by side, and leave the threads as they were."""

import threading
import time

import numpy as np
import pytest
import torch

from begriff.encoders import MiniLM
from begriff.encoders._batches import Backend, encoded

TEXTS = [" ".join(["word"] * n) for n in np.random.default_rng(0).integers(1, 60, 80)]


def lengths_of(ids, mask):
    """A vector of a text: how many tokens it has."""
    return mask.sum(1, keepdims=True).astype(np.float32)


def test_every_row_is_in_one_batch_of_the_size_asked_for():
    ids = [[1] * n for n in np.random.default_rng(0).integers(1, 300, 500)]
    widest = []

    def forward(tokens, mask):
        widest.append(tokens.shape)
        return lengths_of(tokens, mask)

    out = np.zeros(len(ids))
    for rows, vectors in encoded(Backend(forward, n_tokens=1000), ids):
        out[rows] += vectors[:, 0]
    assert out.tolist() == [len(i) for i in ids]
    assert max(n * width for n, width in widest) <= 1000
    # texts of like length share a batch
    assert sum(n * width for n, width in widest) < 1.1 * sum(map(len, ids))


def test_a_text_longer_than_a_batch_is_read_alone():
    done = {}
    for rows, vectors in encoded(Backend(lengths_of, n_tokens=10), [[1] * 50, [1], [1, 1]]):
        done |= dict(zip(rows.tolist(), vectors[:, 0].tolist(), strict=True))
    assert done == {0: 50, 1: 1, 2: 2}


def test_batches_run_side_by_side_on_one_thread_each_and_threads_are_restored(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        model = MiniLM(backend="torch", precision="float32")
        backend = model._load()
        seen, meet = set(), threading.Barrier(2, timeout=20)

        def forward(ids, mask):
            if len(seen) < 2:
                seen.add((threading.get_ident(), torch.get_num_threads()))
                meet.wait()  # fails unless two batches run at once
            return backend.forward(ids, mask)

        model._loaded = Backend(forward, 256, backend.side_by_side)
        several = model.encode(TEXTS)
        assert len(seen) == 2
        assert {n for _, n in seen} == {1}
        assert torch.get_num_threads() == 2
        torch.set_num_threads(1)
        model._loaded = Backend(backend.forward, 256, backend.side_by_side)
        # vectors do not depend on the number of cores
        np.testing.assert_array_equal(model.encode(TEXTS), several)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_an_interruption_does_not_wait_for_all_batches(n_threads):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    model, ran = MiniLM(backend="torch", precision="float32"), []

    def slow(ids, mask):
        ran.append(1)
        time.sleep(0.05)
        return lengths_of(ids, mask)

    def interrupt(done, total):
        raise KeyboardInterrupt

    model._loaded = Backend(slow, 64, model._load().side_by_side)
    try:
        with pytest.raises(KeyboardInterrupt):
            model.encode(TEXTS, progress=interrupt)
        assert len(ran) < 10
        assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    model._loaded = Backend(lambda ids, mask: ran.append(1) or lengths_of(ids, mask), 64)
    model.encode(TEXTS)
    assert len(ran) > 20  # there were more to run
