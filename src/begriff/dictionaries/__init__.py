"""Vectors -> sparse codes over concepts. Every class here is a scikit-learn transformer."""

from begriff.dictionaries.agglomerative import Agglomerative
from begriff.dictionaries.archetypal_sae import ArchetypalSAE
from begriff.dictionaries.batch_topk_sae import BatchTopKSAE
from begriff.dictionaries.bertopic import BERTopic
from begriff.dictionaries.cce import CCE
from begriff.dictionaries.convex_nmf import ConvexNMF
from begriff.dictionaries.dictionary_learning import DictionaryLearning
from begriff.dictionaries.gated_sae import GatedSAE
from begriff.dictionaries.hdbscan import HDBSCAN
from begriff.dictionaries.ica import ICA
from begriff.dictionaries.jumprelu_sae import JumpReLUSAE
from begriff.dictionaries.kmeans import KMeans
from begriff.dictionaries.l1_sae import L1SAE
from begriff.dictionaries.matryoshka_sae import MatryoshkaSAE
from begriff.dictionaries.nmf import NMF
from begriff.dictionaries.pace import PACE
from begriff.dictionaries.pca import PCA
from begriff.dictionaries.pretrained_sae import PretrainedSAE
from begriff.dictionaries.recursive_nmf import RecursiveNMF
from begriff.dictionaries.semi_nmf import SemiNMF
from begriff.dictionaries.topk_sae import TopKSAE

__all__ = [
    "Agglomerative",
    "ArchetypalSAE",
    "BatchTopKSAE",
    "BERTopic",
    "CCE",
    "ConvexNMF",
    "DictionaryLearning",
    "GatedSAE",
    "HDBSCAN",
    "ICA",
    "JumpReLUSAE",
    "KMeans",
    "L1SAE",
    "MatryoshkaSAE",
    "NMF",
    "PACE",
    "PCA",
    "PretrainedSAE",
    "RecursiveNMF",
    "SemiNMF",
    "TopKSAE",
]
