"""Items that are and are not something -> a direction."""

from begriff.probes.concept_vector import ConceptVector
from begriff.probes.diff_mean import DiffMean
from begriff.probes.logistic import Logistic

__all__ = ["ConceptVector", "DiffMean", "Logistic"]
