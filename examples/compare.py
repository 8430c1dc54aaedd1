"""Which way of finding concepts, on any matrix of vectors; and the one that was chosen, for SAELens
to read.
"""

import numpy as np

import begriff as bg
from begriff.dictionaries import NMF, KMeans, TopKSAE
from begriff.dictionaries.pretrained_sae import write_sae

rng = np.random.default_rng(0)
directions = rng.standard_normal((32, 24))
codes = (rng.random((1000, 32)) < 0.1) * rng.random((1000, 32))
X = (codes @ directions).astype("float32")
has_first = np.where(codes[:, 0] > 0, "yes", "no")

small = {"max_epochs": 20, "batch_size": 128}
methods = {
    "sparse": TopKSAE(32, k=3, **small),
    "parts": NMF(32, max_epochs=50),
    "clusters": KMeans(32),
}
print(bg.compare_dictionaries(X, methods, labels={"first": has_first}, seeds=2).to_markdown())

write_sae(methods["sparse"].fit(X), "chosen", format="saelens")
