"""The one loop over anything with rows: pairs of vectors, and groups of parameters."""

import numpy as np
import torch
from torch import nn

from begriff.nets.training import Group, Schedule, train


class Pairs:
    """Two views of every item, read when asked for."""

    def __init__(self, n):
        rng = np.random.default_rng(0)
        self.first = rng.normal(size=(n, 6)).astype(np.float32)
        self.second = self.first[:, ::-1].copy()
        self.asked = []

    def __len__(self):
        return len(self.first)

    def rows(self, indices):
        self.asked.extend(indices.tolist())
        return torch.from_numpy(self.first[indices]), torch.from_numpy(self.second[indices])


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.below, self.above = nn.Linear(6, 6, bias=False), nn.Linear(6, 6, bias=False)

    def forward(self, x):
        return self.above(self.below(x))

    def before_step(self):
        pass

    def after_step(self):
        pass


def run(tower, data, groups=None, epochs=30):
    return train(
        tower,
        data,
        lambda a, b: (tower(a) - b).square().mean(),
        Schedule(learning_rate=0.02, batch_size=32, max_epochs=epochs),
        generator=torch.Generator().manual_seed(0),
        device=torch.device("cpu"),
        groups=groups,
    )


def test_pairs_are_read_a_batch_at_a_time_and_learnt():
    data, tower = Pairs(96), Tower()
    history = run(tower, data)
    assert history[-1] < 0.1 * history[0]
    assert sorted(data.asked[:96]) == list(range(96))


def test_a_frozen_group_stays_and_a_slow_one_moves_less():
    moved = {}
    for name, group in {
        "plain": {},
        "slow": {"rate": 0.01},
        "frozen": {"frozen": True},
    }.items():
        tower = Tower()
        before = tower.below.weight.detach().clone()
        groups = [
            Group(list(tower.below.parameters()), **group),
            Group(list(tower.above.parameters())),
        ]
        history = run(tower, Pairs(96), groups, epochs=5)
        assert history[-1] < history[0]
        moved[name] = float((tower.below.weight.detach() - before).abs().max())
    assert moved["frozen"] == 0 < moved["slow"] < 0.1 * moved["plain"]
