"""A dictionary on any matrix of vectors, beside its control."""

import numpy as np

from begriff.dictionaries import TopKSAE
from begriff.metrics import fvu, matched_cosine

rng = np.random.default_rng(0)
directions = rng.standard_normal((64, 32))
directions /= np.linalg.norm(directions, axis=1, keepdims=True)
codes = (rng.random((4000, 64)) < 0.05) * rng.random((4000, 64))
X = (codes @ directions).astype("float32")

for label, frozen in (("learnt", False), ("frozen random decoder", True)):
    sae = TopKSAE(64, k=6, batch_size=128, freeze_decoder=frozen).fit(X)
    found = matched_cosine(directions, sae.components_).mean()
    print(
        f"{label}: unexplained {fvu(X, sae.inverse_transform(sae.transform(X))):.2f}, cosine with"
        f" the true directions {found:.2f}"
    )
