"""A package with methods of its own, installed beside begriff for a test."""

import textwrap

import pytest

PLUGIN = '''
"""Methods of four kinds, as another package would bring them."""

import numpy as np
from scipy.sparse import csr_array

from sklearn.utils.validation import validate_data

from begriff.errors import InputError
from begriff.kinds import Dictionary, Eraser, Namer, Probe
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
        self.bias_ = X.mean(0)
        self.n_core_, self.n_features_in_ = self.n_concepts, X.shape[1]
        return self

    def _encode(self, X):
        return csr_array(np.maximum((X - self.bias_)[:, : self.n_concepts], 0))


class Flattening(Eraser):
    """Everything onto the mean.

    Source: nobody 2002.
    """

    def fit(self, X, y):
        X, y = validate_data(self, X, y)
        if len(np.unique(y)) < 2:
            raise InputError("one class: give items of two")
        self.mean_, self.matrix_ = X.mean(0), np.zeros((X.shape[1],) * 2)
        return self


class Middle(Probe):
    """From the mean of the others to the mean of the items.

    Source: nobody 2003.
    """

    def _direction(self, X, positive, weight):
        return X[positive].mean(0) - X[~positive].mean(0)


class Longest(Namer):
    """The longest phrase that the items of a concept hold, and others less often.

    Source: nobody 2004.
    """

    phrases_only = True

    def names(self, task):
        names, taken = [], set(task.settled.values())
        for concept in range(task.codes.shape[1]):
            if concept in task.settled:
                names.append([task.settled[concept]])
                continue
            on = task.codes[:, [concept]].toarray().ravel() > 0
            share = [task.incidence[rows].mean(axis=0) for rows in (on, ~on)]
            order = np.argsort(share[1] - share[0], kind="stable")
            free = [task.phrases[i] for i in order if task.phrases[i] not in taken]
            names.append(free[:1])
            taken.update(free[:1])
        return names
'''


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A package with a method of four kinds, installed as pip would."""
    site = tmp_path / "site"
    info = site / "begriff_halves-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "begriff_halves.py").write_text(textwrap.dedent(PLUGIN))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: begriff-halves\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[begriff.dictionaries]\nhalves = begriff_halves:HalfSpaces\n"
        "[begriff.erasers]\nflat = begriff_halves:Flattening\n"
        "[begriff.probes]\nmiddle = begriff_halves:Middle\n"
        "[begriff.namers]\nlongest = begriff_halves:Longest\n"
    )
    monkeypatch.syspath_prepend(site)
    return site
