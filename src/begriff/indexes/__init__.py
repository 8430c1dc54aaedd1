"""Finding vectors and words."""

from begriff.indexes.backends.exact import ExactIndex

__all__ = ["ExactIndex"]
