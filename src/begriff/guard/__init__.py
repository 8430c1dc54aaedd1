"""Texts that must not pass: concept prompts, a small classifier, a chosen false-positive rate."""

from begriff.guard.documents import ConceptScore, GuardInfo, Nearest, Verdict, Verdicts
from begriff.guard.estimator import Guard
from begriff.guard.text import TextGuard

__all__ = ["ConceptScore", "Guard", "GuardInfo", "Nearest", "TextGuard", "Verdict", "Verdicts"]
