"""A planted hierarchy comes out as families; independent concepts give none."""

import numpy as np
from scipy.sparse import csr_array

from begriff.analysis.families import Family, families, prefix_parents


def planted(seed=0, n=20000):
    """Two general concepts (0, 6) with five specific ones each, active only where the general one is."""
    rng = np.random.default_rng(seed)
    codes = np.zeros((n, 12), dtype=np.float32)
    for top in (0, 6):
        holds = rng.random(n) < 0.05
        codes[holds, top] = 1
        for child in range(top + 1, top + 6):
            codes[holds & (rng.random(n) < 0.3), child] = 1
    return csr_array(codes)


def test_planted_families_are_found_with_their_roots():
    found = families(planted())
    assert {f.root for f in found} == {0, 6}
    assert all(set(f.members) == set(range(f.root, f.root + 6)) for f in found)


def test_independent_concepts_give_no_family():
    rng = np.random.default_rng(1)
    assert families(csr_array((rng.random((4000, 30)) < 0.05).astype(np.float32))) == []


def test_members_and_a_rare_concept():
    assert Family(0, {0: [1, 2], 2: [3]}).members == [0, 1, 2, 3]
    codes = planted().toarray()
    codes[:, 3] = 0
    codes[np.flatnonzero(codes[:, 0])[:3], 3] = 1  # on three items alone
    assert all(3 not in f.members for f in families(csr_array(codes)))


def test_families_that_agree_too_much_are_one():
    found = families(planted(), max_jaccard=0.0)
    assert len(found) == 2


def test_prefix_parents():
    rng = np.random.default_rng(2)
    core = rng.random((2000, 4)) < [0.3, 0.1, 0.1, 0.1]
    fine = np.stack([core[:, 1] & (rng.random(2000) < 0.5), rng.random(2000) < 0.05], 1)
    parent, share = prefix_parents(
        csr_array(np.hstack([core, fine]).astype(np.float32)), 4, min_share=0.5
    )
    assert parent.tolist() == [1, -1]
    assert share[0] == 1
