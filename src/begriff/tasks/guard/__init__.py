"""Texts that must not pass: concept prompts, a small classifier, a chosen false-positive rate."""

from begriff.tasks.guard.documents import ConceptScore, GuardInfo, Nearest, Verdict, Verdicts
from begriff.tasks.guard.estimator import Guard
from begriff.tasks.guard.text import TextGuard

__all__ = ["ConceptScore", "Guard", "GuardInfo", "Nearest", "TextGuard", "Verdict", "Verdicts"]
