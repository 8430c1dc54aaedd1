"""Measures as functions of arrays."""

from begriff.metrics.intervals import auroc_interval
from begriff.metrics.leakage import ctl, icl
from begriff.metrics.ranking import auroc, ndcg
from begriff.metrics.reconstruction import fvu, usage
from begriff.metrics.stability import matched_cosine

__all__ = ["auroc", "auroc_interval", "ctl", "fvu", "icl", "matched_cosine", "ndcg", "usage"]
