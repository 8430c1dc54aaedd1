"""The abstract kinds that methods fill.

Each is imported when it is asked for: a search imports no scikit-learn.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from begriff.kinds.bottleneck import Bottleneck, LinearBottleneck
    from begriff.kinds.dictionary import Dictionary
    from begriff.kinds.encoder import Encoder
    from begriff.kinds.eraser import Eraser, EraserFitter
    from begriff.kinds.index import Index
    from begriff.kinds.intervention import Intervention
    from begriff.kinds.language_model import LanguageModel
    from begriff.kinds.model import Model
    from begriff.kinds.namer import Namer, NamingTask
    from begriff.kinds.policy import Policy
    from begriff.kinds.probe import Probe
    from begriff.kinds.segmenter import Segmenter

_MODULES = {
    "Bottleneck": "bottleneck",
    "Dictionary": "dictionary",
    "Encoder": "encoder",
    "Eraser": "eraser",
    "EraserFitter": "eraser",
    "Index": "index",
    "Intervention": "intervention",
    "LanguageModel": "language_model",
    "LinearBottleneck": "bottleneck",
    "Model": "model",
    "Namer": "namer",
    "NamingTask": "namer",
    "Policy": "policy",
    "Probe": "probe",
    "Segmenter": "segmenter",
}

__all__ = [
    "Bottleneck",
    "Dictionary",
    "Encoder",
    "Eraser",
    "EraserFitter",
    "Index",
    "Intervention",
    "LanguageModel",
    "LinearBottleneck",
    "Model",
    "Namer",
    "NamingTask",
    "Policy",
    "Probe",
    "Segmenter",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(f"begriff.kinds.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'begriff.kinds' has no attribute {name!r}")
