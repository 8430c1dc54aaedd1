"""A package with methods of its own, installed beside begriff for a test."""

import textwrap

import pytest

PLUGIN = '''
"""Halves and a mean, as another package would bring them."""

import numpy as np
from scipy.sparse import csr_array

from begriff.kinds import Dictionary, Eraser
from begriff.kinds.checks import check_vectors


class HalfSpaces(Dictionary):
    """Positive parts of the first coordinates.

    Source: nobody 2001.
    """

    def __init__(self, n_concepts=4):
        self.n_concepts = n_concepts

    def fit(self, X, y=None):
        X = check_vectors(X)
        self.components_ = np.eye(self.n_concepts, X.shape[1], dtype=np.float32)
        self.bias_ = np.zeros(X.shape[1], dtype=np.float32)
        self.n_core_, self.n_features_in_ = self.n_concepts, X.shape[1]
        return self

    def _encode(self, X):
        return csr_array(np.maximum(X[:, : self.n_concepts], 0))


class Flattening(Eraser):
    """Everything onto the mean."""

    def fit(self, X, y):
        X = np.asarray(X, dtype=np.float64)
        self.mean_, self.matrix_, self.n_features_in_ = X.mean(0), np.zeros((X.shape[1],) * 2), X.shape[1]
        return self
'''


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A package with a dictionary and an eraser, installed as pip would."""
    site = tmp_path / "site"
    info = site / "begriff_halves-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "begriff_halves.py").write_text(textwrap.dedent(PLUGIN))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: begriff-halves\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[begriff.dictionaries]\nhalves = begriff_halves:HalfSpaces\n[begriff.erasers]\nflat ="
        " begriff_halves:Flattening\n"
    )
    monkeypatch.syspath_prepend(site)
    return site
