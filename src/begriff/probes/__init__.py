"""Items that are and are not something -> a direction."""

from begriff.probes.concept_vector import ConceptVector
from begriff.probes.diff_mean import DiffMean
from begriff.probes.ideal_words import IdealWords
from begriff.probes.lat import LAT
from begriff.probes.latent import Latent
from begriff.probes.logistic import Logistic

__all__ = ["ConceptVector", "DiffMean", "IdealWords", "LAT", "Latent", "Logistic"]
