"""Measures as functions of arrays."""

from begriff.metrics.absorption import absorption
from begriff.metrics.agreement import agreement
from begriff.metrics.coherence import coherence
from begriff.metrics.compositionality import compositionality
from begriff.metrics.intervals import auroc_interval
from begriff.metrics.leakage import ctl, icl
from begriff.metrics.probing import k_sparse_probe, telling_concepts
from begriff.metrics.ranking import auroc, ndcg, ndcg_kept
from begriff.metrics.reconstruction import fvu, usage
from begriff.metrics.stability import matched_cosine

__all__ = [
    "absorption",
    "agreement",
    "auroc",
    "auroc_interval",
    "coherence",
    "compositionality",
    "ctl",
    "fvu",
    "icl",
    "k_sparse_probe",
    "matched_cosine",
    "ndcg",
    "ndcg_kept",
    "telling_concepts",
    "usage",
]
