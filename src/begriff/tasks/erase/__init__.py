"""Taking a concept out of an atlas, and proving that it is gone."""

from begriff.tasks.erase.erase import erase, erasures
from begriff.tasks.erase.erasure import Erasure, ErasureList

__all__ = ["erase", "Erasure", "ErasureList", "erasures"]
