"""Vectors -> sparse codes over concepts. Every class here is a scikit-learn transformer."""

from begriff.dictionaries.archetypal_sae import ArchetypalSAE
from begriff.dictionaries.batch_topk_sae import BatchTopKSAE
from begriff.dictionaries.bertopic import BERTopic
from begriff.dictionaries.dictionary_learning import DictionaryLearning
from begriff.dictionaries.gated_sae import GatedSAE
from begriff.dictionaries.ica import ICA
from begriff.dictionaries.jumprelu_sae import JumpReLUSAE
from begriff.dictionaries.kmeans import KMeans
from begriff.dictionaries.l1_sae import L1SAE
from begriff.dictionaries.matryoshka_sae import MatryoshkaSAE
from begriff.dictionaries.nmf import NMF
from begriff.dictionaries.pca import PCA
from begriff.dictionaries.semi_nmf import SemiNMF
from begriff.dictionaries.topk_sae import TopKSAE

__all__ = [
    "ArchetypalSAE",
    "BatchTopKSAE",
    "BERTopic",
    "DictionaryLearning",
    "GatedSAE",
    "ICA",
    "JumpReLUSAE",
    "KMeans",
    "L1SAE",
    "MatryoshkaSAE",
    "NMF",
    "PCA",
    "SemiNMF",
    "TopKSAE",
]
