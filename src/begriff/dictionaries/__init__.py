"""Vectors -> sparse codes over concepts. Every class here is a scikit-learn transformer."""

from begriff.dictionaries.bertopic import BERTopic
from begriff.dictionaries.kmeans import KMeans
from begriff.dictionaries.matryoshka_sae import MatryoshkaSAE
from begriff.dictionaries.pca import PCA
from begriff.dictionaries.topk_sae import TopKSAE

__all__ = ["BERTopic", "KMeans", "MatryoshkaSAE", "PCA", "TopKSAE"]
