"""Rules of a kind, and running them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from begriff.errors import BegriffError

__all__ = ["close", "documented", "equal", "must", "refused", "Rules", "untouched"]


class Rules:
    """The rules of a kind, in the order in which they were written: functions of one case.

    Parameters
    ----------
    kind : str
        For messages.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.named: dict[str, Callable[[Any], None]] = {}

    def __call__(self, rule: Callable[[Any], None]) -> Callable[[Any], None]:
        """Add a rule, under its name."""
        self.named[rule.__name__] = rule
        return rule

    def check(self, case: Any, label: str, skip: Collection[str] = ()) -> None:
        """Run all rules but those in ``skip``.

        Raises
        ------
        AssertionError
            Names the method, the rule and the values.
        """
        unknown = set(skip) - set(self.named)
        must(not unknown, f"no rules {sorted(unknown)}: there are {', '.join(self.named)}")
        for name, rule in self.named.items():
            if name in skip:
                continue
            try:
                rule(case)
            except Exception as e:
                kept = " ".join((inspect.getdoc(rule) or "").split())
                raise AssertionError(
                    f"{label} breaks the rule {name} of {self.kind}: {kept}"
                    f" [{type(e).__name__}: {e}]"
                ) from e


def must(holds: Any, message: str) -> None:
    """An assertion that stays when Python runs with -O."""
    if not holds:
        raise AssertionError(message)


def equal(a: Any, b: Any, what: str) -> None:
    """Refuse arrays that differ in a bit."""
    must(np.array_equal(np.asarray(a), np.asarray(b), equal_nan=True), f"{what} differ")


def close(a: Any, b: Any, what: str, tolerance: float = 1e-5) -> None:
    """Refuse arrays that differ by more than a tolerance."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    must(a.shape == b.shape, f"{what} have the shapes {a.shape} and {b.shape}")
    apart = float(np.abs(a - b).max(initial=0.0))
    must(apart <= tolerance, f"{what} differ by {apart:.2g}, more than {tolerance:.0e}")


def refused(call: Callable[[], Any], what: str, error: type[Exception] = BegriffError) -> None:
    """A mistake has to be refused, with an error that says what to do."""
    try:
        call()
    except error as e:
        must(len(str(e)) > 10, f"the error about {what} says nothing: {e}")
        return
    except Exception as e:
        raise AssertionError(f"{what} raises {type(e).__name__}, not {error.__name__}: {e}") from e
    raise AssertionError(f"{what} is accepted")


def documented(method: Any) -> None:
    """A class or function needs a first sentence, and a source."""
    text = inspect.getdoc(method) or ""
    must(text.partition("\n")[0].strip(), "it has no docstring")
    must("Source:" in text, 'its docstring names no "Source:"')


def untouched(call: Callable[[], Any]) -> None:
    """Numpy's global generator has to be as it was."""
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # type: ignore[index] # noqa: NPY002
    call()
    equal(before, np.random.get_state()[1], "states of numpy's global generator")  # type: ignore[index] # noqa: NPY002
