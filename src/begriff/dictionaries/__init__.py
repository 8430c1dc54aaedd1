"""Vectors -> sparse codes over concepts. Every class here is a scikit-learn transformer."""

from begriff.dictionaries.bertopic import BERTopic
from begriff.dictionaries.dictionary_learning import DictionaryLearning
from begriff.dictionaries.ica import ICA
from begriff.dictionaries.kmeans import KMeans
from begriff.dictionaries.matryoshka_sae import MatryoshkaSAE
from begriff.dictionaries.nmf import NMF
from begriff.dictionaries.pca import PCA
from begriff.dictionaries.semi_nmf import SemiNMF
from begriff.dictionaries.topk_sae import TopKSAE

__all__ = ["BERTopic", "DictionaryLearning", "ICA", "KMeans", "MatryoshkaSAE", "NMF", "PCA", "SemiNMF", "TopKSAE"]
