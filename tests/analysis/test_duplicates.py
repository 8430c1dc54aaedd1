"""Repeats are found, and are not where there are none."""

import numpy as np

from begriff.analysis.near_duplicates import groups_of_duplicates, template


def test_repeats_share_a_group():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 32))
    X[10:15] = X[3] + 0.01 * rng.standard_normal((5, 32))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    groups = groups_of_duplicates(X)
    assert len({int(g) for g in groups[[3, 10, 11, 12, 13, 14]]}) == 1
    assert len(np.unique(groups)) == 15


def test_templates():
    form = "this is to confirm that order number {} has been received and will be sent"
    texts = [form.format(i) for i in range(8)] + [
        f"some other text number {i} about things" for i in range(20)
    ]
    assert "order number 0" in template(
        texts, ["nothing alike here at all in any way whatsoever"] * 20
    )
    assert template(texts[8:], texts[:8]) is None
    assert template(texts, [form.format(i) for i in range(20)]) is None  # the other side has it too
    assert template(["short"], []) is None
