"""What every dictionary promises."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from begriff.errors import InputError
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats
from begriff.testing.rules import Rules, close, documented, equal, must, refused, untouched

__all__ = ["check_dictionary"]

rules = Rules("dictionaries")


def _planted() -> Floats:
    """Sparse combinations (600, 16) of 24 directions, of unit length."""
    rng = np.random.default_rng(1)
    codes = rng.random((600, 24)) * (rng.random((600, 24)) < 0.12)
    X = codes @ rng.standard_normal((24, 16)) + 0.05 * rng.standard_normal((600, 16)) + 0.5
    return np.asarray(X / np.linalg.norm(X, axis=1, keepdims=True), dtype=np.float32)


@dataclass
class _Case:
    method: Dictionary
    X: Floats = field(default_factory=_planted)

    @cached_property
    def fitted(self) -> Any:
        return clone(self.method).fit(self.X)

    @cached_property
    def codes(self) -> csr_array:
        return self.fitted.transform(self.X)


def check_dictionary(
    method: Dictionary, *, vectors: Any = None, skip: Collection[str] = ()
) -> None:
    """Check what :class:`begriff.kinds.Dictionary` promises.

    Parameters
    ----------
    method : Dictionary
        Unfitted, and small enough for 600 vectors of 16 dimensions, of unit length.
    vectors : array_like (n_items, n_dims), optional
        Other vectors, for a method that was made elsewhere for a width of its own.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.dictionaries import KMeans
    >>> from begriff.testing import check_dictionary
    >>> check_dictionary(KMeans(8))
    """
    case = _Case(method) if vectors is None else _Case(method, np.asarray(vectors, np.float32))
    rules.check(case, type(method).__name__, skip)


@rules
def codes_are_sparse_and_sized(c: _Case) -> None:
    """transform gives a csr_array (n_items, n_concepts) float32 with sorted columns, without
    negative activations where the method is additive.
    """
    must(isinstance(c.codes, csr_array), f"codes are {type(c.codes).__name__}")
    must(c.codes.dtype == np.float32, f"codes are {c.codes.dtype}")
    must(c.codes.shape == (len(c.X), len(c.fitted.components_)), f"shape {c.codes.shape}")
    must(c.codes.has_sorted_indices, "columns are not sorted")
    must(not c.fitted.additive or c.codes.data.min(initial=0) >= 0, "an activation is negative")


@rules
def learnt_arrays_have_their_shapes(c: _Case) -> None:
    """components_ is (n_concepts, n_dims) and bias_ (n_dims,), float32; n_core_ and n_features_in_
    are set.
    """
    n_concepts, n_dims = c.fitted.components_.shape
    must(n_dims == c.fitted.n_features_in_ == c.X.shape[1], "another width")
    must(c.fitted.bias_.shape == (n_dims,), f"bias_ has the shape {c.fitted.bias_.shape}")
    must(c.fitted.components_.dtype == c.fitted.bias_.dtype == np.float32, "not float32")
    must(1 <= c.fitted.n_core_ <= n_concepts, f"n_core_={c.fitted.n_core_}")


@rules
def the_inverse_is_bias_plus_codes_times_components(c: _Case) -> None:
    """inverse_transform(codes) = bias_ + codes @ components_, within 1e-5."""
    expected = c.fitted.bias_ + c.codes.toarray() @ c.fitted.components_
    close(c.fitted.inverse_transform(c.codes), expected, "rewritten vectors")


@rules
def it_explains_more_than_the_mean(c: _Case) -> None:
    """Less than .95 of the variance is left."""
    left = ((c.X - c.fitted.inverse_transform(c.codes)) ** 2).sum()
    share = float(left / ((c.X - c.X.mean(0)) ** 2).sum())
    must(share < 0.95, f"{share:.2f} is left")


@rules
def a_code_does_not_depend_on_the_other_rows(c: _Case) -> None:
    """An item has the same code whatever it is transformed with."""
    few = np.vstack([c.fitted.transform(c.X[i : i + 7]).toarray() for i in range(0, 70, 7)])
    close(few, c.codes[:70].toarray(), "codes")


@rules
def equal_fits_are_equal(c: _Case) -> None:
    """A second fit with the same random state gives the same bits; input and numpy's global
    generator stay as they are.
    """
    before = c.X.copy()
    again = clone(c.method)
    untouched(lambda: again.fit(c.X))
    equal(again.components_, c.fitted.components_, "components_")
    equal(again.transform(c.X).toarray(), c.codes.toarray(), "codes")
    equal(before, c.X, "vectors before and after")


@rules
def a_saved_one_is_the_same(c: _Case) -> None:
    """load gives the class, the parameters and the codes of what save wrote."""
    with tempfile.TemporaryDirectory() as folder:
        c.fitted.save(folder)
        again = Dictionary.load(folder)
    must(type(again) is type(c.fitted), f"a {type(again).__name__}")
    must(again.get_params() == c.fitted.get_params(), f"parameters {again.get_params()}")
    equal(again.transform(c.X).toarray(), c.codes.toarray(), "codes")


@rules
def capabilities_are_true(c: _Case) -> None:
    """What is declared works, and what is not declared is refused: anchors, a start, progress."""
    method, steps = c.method, []
    method.fit_copy(c.X, progress=lambda done, total: steps.append((done, total)))
    must(bool(steps) == method.stepwise, f"stepwise={method.stepwise}, {len(steps)} reports")
    directions = c.X[: min(2, c.fitted.n_core_)]
    for name, value in (("anchors", directions), ("start", c.fitted)):
        tag = {"anchors": method.anchors, "start": method.warm_start}[name]
        given: Any = {name: value}
        if tag:
            led = method.fit_copy(c.X, **given).components_
            must(not np.array_equal(led, c.fitted.components_), f"{name} change nothing")
        else:
            refused(partial(method.fit_copy, c.X, **given), name, InputError)


@rules
def the_control_explains_less(c: _Case) -> None:
    """fit_control gives a dictionary with random directions, which explain less."""
    control = c.method.fit_control(c.X)
    left = [
        float(((c.X - d.inverse_transform(d.transform(c.X))) ** 2).sum())
        for d in (c.fitted, control)
    ]
    must(left[1] > left[0], f"{left[1]:.3g} is left with random directions, else {left[0]:.3g}")


@rules
def mistakes_are_refused(c: _Case) -> None:
    """Before fit, for another width, NaN or infinity there is an error that says what to do."""
    unfitted = clone(c.method)
    refused(lambda: unfitted.transform(c.X), "transform before fit", NotFittedError)
    refused(lambda: c.fitted.transform(c.X[:, :5]), "another width", InputError)
    refused(lambda: c.fitted.inverse_transform(np.zeros((2, 10**4))), "other codes", InputError)
    for bad in (np.nan, np.inf):
        X = c.X.copy()
        X[17, 3] = bad
        refused(partial(c.fitted.transform, X), f"{bad}", InputError)
        if not c.method.needs_folder:
            refused(partial(clone(c.method).fit, X), f"{bad}", InputError)


@rules
def it_is_documented(c: _Case) -> None:
    """The docstring has a first sentence and names its source."""
    documented(type(c.method))
