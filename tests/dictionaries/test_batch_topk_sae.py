"""BatchTopKSAE: k active concepts on average, more where more are needed, whoever else is in the batch."""

import numpy as np

from begriff.dictionaries import BatchTopKSAE
from tests.dictionaries._planted import check_recovery, planted


def test_planted_directions_are_found_and_a_frozen_decoder_finds_none():
    learnt, X, counts = check_recovery(BatchTopKSAE)
    active = np.diff(learnt.transform(X).indptr)
    assert np.corrcoef(active, counts)[0, 1] > 0.5  # TopK would give every item as many


def test_k_on_average_of_items_that_were_not_seen():
    X, _, _ = planted()
    sae = BatchTopKSAE(32, k=3, max_epochs=10, batch_size=128, max_frequency=0.5).fit(X[:2000])
    pre = sae._pre_activations(X[2000:])
    assert abs(sae._active(pre).sum(1).mean() - 3) < 0.3
    assert sae.threshold_.min() == sae.threshold_.max() >= 0
