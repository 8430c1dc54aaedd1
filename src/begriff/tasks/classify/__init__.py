"""Predicting through concepts that people can read and correct."""

from begriff.tasks.classify.classifier import Classifier
from begriff.tasks.classify.documents import Decision, DecisionList, Model, ModelList
from begriff.tasks.classify.fit import classify
from begriff.tasks.classify.storage import delete_model, list_models
from begriff.tasks.classify.what_matters import Importance, what_matters

__all__ = [
    "Classifier",
    "classify",
    "Decision",
    "DecisionList",
    "delete_model",
    "Importance",
    "list_models",
    "Model",
    "ModelList",
    "what_matters",
]
