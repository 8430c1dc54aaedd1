"""Any folder of the sentence-transformers library: safetensors and known module types only."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from contextlib import closing
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from begriff.encoders._batches import encoded
from begriff.encoders._passages import passages
from begriff.encoders._prefixed import Prefixed
from begriff.encoders._sentence_folder import check_settings, poolings, read_json, read_modules
from begriff.errors import InputError, MissingExtraError
from begriff.kinds.checks import Floats, Progress
from begriff.kinds.encoder import TokenStates

if TYPE_CHECKING:
    from begriff.encoders._batches import Backend
    from begriff.encoders._modules import Sentences

__all__ = ["check_settings", "SentenceTransformer"]

_CHUNK = 2048
_LOG = logging.getLogger("begriff.encoders")
_LONGEST = 8192


class SentenceTransformer(Prefixed):
    """An encoder from a folder as the sentence-transformers library writes it.

    Weights are read from safetensors alone, and nothing in the folder is executed: a module type
    that is not known, code of a model's own or pickled weights are refused. Texts are encoded in
    chunks of 2,048 rows sorted by length inside a chunk, so a corpus gives the same vectors however
    far an interrupted run had come.

    Parameters
    ----------
    folder : str or Path
    max_tokens : int, optional
        Longest text, by default what the folder says; more is left to passages.
    query_prefix, item_prefix : str, optional
        Put before queries and before items; by default the folder's prompts for "query" and
        "document" or "passage".
    device : str, default "auto"
    precision : {"auto", "bfloat16", "float32"}, default "auto"
        ``"auto"`` is bfloat16 where products in it are fast.
    backend : {"auto", "torch", "openvino"}, default "auto"
        ``"auto"`` is OpenVINO where it is installed, the device is "auto" or "cpu", and its vectors
        are those of torch. The model is converted at the first use, and kept in the cache folder.
    fingerprint : str, optional
        Refuse a folder whose weights have another one.

    Attributes
    ----------
    name : str
    n_dims : int

    Raises
    ------
    InputError
        For a folder that is missing, incomplete, or holds what cannot be read safely.

    Examples
    --------
    >>> from begriff.encoders import SentenceTransformer
    >>> SentenceTransformer("models/bge-small-en").encode(
    ...     ["protein folding"]
    ... ).shape  # doctest: +SKIP
    (1, 384)

    Source: Reimers and Gurevych 2019, "Sentence-BERT", arXiv 1908.10084.
    """

    has_tokens: ClassVar[bool] = True

    def __init__(
        self,
        folder: str | Path,
        *,
        max_tokens: int | None = None,
        query_prefix: str | None = None,
        item_prefix: str | None = None,
        device: str = "auto",
        precision: str = "auto",
        backend: str = "auto",
        fingerprint: str | None = None,
    ) -> None:
        check_settings(precision, backend)
        self.path, self.device, self.precision, self.backend = (
            Path(folder),
            device,
            precision,
            backend,
        )
        self._modules = read_modules(self.path)
        self.n_dims = self._width()
        longest = self._longest()
        self.max_tokens = min(longest, _LONGEST) if max_tokens is None else max_tokens
        if not 8 <= self.max_tokens <= longest:
            raise InputError(
                f"max_tokens={max_tokens}: must be from 8 to {longest}, the model's positions"
            )
        prompts = (
            read_json(self.path / "config_sentence_transformers.json", {}).get("prompts") or {}
        )
        self.query_prefix = str(prompts.get("query", "")) if query_prefix is None else query_prefix
        self.item_prefix = (
            str(prompts.get("document", prompts.get("passage", "")))
            if item_prefix is None
            else item_prefix
        )
        self.fingerprint = self._digest()
        if fingerprint not in (None, self.fingerprint):
            raise InputError(
                f"{str(self.path)!r} holds another model than before ({self.fingerprint}, not"
                f" {fingerprint})"
            )
        prefixes = hashlib.blake2b(
            json.dumps([self.query_prefix, self.item_prefix]).encode(), digest_size=4
        ).hexdigest()
        self.name = f"{self.fingerprint}-{self.max_tokens}-{prefixes}"
        self._loaded: Backend | None = None

    # -- what the folder says
    # ----------------------------------------------------------------------------------------

    def _module(self, kind: str) -> Path:
        return next(p for k, p in self._modules if k == kind)

    def _width(self) -> int:
        dense = [p for k, p in self._modules if k == "Dense"]
        if dense:
            return int(read_json(dense[-1] / "config.json")["out_features"])
        hidden = int(read_json(self._module("Transformer") / "config.json")["hidden_size"])
        return hidden * len(poolings(self._module("Pooling")))

    def _longest(self) -> int:
        said = read_json(self._module("Transformer") / "sentence_bert_config.json", {}).get(
            "max_seq_length"
        )
        config = read_json(self._module("Transformer") / "config.json")
        positions = int(config.get("max_position_embeddings") or _LONGEST)
        if config.get("model_type") in ("roberta", "xlm-roberta", "mpnet", "camembert"):
            positions -= 2  # the first two positions are not for tokens
        return min(int(said or positions), positions)

    def _digest(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for path in sorted(
            p
            for p in self.path.rglob("*")
            if p.suffix == ".safetensors" or p.name in ("config.json", "modules.json")
        ):
            with path.open("rb") as f:
                digest.update(hashlib.file_digest(f, "blake2b").digest())
        return digest.hexdigest()

    # -- loading
    # ----------------------------------------------------------------------------------------------

    def _tokenizer(self, longest: int | None) -> Any:
        """A tokenizer that is never changed again: several threads may use it at once."""
        try:
            from tokenizers import Tokenizer
        except ImportError as e:
            raise MissingExtraError(f"the encoder {type(self).__name__}", "text") from e
        path = self._module("Transformer") / "tokenizer.json"
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as e:  # the library raises no kind of its own
            raise InputError(f"{path} is no readable tokenizer: {e}") from e
        tokenizer.no_padding()
        if longest is None:
            tokenizer.no_truncation()
        else:
            tokenizer.enable_truncation(longest)
        return tokenizer

    @cached_property
    def _short(self) -> Any:
        return self._tokenizer(self.max_tokens)

    @cached_property
    def _whole(self) -> Any:
        return self._tokenizer(None)

    def _model(self) -> Any:
        from safetensors import SafetensorError
        from transformers import AutoModel

        folder = self._module("Transformer")
        try:
            return AutoModel.from_pretrained(
                str(folder), trust_remote_code=False, local_files_only=True, use_safetensors=True
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as e:
            raise InputError(
                f"the model in {str(folder)!r} cannot be loaded: {' '.join(str(e).split())[:300]}"
            ) from e

    def _sentences(self) -> Sentences:
        """The whole of the folder's modules, in torch."""
        try:
            import torch  # noqa: F401
            import transformers  # noqa: F401
        except ImportError as e:
            raise MissingExtraError(f"the encoder {type(self).__name__}", "text") from e
        from begriff.encoders._modules import Sentences, dense

        layers = [dense(p, read_json(p / "config.json")) for k, p in self._modules if k == "Dense"]
        return Sentences(self._model(), poolings(self._module("Pooling")), layers)

    def _load(self) -> Backend:
        if self._loaded is None:
            self._loaded = self._in_openvino() if self._picked() == "openvino" else self._in_torch()
        return self._loaded

    def _picked(self) -> str:
        """The backend that is used: OpenVINO where it is installed, and nobody asked for torch or
        another device.
        """
        if self.backend != "auto":
            return self.backend
        return (
            "openvino"
            if self.device in ("auto", "cpu") and find_spec("openvino") is not None
            else "torch"
        )

    def _in_openvino(self) -> Backend:
        from begriff.encoders._openvino import in_openvino

        try:
            return in_openvino(self.fingerprint, self.precision, self._sentences)
        # it cannot run this model, or what it makes of it cannot be kept
        except (InputError, OSError) as e:
            if self.backend == "openvino":
                raise
            _LOG.warning("%s runs in torch, since OpenVINO cannot run it: %s", self.name, e)
            return self._in_torch()

    def _in_torch(self) -> Backend:
        module = self._sentences()
        from begriff.encoders._modules import in_torch
        from begriff.nets.training import half_precision, pick_device

        device = pick_device(self.device)
        return in_torch(
            module,
            device,
            self.precision == "bfloat16" or (self.precision == "auto" and half_precision(device)),
        )

    # -- encoding
    # ----------------------------------------------------------------------------------------------

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Floats:
        out = np.empty((len(texts), self.n_dims), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            ids = [
                e.ids
                for e in self._short.encode_batch_fast(
                    [t or " " for t in texts[start : start + _CHUNK]]
                )
            ]
            done = start
            with closing(encoded(self._load(), ids)) as batches:
                for rows, vectors in batches:
                    out[start + rows] = vectors
                    done += len(rows)
                    if progress is not None:
                        progress(done, len(texts))
        return out

    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: at most ``max_tokens`` tokens,
        sharing ``overlap``.
        """
        tokenizer = self._whole
        taken = tokenizer.num_special_tokens_to_add(False)
        taken += (
            len(tokenizer.encode(self.item_prefix, add_special_tokens=False).ids)
            if self.item_prefix
            else 0
        )
        room = max(self.max_tokens - taken, 4)
        return passages(
            lambda t: tokenizer.encode_batch(t, add_special_tokens=False),
            texts,
            room,
            min(overlap, room // 2),
        )

    def tokenised(self, texts: Sequence[str]) -> list[Any]:
        """Tokens of every item as the network reads them: ``ids`` and ``offsets`` of each."""
        return list(self._short.encode_batch([self.item_prefix + t or " " for t in texts]))

    def network(self) -> Sentences:
        """A network of its own, in float32 on the CPU: tokens and mask (n_texts, n_tokens) -> unit
        vectors (n_texts, n_dims).

        Raises
        ------
        MissingExtraError
            Without torch.
        """
        return self._sentences().float().eval()

    @cached_property
    def _states(self) -> Sentences:
        return self.network()

    def tokens(self, texts: Sequence[str]) -> TokenStates:
        """States of the last layer of every token, the added ones included."""
        from begriff.encoders._modules import token_states

        items, prefix = self.tokenised(texts), len(self.item_prefix)
        values = token_states(self._states, [e.ids for e in items])
        spans = np.array([s for e in items for s in e.offsets], dtype=np.int64).reshape(-1, 2)
        owner = np.repeat(np.arange(len(items)), [len(e.ids) for e in items])
        return TokenStates(values, owner, np.maximum(spans - prefix, 0))

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder."""
        return {
            "folder": str(self.path.resolve()),
            "max_tokens": self.max_tokens,
            "query_prefix": self.query_prefix,
            "item_prefix": self.item_prefix,
            "fingerprint": self.fingerprint,
        }
