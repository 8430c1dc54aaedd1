"""Measures as functions of arrays."""

from begriff.metrics.ranking import auroc, ndcg
from begriff.metrics.reconstruction import fvu, usage
from begriff.metrics.stability import matched_cosine

__all__ = ["auroc", "fvu", "matched_cosine", "ndcg", "usage"]
