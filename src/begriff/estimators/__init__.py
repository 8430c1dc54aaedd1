"""The abstract kinds that are scikit-learn estimators."""

from begriff.estimators.bottleneck import Bottleneck
from begriff.estimators.dictionary import Dictionary
from begriff.estimators.editor import Editor
from begriff.estimators.probe import Probe

__all__ = ["Bottleneck", "Dictionary", "Editor", "Probe"]
