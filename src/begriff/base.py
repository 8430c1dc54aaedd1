"""Moved to :mod:`begriff.kinds` and :mod:`begriff.files`."""

from begriff._moved import moved

__getattr__ = moved(__name__, "begriff.kinds", "begriff.kinds.checks", "begriff.files")
