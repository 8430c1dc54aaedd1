"""Words for concepts, and a score for every name."""

from begriff.naming.contrast import Contrast

__all__ = ["Contrast"]
