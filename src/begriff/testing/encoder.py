"""What every encoder promises."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from begriff.errors import InputError
from begriff.kinds.encoder import Encoder
from begriff.testing.rules import Rules, close, equal, must, refused

__all__ = ["check_encoder"]

rules = Rules("encoders")

_TEXTS = (
    "a protein folds",
    "an enzyme folds a chain",
    "the court heard the case",
    "judges read the verdict in court",
)


@dataclass
class _Case:
    encoder: Encoder
    contents: Sequence[Any]

    @cached_property
    def vectors(self) -> Any:
        return self.encoder.encode(self.contents)


def check_encoder(
    encoder: Encoder, *, contents: Sequence[Any] = _TEXTS, skip: Collection[str] = ()
) -> None:
    """Check what :class:`begriff.kinds.Encoder` promises.

    Parameters
    ----------
    encoder : Encoder
    contents : sequence
        At least four different contents; texts by default.
    skip : collection of str
        Rules that do not hold, for a reason that the caller knows.

    Raises
    ------
    AssertionError
        For the first rule that breaks.

    Examples
    --------
    >>> from begriff.encoders import Static
    >>> from begriff.testing import check_encoder
    >>> check_encoder(Static())
    """
    rules.check(_Case(encoder, contents), type(encoder).__name__, skip)


@rules
def vectors_have_length_one(c: _Case) -> None:
    """encode gives (n_contents, n_dims) float32 of length 1."""
    shape = (len(c.contents), c.encoder.n_dims)
    must(c.vectors.shape == shape, f"shape {c.vectors.shape}, not {shape}")
    must(c.vectors.dtype == np.float32, f"{c.vectors.dtype}")
    close(np.linalg.norm(c.vectors, axis=1), np.ones(shape[0]), "lengths and 1", 1e-3)


@rules
def vectors_tell_contents_apart(c: _Case) -> None:
    """Different contents have different vectors."""
    likeness = c.vectors @ c.vectors.T
    np.fill_diagonal(likeness, -1)
    must(likeness.max() < 0.9999, f"two contents have a cosine of {likeness.max():.5f}")


@rules
def a_vector_does_not_depend_on_the_others(c: _Case) -> None:
    """A content has the same vector in any order and company, within 1e-2 of its length."""
    turned = c.encoder.encode(list(reversed(c.contents)))[::-1]
    close(turned, c.vectors, "vectors in another order", 1e-2)
    close(c.encoder.encode(c.contents[:1]), c.vectors[:1], "vectors alone", 1e-2)
    equal(c.encoder.encode(c.contents), c.vectors, "vectors of two calls")


@rules
def nothing_gives_an_empty_array(c: _Case) -> None:
    """No content gives an array (0, n_dims)."""
    must(c.encoder.encode([]).shape == (0, c.encoder.n_dims), "another shape")


@rules
def queries_lie_in_the_same_space(c: _Case) -> None:
    """encode_queries gives unit vectors of the same width."""
    queries = c.encoder.encode_queries(c.contents)
    must(queries.shape == c.vectors.shape, f"shape {queries.shape}")
    close(np.linalg.norm(queries, axis=1), np.ones(len(queries)), "lengths and 1", 1e-3)


@rules
def passages_cover_a_content(c: _Case) -> None:
    """spans gives ranges that rise, and cover the content from its start to its end."""
    contents = [c.contents[0], " ".join(map(str, c.contents)) * 400]
    for content, spans in zip(contents, c.encoder.spans(contents), strict=True):
        must(spans[0][0] == 0 and spans[-1][1] == len(content), f"{spans[0]} ... {spans[-1]}")
        must(all(b[0] <= a[1] < b[1] for a, b in pairwise(spans)), "a gap between two passages")


@rules
def settings_make_an_equal_one(c: _Case) -> None:
    """restore(settings()) makes an encoder of the same name and vectors."""
    again = type(c.encoder).restore(c.encoder.settings())
    must(again.name == c.encoder.name, f"{again.name}, not {c.encoder.name}")
    close(again.encode(c.contents), c.vectors, "vectors", 1e-5)


@rules
def tokens_are_there_where_they_are_declared(c: _Case) -> None:
    """tokens gives a row a token, with its owner and its place; else it is refused."""
    if not c.encoder.has_tokens:
        return refused(lambda: c.encoder.tokens(c.contents), "tokens", InputError)
    tokens = c.encoder.tokens(c.contents)
    must(len(tokens.values) == len(tokens.owner) == len(tokens.spans), "other numbers of rows")
    must(set(tokens.owner) == set(range(len(c.contents))), "a content without tokens")
    ends = np.array([len(t) for t in c.contents])[tokens.owner]
    must((tokens.spans[:, 1] <= ends).all(), "a token ends behind its content")
    return None
