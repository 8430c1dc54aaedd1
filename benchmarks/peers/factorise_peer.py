"""A factorisation of overcomplete: seconds, and the squared error of its codes.

python factorise_peer.py METHOD VECTORS.npy N_CONCEPTS MAX_ITER OUT.npz
"""

import sys
import time

import numpy as np
import torch
from overcomplete.optimization import NMF, ConvexNMF, SemiNMF

name, path, n, iterations, out = sys.argv[1:]
torch.set_num_threads(2)
torch.manual_seed(0)
X = torch.from_numpy(np.load(path))
# with its default settings ConvexNMF stops where nothing is explained
model = (
    ConvexNMF(int(n), strict_convex=True, tol=0.0)
    if name == "ConvexNMF"
    else {"NMF": NMF, "SemiNMF": SemiNMF}[name](int(n))
)
start = time.perf_counter()
Z, D = model.fit(X, max_iter=int(iterations))
seconds = time.perf_counter() - start
np.savez(out, seconds=seconds, error=float(((X - Z @ D) ** 2).sum()))
