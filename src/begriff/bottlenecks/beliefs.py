"""What is believed about every item's concepts until a person says, and what that makes of the
label.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.bottlenecks._mixture import all_sums, by_enumeration, by_moments
from begriff.errors import InputError
from begriff.kinds import Bottleneck
from begriff.kinds.policy import Outlook

__all__ = ["Beliefs", "label_index", "outlook"]

_ENUMERATED = 1024
"""Up to this many combinations of values the label's probabilities are exact."""


@dataclass(frozen=True)
class Beliefs:
    """Concepts that a person may be asked about: their columns, their candidate values and how
    probable each value is.

    Concepts are taken to be independent given the item. Make one with :meth:`categories` or
    :meth:`presence`.

    Attributes
    ----------
    probabilities : ndarray (n_items, n_concepts, n_values), float64
        Sum to one over the values; zero beyond a concept's own values.
    columns : tuple of ndarray (n_columns,), int64
        For each concept the columns of the codes that it fills.
    values : tuple of ndarray (n_values, n_columns), float64
        For each concept what each value writes into its columns.
    names : tuple of str
    rest : ndarray or csr_array (n_items, n_all_columns), optional
        Codes of the columns that belong to no concept here; those of the concepts are ignored.

    Examples
    --------
    >>> from begriff.bottlenecks import Beliefs
    >>> b = Beliefs.categories([[[0.2, 0.8]], [[0.1, 0.4, 0.5]]], names=["service", "food"])
    >>> b.answered([[1, 2]], [[False, True]]).codes(5).tolist()
    [[0.2, 0.8, 0.0, 0.0, 1.0]]
    """

    probabilities: NDArray[np.float64]
    columns: tuple[NDArray[np.int64], ...]
    values: tuple[NDArray[np.float64], ...]
    names: tuple[str, ...]
    rest: Any = None

    @staticmethod
    def categories(probabilities: Sequence[Any], *, names: Sequence[str] | None = None) -> Beliefs:
        """Concepts of one value each out of several, written one-hot into consecutive columns.

        Parameters
        ----------
        probabilities : sequence of array_like (n_items, n_values)
            One array for each concept.
        names : sequence of str, optional
            ``concept0`` ... when not given.

        Raises
        ------
        InputError
            For arrays that disagree on the items, or rows that are no probabilities.
        """
        given = [_checked(p, f"probabilities[{i}]") for i, p in enumerate(probabilities)]
        widths = [p.shape[1] for p in given]
        if len({len(p) for p in given}) != 1:
            raise InputError(
                f"probabilities have {[len(p) for p in given]} items: give each concept a row for"
                " the same items, at least one concept"
            )
        padded = np.stack(
            [np.pad(p, ((0, 0), (0, max(widths) - p.shape[1]))) for p in given], axis=1
        )
        firsts = np.cumsum([0, *widths[:-1]])
        columns = tuple(np.arange(f, f + w) for f, w in zip(firsts, widths, strict=True))
        return Beliefs(padded, columns, tuple(np.eye(w) for w in widths), _names(names, len(given)))

    @staticmethod
    def presence(
        present: Any,
        strengths: Any,
        *,
        columns: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        rest: Any = None,
    ) -> Beliefs:
        """Concepts of one column each that are absent (0) or present with their typical activation,
        as an atlas's codes are.

        Parameters
        ----------
        present : array_like (n_items, n_concepts)
            Probability that an item holds a concept.
        strengths : array_like (n_concepts,)
            Code of a concept where it is present.
        columns : sequence of int, optional
            Column of each concept; the first ``n_concepts`` when not given.
        names : sequence of str, optional
        rest : array_like or csr_array (n_items, n_all_columns), optional
            Codes of the other columns.

        Raises
        ------
        InputError
            For numbers outside 0 to 1, or another number of activations, columns or names than
            concepts.
        """
        p = np.asarray(present, dtype=np.float64)
        size = np.asarray(strengths, dtype=np.float64)
        at = np.arange(len(size)) if columns is None else np.asarray(columns, dtype=np.int64)
        if p.ndim != 2 or size.shape != (p.shape[1],) or at.shape != size.shape:
            raise InputError(
                f"present {p.shape}, strengths {size.shape} and columns {at.shape} differ: give one"
                " strength and column a concept"
            )
        both = np.stack([1 - p, p], axis=2)
        _checked(both.reshape(-1, 2), "present")
        values = tuple(np.array([[0.0], [s]]) for s in size)
        return Beliefs(both, tuple(at[:, None]), values, _names(names, len(size)), rest)

    def __len__(self) -> int:
        return len(self.probabilities)

    def __getitem__(self, rows: Any) -> Beliefs:
        """The same concepts of some items; rows (n,) positions or a mask."""
        return replace(
            self,
            probabilities=self.probabilities[rows],
            rest=None if self.rest is None else self.rest[rows],
        )

    def answered(self, true: Any, asked: Any) -> Beliefs:
        """Beliefs after a person has said the values true (n_items, n_concepts) where asked
        (n_items, n_concepts).

        A value of -1 means that the person cannot say: the belief stays.

        Raises
        ------
        InputError
            For another shape, or a value that a concept does not have.
        """
        said, asked = np.asarray(true), np.asarray(asked, dtype=bool)
        n_values = np.array([len(v) for v in self.values])
        if (
            said.shape != self.probabilities.shape[:2]
            or (said < -1).any()
            or (said >= n_values).any()
        ):
            raise InputError(
                f"true values of shape {said.shape}: give {self.probabilities.shape[:2]} positions"
                " in each concept's values, -1 for unknown"
            )
        certain = np.arange(self.probabilities.shape[2]) == said[:, :, None]
        return replace(
            self,
            probabilities=np.where((asked & (said >= 0))[:, :, None], certain, self.probabilities),
        )

    def codes(self, n_columns: int) -> NDArray[np.float64]:
        """Expected codes (n_items, n_columns) under the beliefs."""
        out = np.zeros((len(self), n_columns))
        if self.rest is not None:
            out += self.rest.toarray() if hasattr(self.rest, "toarray") else np.asarray(self.rest)
        for g, (at, values) in enumerate(zip(self.columns, self.values, strict=True)):
            out[:, at] = self.probabilities[:, g, : len(values)] @ values
        return out


def outlook(beliefs: Beliefs, head: Bottleneck, *, foresee: bool = True) -> Outlook:
    """Propagate the concepts' probabilities through a head to its label.

    The label's probabilities are the mixture over all combinations of values: exact up to 1,024
    combinations, beyond that by the mean and the variance of the logits (mean-field).

    Parameters
    ----------
    beliefs : Beliefs
    head : Bottleneck
        Fitted.
    foresee : bool, default True
        Also what each answer would make of it; else ``given`` is empty.

    Raises
    ------
    InputError
        For a concept whose columns the head does not have, or more than 1,024 combinations for a
        head that is not ``additive``.

    Notes
    -----
    ``given`` holds n_items x n_concepts x n_values x n_classes numbers: ask about a batch of items
    at a time where concepts are many.

    Source: Joren et al. 2024, "Classification with Conceptual Safeguards" (the mixture); Lu et al.
    2020, arXiv 2006.07584 (mean-field).
    """
    last = max(int(at.max()) for at in beliefs.columns)
    if last >= head.n_features_in_:
        raise InputError(
            f"column {last}: the head has {head.n_features_in_} columns; give beliefs about the"
            " columns it was fitted on"
        )
    n_values = np.array([len(v) for v in beliefs.values])
    base, pushes = _base(beliefs, head), _pushes(beliefs, head)
    p, count = beliefs.probabilities, float(np.prod(n_values.astype(float)))
    if not head.additive:
        combined = _combined(beliefs, head, count)
        label, given = by_enumeration(p, base, combined, n_values, foresee=foresee)
    elif count <= _ENUMERATED:
        summed = all_sums(pushes, n_values)
        label, given = by_enumeration(p, base, lambda _: summed, n_values, foresee=foresee)
    else:
        label, given = by_moments(p, base, pushes, n_values, foresee=foresee)
    return Outlook(label, given, p, n_values, pushes)


def _others(beliefs: Beliefs, head: Bottleneck) -> Any:
    """Codes (n_items, n_columns) of the columns that belong to no concept here; of one item where
    none were given.
    """
    if beliefs.rest is None:
        return csr_array((1, head.n_features_in_))
    others = np.ones(head.n_features_in_)
    others[np.concatenate(beliefs.columns)] = 0
    return csr_array(csr_array(beliefs.rest, dtype=np.float64) * others)


def _base(beliefs: Beliefs, head: Bottleneck) -> NDArray[np.float64]:
    """Logits (n_items, n_classes) without any of the concepts."""
    logits = head.logits(_others(beliefs, head))
    return np.broadcast_to(logits, (len(beliefs), logits.shape[1]))


def _pushes(beliefs: Beliefs, head: Bottleneck) -> NDArray[np.float64]:
    """What each value (n_concepts, n_values, n_classes) adds to the logits of an item without any
    concept.
    """
    widest = beliefs.probabilities.shape[2]
    codes = np.zeros((len(beliefs.values), widest, head.n_features_in_))
    for g, (at, values) in enumerate(zip(beliefs.columns, beliefs.values, strict=True)):
        codes[g, : len(values), at] = values.T
    flat = csr_array(codes.reshape(-1, codes.shape[2]))
    alone = head.logits(flat) - head.logits(csr_array((1, codes.shape[2])))
    return np.asarray(alone.reshape(*codes.shape[:2], -1))


def _combined(
    beliefs: Beliefs, head: Bottleneck, count: float
) -> Callable[[slice], NDArray[np.float64]]:
    """For a head whose concepts act together: what every combination of values adds to the logits
    of some items (n_items, n_combinations, n_classes).
    """
    if count > _ENUMERATED:
        raise InputError(
            f"{count:.0f} combinations of values for a {type(head).__name__}, whose concepts act"
            f" together: ask about so few that there are at most {_ENUMERATED}"
        )
    combinations = list(product(*beliefs.values))
    codes = np.zeros((len(combinations), head.n_features_in_))
    for row, values in enumerate(combinations):
        codes[row, np.concatenate(beliefs.columns)] = np.concatenate(values)
    others = _others(beliefs, head)

    def added(rows: slice) -> NDArray[np.float64]:
        own = others[rows] if beliefs.rest is not None else others
        each = [codes + own[[i]].toarray() for i in range(own.shape[0])]
        alone = head.logits(own)
        return np.stack([head.logits(c) for c in each]) - alone[:, None, :]

    return added


def label_index(head: Bottleneck, y: Any) -> NDArray[np.int64]:
    """Positions (n_items,) of labels y (n_items,) among the head's classes.

    Raises
    ------
    InputError
        For a label that the head does not know.
    """
    labels = np.asarray(y)
    at = np.searchsorted(head.classes_, labels).clip(max=len(head.classes_) - 1)
    wrong = head.classes_[at] != labels
    if wrong.any():
        raise InputError(
            f"label {labels[wrong][0]!r} is none of the head's classes {head.classes_.tolist()}:"
            " give labels it was fitted on"
        )
    return at


def _checked(p: Any, name: str) -> NDArray[np.float64]:
    """Rows of probabilities (n, n_values)."""
    p = np.asarray(p, dtype=np.float64)
    if (
        p.ndim != 2
        or not np.isfinite(p).all()
        or (p < 0).any()
        or not np.allclose(p.sum(axis=1), 1, atol=1e-4)
    ):
        raise InputError(
            f"{name} of shape {p.shape} holds no probabilities: give rows (n_items, n_values) of"
            " numbers in 0 to 1 that sum to 1"
        )
    return p


def _names(names: Sequence[str] | None, n: int) -> tuple[str, ...]:
    found = tuple(f"concept{i}" for i in range(n)) if names is None else tuple(names)
    if len(found) != n:
        raise InputError(f"{len(found)} names for {n} concepts: give one name a concept")
    return found
