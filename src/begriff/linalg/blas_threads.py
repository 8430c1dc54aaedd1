"""BLAS on one thread, for work that is many small products."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # part of scikit-learn

__all__ = ["one_blas_thread"]


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """A block, or as a decorator a function, in which BLAS uses one thread; what was set before is
    restored.

    BLAS's threads spin after each product, waiting for the next. Between hundreds of small
    products, as those of naming concepts, that takes three times the processor time, and the cores
    from whatever else runs.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
