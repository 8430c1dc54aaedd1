"""The abstract kinds that methods fill.

Each is imported when it is asked for: a search imports no scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from begriff.kinds.bottleneck import Bottleneck
    from begriff.kinds.dictionary import Dictionary
    from begriff.kinds.encoder import Encoder
    from begriff.kinds.eraser import Eraser
    from begriff.kinds.index import Index
    from begriff.kinds.probe import Probe

__all__ = ["Bottleneck", "Dictionary", "Encoder", "Eraser", "Index", "Probe"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(f"begriff.kinds.{name.lower()}"), name)
    raise AttributeError(f"module 'begriff.kinds' has no attribute {name!r}")
