"""Taking a concept out of an atlas, and proving that it is gone."""

from begriff.erasure.removal import erase, erasures
from begriff.erasure.report import Erasure, ErasureList

__all__ = ["erase", "Erasure", "ErasureList", "erasures"]
