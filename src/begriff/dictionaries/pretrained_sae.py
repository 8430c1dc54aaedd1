"""Autoencoders that were trained elsewhere, and ours for elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from scipy.sparse import csr_array, vstack
from sklearn.utils.validation import check_is_fitted

from begriff.dictionaries._autoencoder import Autoencoder
from begriff.dictionaries._sae_files import FORMATS, Weights, read_weights, write_weights
from begriff.dictionaries._threshold import ThresholdAutoencoder
from begriff.errors import InputError, unknown
from begriff.kinds import Dictionary
from begriff.kinds.checks import Floats, check_vectors, row_batches
from begriff.linalg.topk import top_columns

__all__ = ["PretrainedSAE", "write_sae"]


class PretrainedSAE(Dictionary):
    """An autoencoder that SAELens, sparsify, dictionary_learning or overcomplete saved; nothing is
    learnt anew.

    Codes are those of that library, times the lengths of its decoder's rows, which have length 1
    here; the lengths are kept, so that ``write_sae`` gives back what was read.

    Parameters
    ----------
    path : str or Path
        A folder of SAELens (``sae_weights.safetensors``), sparsify (``sae.safetensors``),
        dictionary_learning (``ae.pt``) or overcomplete (``sae.pt``), or a .pt file of a state
        dictionary. Nothing in it is executed.
    k : int, default None
        Active concepts of an item, where the files do not say it: overcomplete's, unless a
        ``config.json`` with ``k`` lies beside them.
    input_scale : float, default None
        What vectors are multiplied by before that library sees them, such as its normalisation
        factor; None is 1, and is refused where the files say that there was a factor. Activations
        and directions are in units of the vectors again.

    Attributes
    ----------
    components_ : ndarray (n_concepts, n_dims), float32
        Unit directions.
    bias_ : ndarray (n_dims,), float32
    lengths_ : ndarray (n_concepts,), float32
        Of the decoder's rows.
    encoder_, encoder_bias_, threshold_, log_scale_, magnitude_bias_ : ndarray
        How that library encodes; see :class:`begriff.dictionaries._sae_files.Weights`.
    active_ : int
        Active concepts, or 0 where thresholds decide.
    n_core_ : int
        n_concepts.
    n_features_in_ : int

    Examples
    --------
    >>> import begriff as bg
    >>> from begriff.dictionaries import PretrainedSAE
    >>> bg.build(
    ...     "texts.jsonl", text="text", vectors="activations.npy", dictionary=PretrainedSAE("sae")
    ... )  # doctest: +SKIP

    Source: the file formats of github.com/decoderesearch/SAELens, EleutherAI/sparsify,
    saprmarks/dictionary_learning and KempnerInstitute/overcomplete.
    """

    _learnt_scalars: ClassVar[tuple[str, ...]] = (*Dictionary._learnt_scalars, "active_")

    needs_folder: ClassVar[bool] = True

    _learnt: ClassVar[tuple[str, ...]] = (
        "components_",
        "bias_",
        "lengths_",
        "encoder_",
        "encoder_bias_",
        "threshold_",
        "log_scale_",
        "magnitude_bias_",
    )

    lengths_: Floats

    def __init__(
        self, path: str | Path, *, k: int | None = None, input_scale: float | None = None
    ) -> None:
        self.path = path
        self.k = k
        self.input_scale = input_scale

    def fit(self, X: Any, y: None = None) -> Self:
        """Read the files; X (n_items, n_dims) is only compared in width.

        Raises
        ------
        InputError
            When the files are of no library, hold something else, or belong to other vectors.
        MissingExtraError
            For .pt files without torch.
        """
        X = check_vectors(X)
        self._check_positive("input_scale", "k")
        return self._set(
            read_weights(self.path, self.k, scaled=self.input_scale is not None), X.shape[1]
        )

    def _set(self, w: Weights, n_dims: int) -> Self:
        if self.k is not None and self.k != w.k:
            said = (
                f"{w.k} concepts of an item are active"
                if w.k
                else "thresholds decide what is active"
            )
            raise InputError(
                f"k={self.k}: the files in {str(self.path)!r} say that {said}; leave k out"
            )
        if w.encoder.shape != w.decoder.shape:
            raise InputError(
                f"the encoder in {str(self.path)!r} has shape {w.encoder.shape}, the decoder"
                f" {w.decoder.shape}: they must agree"
            )
        if w.decoder.shape[1] != n_dims:
            raise InputError(
                f"the autoencoder in {str(self.path)!r} has {w.decoder.shape[1]} dimensions, the"
                f" vectors {n_dims}: give the vectors that it was trained on"
            )
        lengths = np.maximum(np.linalg.norm(w.decoder, axis=1), 1e-12)  # guards a row of zeros
        s = np.float32(1 if self.input_scale is None else self.input_scale)
        self.components_ = (w.decoder / lengths[:, None]).astype(np.float32)
        self.lengths_ = (lengths / s).astype(np.float32)
        self.bias_ = (w.bias / s).astype(np.float32)
        self.encoder_ = (w.encoder * s).astype(np.float32)
        self.encoder_bias_, self.threshold_ = (
            w.encoder_bias.astype(np.float32),
            w.threshold.astype(np.float32),
        )
        self.log_scale_, self.magnitude_bias_ = (
            w.log_scale.astype(np.float32),
            w.magnitude_bias.astype(np.float32),
        )
        self.active_ = int(w.k)
        self.n_core_, self.n_features_in_ = self.components_.shape
        return self

    def _encode(self, X: Floats) -> csr_array:
        parts = [csr_array(self._codes(x) * self.lengths_) for _, x in row_batches(X, 4096)]
        return csr_array(vstack(parts, format="csr", dtype=np.float32))

    def _codes(self, X: Floats) -> Floats:
        """As that library gives them (n_items, n_concepts)."""
        along = (X - self.bias_) @ self.encoder_.T
        pre = along + self.encoder_bias_
        active = pre > self.threshold_
        if self.active_:
            active = np.zeros(pre.shape, dtype=np.bool_)
            np.put_along_axis(active, top_columns(pre, self.active_), True, axis=1)
        if len(self.log_scale_):
            pre = along * np.exp(self.log_scale_) + self.magnitude_bias_
        return np.maximum(pre, 0) * active

    def _randomise(self, rng: np.random.Generator) -> None:
        super()._randomise(rng)
        self.encoder_ = self.components_ * np.linalg.norm(self.encoder_, axis=1, keepdims=True)

    def _weights(self) -> Weights:
        return Weights(
            encoder=self.encoder_,
            encoder_bias=self.encoder_bias_,
            decoder=self.components_ * self.lengths_[:, None],
            bias=self.bias_,
            threshold=self.threshold_,
            k=self.active_,
            log_scale=self.log_scale_,
            magnitude_bias=self.magnitude_bias_,
        )

    def request(self) -> list[Any]:
        """Also the weights themselves, which another autoencoder in the same folder changes."""
        w = read_weights(self.path, self.k, scaled=self.input_scale is not None)
        read = hashlib.blake2b(digest_size=8)
        for value in vars(w).values():
            read.update(np.ascontiguousarray(value).tobytes())
        return [*super().request(), read.hexdigest()]


def write_sae(dictionary: Dictionary, folder: str | Path, *, format: str = "saelens") -> None:
    """Write a fitted autoencoder as another library reads it.

    Codes there are those of the encoder: activations that our ``transform`` solves for by least
    squares are no part of an autoencoder.

    Parameters
    ----------
    dictionary : Dictionary
        An autoencoder with one group of concepts, or a ``PretrainedSAE``.
    folder : str or Path
    format : {"saelens", "sparsify", "dictionary_learning", "overcomplete"}

    Raises
    ------
    InputError
        For another format or dictionary, or one that the format cannot hold.
    MissingExtraError
        For dictionary_learning and overcomplete without torch.

    Examples
    --------
    >>> from begriff.dictionaries import TopKSAE
    >>> from begriff.dictionaries.pretrained_sae import write_sae
    >>> write_sae(TopKSAE(64, k=4).fit(X), "sae", format="saelens")  # doctest: +SKIP
    """
    if format not in FORMATS:
        raise unknown("format", format, FORMATS)
    check_is_fitted(dictionary, "components_")
    if isinstance(dictionary, PretrainedSAE):
        return write_weights(dictionary._weights(), folder, format)
    if not isinstance(dictionary, Autoencoder) or len(dictionary._groups()) > 1:
        raise InputError(
            f"{type(dictionary).__name__} is no autoencoder with one group of concepts: other"
            " libraries hold TopKSAE, BatchTopKSAE, JumpReLUSAE, GatedSAE, L1SAE and ArchetypalSAE"
        )
    thresholds = isinstance(dictionary, ThresholdAutoencoder)
    empty = np.empty(0, np.float32)
    weights = Weights(
        encoder=dictionary.encoder_,
        encoder_bias=dictionary.encoder_bias_,
        decoder=dictionary.components_,
        bias=dictionary.bias_,
        threshold=(
            dictionary.threshold_
            if thresholds
            else np.zeros(len(dictionary.components_), np.float32)
        ),
        k=0 if thresholds else dictionary.k,
        log_scale=getattr(dictionary, "log_scale_", empty),
        magnitude_bias=getattr(dictionary, "magnitude_bias_", empty),
    )
    write_weights(weights, folder, format)
