"""Moved to :mod:`begriff.tasks.guard`."""

from begriff._moved import moved

__getattr__ = moved(__name__, "begriff.tasks.guard")
