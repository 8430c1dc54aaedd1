"""Vectors -> vectors without a concept."""

from begriff.erasers.inlp import INLP
from begriff.erasers.leace import LEACE, LEACEFitter
from begriff.erasers.mean_matching import MeanMatching
from begriff.erasers.oracle_leace import OracleLEACE
from begriff.erasers.projection import Projection
from begriff.erasers.qleace import QLEACE

__all__ = ["INLP", "LEACE", "LEACEFitter", "MeanMatching", "OracleLEACE", "Projection", "QLEACE"]
