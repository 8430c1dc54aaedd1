"""Predicting through concepts that people can read and correct."""

from begriff.decisions.classifier import Classifier
from begriff.decisions.documents import Decision, DecisionList, Model, ModelList
from begriff.decisions.fit import classify
from begriff.decisions.kept import delete_model, models
from begriff.decisions.matters import Importance, what_matters

__all__ = [
    "Classifier",
    "classify",
    "Decision",
    "DecisionList",
    "delete_model",
    "Importance",
    "Model",
    "ModelList",
    "models",
    "what_matters",
]
