"""Predicting through concepts that people can read and correct."""

from begriff.decisions.classifier import Classifier
from begriff.decisions.documents import Decision, DecisionList, Model, ModelList
from begriff.decisions.fit import classify
from begriff.decisions.kept import models
from begriff.decisions.matters import Importance, what_matters

__all__ = ["Classifier", "classify", "Decision", "DecisionList", "Importance", "Model", "ModelList", "models", "what_matters"]
