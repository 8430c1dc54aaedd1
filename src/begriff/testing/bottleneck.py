"""What every head on concepts promises."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from begriff.kinds import Bottleneck
from begriff.testing.rules import Rules, close, equal, must, refused, untouched

__all__ = ["check_bottleneck"]

rules = Rules("bottlenecks")


@dataclass
class _Case:
    method: Bottleneck

    @cached_property
    def C(self) -> NDArray[np.float64]:  # noqa: N802
        return np.maximum(np.random.default_rng(0).standard_normal((240, 10)), 0)

    @cached_property
    def y(self) -> NDArray[np.int64]:
        return self.C[:, :3].argmax(axis=1)

    @cached_property
    def R(self) -> NDArray[np.float64]:  # noqa: N802
        return np.random.default_rng(1).standard_normal((240, 5))

    @cached_property
    def fitted(self) -> Any:
        return self.fit(clone(self.method))

    def fit(self, head: Any, C: Any = None, y: Any = None) -> Any:
        C, y = self.C if C is None else C, self.y if y is None else y
        return head.fit(C, y, self.R[: len(y)]) if head.needs_vectors else head.fit(C, y)

    def logits(self, C: Any) -> Any:
        rows = self.R[: C.shape[0]]
        return self.fitted.logits(C, rows) if self.method.needs_vectors else self.fitted.logits(C)


def check_bottleneck(method: Bottleneck, *, skip: Collection[str] = ()) -> None:
    """Check what :class:`begriff.kinds.Bottleneck` promises.

    Parameters
    ----------
    method : Bottleneck
        Unfitted.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.bottlenecks import SparseLinear
    >>> from begriff.testing import check_bottleneck
    >>> check_bottleneck(SparseLinear())
    """
    rules.check(_Case(method), type(method).__name__, skip)


@rules
def it_learns(c: _Case) -> None:
    """More than .8 of the items it was fitted on get their label."""
    right = float(np.mean(c.fitted.classes_[c.logits(c.C).argmax(axis=1)] == c.y))
    must(right > 0.8, f"{right:.2f} of the items")


@rules
def logits_have_a_column_for_every_class(c: _Case) -> None:
    """logits is (n_items, n_classes) float64, the same for sparse and dense codes."""
    dense = c.logits(c.C)
    must(dense.shape == (240, 3) and dense.dtype == np.float64, f"{dense.shape} {dense.dtype}")
    close(c.logits(csr_array(c.C)), dense, "logits of sparse and dense codes", 1e-9)
    must(c.fitted.classes_.tolist() == [0, 1, 2], f"classes_ {c.fitted.classes_}")
    must(c.fitted.n_features_in_ == 10, f"n_features_in_ {c.fitted.n_features_in_}")


@rules
def parts_sum_to_the_logits_but_for_what_is_of_no_concept(c: _Case) -> None:
    """parts is (n_items, n_classes, n_concepts); a concept that is not active adds 0; what is left
    of the logits is the same for all items where the head is additive.
    """
    parts = c.fitted.parts(c.C)
    must(parts.shape == (240, 3, 10), f"parts has the shape {parts.shape}")
    silent = np.broadcast_to((c.C == 0)[:, None, :], parts.shape)
    close(parts[silent], 0 * parts[silent], "parts of concepts that are not active and 0")
    close(c.fitted.sums(csr_array(c.C)), parts.sum(axis=2), "sums and parts", 1e-9)
    if c.method.additive:
        left = c.logits(c.C) - parts.sum(axis=2)
        close(left, np.broadcast_to(left[0], left.shape), "what is of no concept", 1e-9)


@rules
def equal_fits_are_equal(c: _Case) -> None:
    """A second fit gives the same bits; input and numpy's global generator stay as they are."""
    again, before = clone(c.method), c.C.copy()
    untouched(lambda: c.fit(again))
    equal(again.parts(c.C), c.fitted.parts(c.C), "parts")
    equal(before, c.C, "codes before and after")


@rules
def mistakes_are_refused(c: _Case) -> None:
    """Before fit, for NaN or one class, and without R where the head needs it."""
    bad = c.C.copy()
    bad[3, 1] = np.nan
    refused(lambda: clone(c.method).parts(c.C), "parts before fit", NotFittedError)
