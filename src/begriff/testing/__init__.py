"""Conformance suites: what every method of a kind promises, for the methods here and for plugins.

Each ``check_*`` takes an unfitted method, runs every rule of its kind on small seeded data, and
raises an AssertionError that names the rule that broke. No test runner is needed.
"""

from begriff.testing.bottleneck import check_bottleneck
from begriff.testing.dictionary import check_dictionary
from begriff.testing.encoder import check_encoder
from begriff.testing.eraser import check_eraser
from begriff.testing.importance import check_importance
from begriff.testing.index import check_index
from begriff.testing.language_model import PlantedLanguageModel, check_language_model
from begriff.testing.model import check_model
from begriff.testing.namer import check_namer
from begriff.testing.policy import check_policy
from begriff.testing.probe import check_probe
from begriff.testing.segmenter import check_segmenter

__all__ = [
    "check_bottleneck",
    "check_dictionary",
    "check_encoder",
    "check_eraser",
    "check_importance",
    "check_index",
    "check_language_model",
    "check_model",
    "check_namer",
    "check_policy",
    "check_probe",
    "check_segmenter",
    "PlantedLanguageModel",
]
