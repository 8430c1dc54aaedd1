"""Peers of begriff.importance, run by benchmarks/importance.py with their own Python.

python importance_peer.py marginal|conditional|local IN.npz OUT.json   the sequential tests of IBYDMT (its folder in BEGRIFF_IBYDMT)
python importance_peer.py sobol SEED N OUT.json                        the indices of SALib on the Ishigami function
"""

import json
import os
import sys
import time

import numpy as np


def config(n: int):
    """What the tests of IBYDMT read, with its published settings."""
    from ml_collections import ConfigDict

    keys = {
        "significance_level": 0.05,
        "wealth": "ons",
        "bet": "tanh",
        "kernel": "rbf",
        "kernel_scale_method": "quantile",
    }
    return ConfigDict({"testing": {**keys, "kernel_scale": 0.9, "tau_max": n}})


def sequential(kind: str, given) -> dict:
    """Rejections and seconds over every problem (arrays with one problem a row)."""
    sys.path.insert(0, os.environ["BEGRIFF_IBYDMT"])
    from ibydmt.testing.procedure import SKIT, cSKIT, xSKIT

    rejected, steps, began = [], [], time.process_time()
    for i in range(len(given["y"])):
        if kind == "marginal":
            tester = SKIT(config(given["y"].shape[1] // 2), given["y"][i], given["z"][i])
        elif kind == "conditional":
            drawn = iter(given["drawn"][i][::-1])  # the tester takes items from the end
            j = int(given["concept"])

            def sample(z, known, drawn=drawn, j=j):
                made = z.copy()
                made[:, j] = next(drawn)
                return made

            tester = cSKIT(config(given["y"].shape[1]), given["y"][i], given["z"][i], j, sample)
        else:
            sides = iter((given["y"][i], given["z"][i]))
            n = given["y"].shape[1]
            tester = xSKIT(
                config(n),
                np.zeros(1),
                0,
                [],
                lambda z, known, sides=sides, m=0: next(sides)[:, None],
                lambda h: h,
            )
        done, tau = tester.test()
        rejected.append(bool(done))
        steps.append(int(tau))
    return {"rejected": rejected, "steps": steps, "seconds": time.process_time() - began}


def sobol(seed: int, n: int) -> dict:
    from SALib.analyze.sobol import analyze
    from SALib.sample.sobol import sample
    from SALib.test_functions import Ishigami

    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
    began = time.process_time()
    X = sample(problem, n, calc_second_order=False, seed=seed)
    found = analyze(
        problem, Ishigami.evaluate(X), calc_second_order=False, num_resamples=200, seed=seed
    )
    return {
        "first": found["S1"].tolist(),
        "total": found["ST"].tolist(),
        "forwards": len(X),
        "seconds": time.process_time() - began,
    }


if __name__ == "__main__":
    if sys.argv[1] == "sobol":
        made = sobol(int(sys.argv[2]), int(sys.argv[3]))
    else:
        made = sequential(sys.argv[1], np.load(sys.argv[2]))
    with open(sys.argv[-1], "w") as f:
        json.dump(made, f)
