"""What every eraser promises."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from begriff.errors import InputError
from begriff.kinds import Eraser
from begriff.testing.rules import Rules, close, documented, equal, must, refused, untouched

__all__ = ["check_eraser"]

rules = Rules("erasers")


@dataclass
class _Case:
    method: Eraser

    @cached_property
    def X(self) -> NDArray[np.float64]:  # noqa: N802
        rng = np.random.default_rng(0)
        return rng.normal(size=(400, 6)) + 3 * self.y[:, None] * np.eye(6)[0] + 1

    @cached_property
    def y(self) -> NDArray[np.int64]:
        return np.random.default_rng(1).integers(0, 2, 400)

    @cached_property
    def fitted(self) -> Any:
        return clone(self.method).fit(self.X, self.y)

    def edited(self, X: Any, y: Any = None, eraser: Any = None) -> Any:
        eraser = self.fitted if eraser is None else eraser
        labels = self.y if y is None else y
        return eraser.transform(X, labels) if eraser.needs_labels else eraser.transform(X)


def check_eraser(method: Eraser, *, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Eraser` promises.

    Parameters
    ----------
    method : Eraser
        Unfitted.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.erasers import LEACE
    >>> from begriff.testing import check_eraser
    >>> check_eraser(LEACE())
    """
    rules.check(_Case(method), type(method).__name__, skip)


@rules
def it_hides_the_label_from_a_linear_probe(c: _Case) -> None:
    """A logistic regression that tells the label before does little better than chance after."""
    before, after = (
        float(LogisticRegression(max_iter=1000).fit(Z, c.y).score(Z, c.y))
        for Z in (c.X, c.edited(c.X))
    )
    must(before > 0.85, f"the control finds the label in {before:.2f} of the items only")
    must(after < 0.65, f"the probe still tells {after:.2f} of the items")


@rules
def vectors_keep_their_shape_and_precision(c: _Case) -> None:
    """float64 stays float64, anything else becomes float32; the input is not changed."""
    before = c.X.copy()
    for dtype in (np.float64, np.float32):
        Z = c.edited(c.X.astype(dtype))
        must(Z.shape == c.X.shape and Z.dtype == dtype, f"{Z.shape} {Z.dtype} of {dtype.__name__}")
    equal(before, c.X, "vectors before and after")


@rules
def it_is_affine_unless_it_needs_labels(c: _Case) -> None:
    """transform(X) = mean_ + (X - mean_) @ matrix_."""
    if c.fitted.needs_labels:
        return refused(lambda: c.fitted.transform(c.X), "vectors without labels", Exception)
    expected = c.fitted.mean_ + (c.X - c.fitted.mean_) @ c.fitted.matrix_
    close(c.edited(c.X), expected, "edited vectors", 1e-9)


@rules
def equal_fits_are_equal(c: _Case) -> None:
    """A second fit gives the same bits, and numpy's global generator stays as it is."""
    again = clone(c.method)
    untouched(lambda: again.fit(c.X, c.y))
    equal(c.edited(c.X, eraser=again), c.edited(c.X), "edited vectors")


@rules
def batches_give_what_all_items_give(c: _Case) -> None:
    """An eraser that streams learns from batches what fit learns from all; any other refuses."""
    if not c.method.streams:
        return refused(lambda: clone(c.method).fitter(), "batches", InputError)
    fitter = clone(c.method).fitter(np.unique(c.y))
    for part in np.array_split(np.random.default_rng(2).permutation(len(c.X)), 5):
        fitter.update(c.X[part], c.y[part])
    first = fitter.eraser()
    close(c.edited(c.X, eraser=first), c.edited(c.X), "edited vectors", 1e-8)
    kept = c.edited(c.X, eraser=first).copy()
    fitter.update(c.X + 1, 1 - c.y)
    equal(c.edited(c.X, eraser=first), kept, "vectors of an eraser before and after another batch")
    return None


@rules
def a_saved_one_is_the_same(c: _Case) -> None:
    """load gives the class, the parameters and the edit of what save wrote."""
    with tempfile.TemporaryDirectory() as folder:
        c.fitted.save(Path(folder) / "eraser.safetensors")
        again = Eraser.load(Path(folder) / "eraser.safetensors")
    must(type(again) is type(c.fitted), f"a {type(again).__name__}")
    must(again.get_params() == c.fitted.get_params(), f"parameters {again.get_params()}")
    equal(c.edited(c.X, eraser=again), c.edited(c.X), "edited vectors")


@rules
def mistakes_are_refused(c: _Case) -> None:
    """Before fit, for NaN, one class or another number of labels there is an error."""
    bad = c.X.copy()
    bad[3, 1] = np.nan
    refused(lambda: c.edited(c.X, eraser=clone(c.method)), "transform before fit", NotFittedError)
    refused(lambda: clone(c.method).fit(bad, c.y), "NaN", ValueError)
    refused(lambda: clone(c.method).fit(c.X, c.y[:9]), "too few labels", ValueError)
    refused(lambda: clone(c.method).fit(c.X, np.zeros(len(c.X), int)), "one class", ValueError)
    refused(lambda: c.edited(c.X[:, :2]), "another width", ValueError)


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence and names its source."""
    documented(type(c.method))
