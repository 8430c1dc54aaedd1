"""Vectors -> vectors without a concept."""

from begriff.editing.inlp import INLP
from begriff.editing.leace import LEACE
from begriff.editing.mean_matching import MeanMatching
from begriff.editing.oracle_leace import OracleLEACE
from begriff.editing.projection import Projection
from begriff.editing.qleace import QLEACE

__all__ = ["INLP", "LEACE", "MeanMatching", "OracleLEACE", "Projection", "QLEACE"]
