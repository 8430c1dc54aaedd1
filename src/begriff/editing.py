"""Moved to :mod:`begriff.erasers`."""

from begriff._moved import moved

__getattr__ = moved(__name__, "begriff.erasers")
