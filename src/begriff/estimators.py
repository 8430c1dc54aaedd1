"""Moved to :mod:`begriff.kinds`."""

from begriff._moved import moved

__getattr__ = moved(__name__, "begriff.kinds", Editor="Eraser")
