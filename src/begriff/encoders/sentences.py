"""Any folder of the sentence-transformers library: safetensors and known module types only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from begriff.base import Floats, Progress
from begriff.encoders._passages import passages
from begriff.encoders._prefixed import Prefixed
from begriff.errors import InputError, MissingExtraError

__all__ = ["SentenceTransformer"]

_CHUNK = 2048
_TOKENS_PER_BATCH = 8192
_MODULES = ("Transformer", "Pooling", "Dense", "Normalize")
_POOLINGS = ("cls_token", "mean_tokens", "max_tokens", "lasttoken")
_ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "Sigmoid")
_LONGEST = 8192


class SentenceTransformer(Prefixed):
    """An encoder from a folder as the sentence-transformers library writes it.

    Weights are read from safetensors alone, and nothing in the folder is executed: a module type that is not known, code of a model's own
    or pickled weights are refused. Texts are encoded in chunks of 2,048 rows sorted by length inside a chunk, so a corpus gives the same
    vectors however far an interrupted run had come.

    Parameters
    ----------
    folder : str or Path
    max_tokens : int, optional
        Longest text, by default what the folder says; more is left to passages.
    query_prefix, item_prefix : str, optional
        Put before queries and before items; by default the folder's prompts for "query" and "document" or "passage".
    device : str, default "auto"
    precision : {"auto", "bfloat16", "float32"}, default "auto"
        ``"auto"`` is bfloat16 where products in it are fast.
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
    >>> SentenceTransformer("models/bge-small-en").encode(["protein folding"]).shape  # doctest: +SKIP
    (1, 384)

    Source: Reimers and Gurevych 2019, "Sentence-BERT", arXiv 1908.10084.
    """

    def __init__(
        self,
        folder: str | Path,
        *,
        max_tokens: int | None = None,
        query_prefix: str | None = None,
        item_prefix: str | None = None,
        device: str = "auto",
        precision: str = "auto",
        fingerprint: str | None = None,
    ) -> None:
        if precision not in ("auto", "bfloat16", "float32"):
            raise InputError(f"precision={precision!r}: must be 'auto', 'bfloat16' or 'float32'")
        self.path, self.device, self.precision = Path(folder), device, precision
        self._modules = _read_modules(self.path)
        self.n_dims = self._width()
        longest = self._longest()
        self.max_tokens = min(longest, _LONGEST) if max_tokens is None else max_tokens
        if not 8 <= self.max_tokens <= longest:
            raise InputError(f"max_tokens={max_tokens}: must be from 8 to {longest}, the model's positions")
        prompts = _json(self.path / "config_sentence_transformers.json", {}).get("prompts") or {}
        self.query_prefix = str(prompts.get("query", "")) if query_prefix is None else query_prefix
        self.item_prefix = str(prompts.get("document", prompts.get("passage", ""))) if item_prefix is None else item_prefix
        self.fingerprint = self._digest()
        if fingerprint not in (None, self.fingerprint):
            raise InputError(f"{str(self.path)!r} holds another model than before ({self.fingerprint}, not {fingerprint})")
        prefixes = hashlib.blake2b(json.dumps([self.query_prefix, self.item_prefix]).encode(), digest_size=4).hexdigest()
        self.name = f"{self.fingerprint}-{self.max_tokens}-{prefixes}"
        self._loaded: tuple[Any, Callable[[Any, Any], Any], Any, Any] | None = None
        self._whole: Any = None

    # -- what the folder says ----------------------------------------------------------------------------------------

    def _module(self, kind: str) -> Path:
        return next(p for k, p in self._modules if k == kind)

    def _width(self) -> int:
        dense = [p for k, p in self._modules if k == "Dense"]
        if dense:
            return int(_json(dense[-1] / "config.json")["out_features"])
        hidden = int(_json(self._module("Transformer") / "config.json")["hidden_size"])
        return hidden * len(_poolings(self._module("Pooling")))

    def _longest(self) -> int:
        said = _json(self._module("Transformer") / "sentence_bert_config.json", {}).get("max_seq_length")
        config = _json(self._module("Transformer") / "config.json")
        positions = int(config.get("max_position_embeddings") or _LONGEST)
        if config.get("model_type") in ("roberta", "xlm-roberta", "mpnet", "camembert"):
            positions -= 2  # the first two positions are not for tokens
        return min(int(said or positions), positions)

    def _digest(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for path in sorted(p for p in self.path.rglob("*") if p.suffix == ".safetensors" or p.name in ("config.json", "modules.json")):
            with path.open("rb") as f:
                digest.update(hashlib.file_digest(f, "blake2b").digest())
        return digest.hexdigest()

    # -- loading -----------------------------------------------------------------------------------------------------

    def _tokenizer(self, longest: int | None) -> Any:
        """A tokenizer that is never changed again: several threads may use it at once."""
        from tokenizers import Tokenizer

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

    def _model(self) -> Any:
        from safetensors import SafetensorError
        from transformers import AutoModel

        folder = self._module("Transformer")
        try:
            return AutoModel.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True, use_safetensors=True)
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as e:
            raise InputError(f"the model in {str(folder)!r} cannot be loaded: {' '.join(str(e).split())[:300]}") from e

    def _load(self) -> tuple[Any, Callable[[Any, Any], Any], Any, Any]:
        """Model, head (states and mask -> vectors), tokenizer, device."""
        if self._loaded is None:
            try:
                import torch
                import transformers  # noqa: F401
            except ImportError as e:
                raise MissingExtraError(f"the encoder {type(self).__name__}", "text") from e
            from begriff.nets.training import half_precision, pick_device

            device = pick_device(self.device)
            half = self.precision == "bfloat16" or (self.precision == "auto" and half_precision(device))
            model = self._model().to(device=device, dtype=torch.bfloat16 if half else torch.float32).eval()
            self._loaded = model, _head(self._modules, device), self._tokenizer(self.max_tokens), device
        return self._loaded

    # -- encoding ----------------------------------------------------------------------------------------------------

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Floats:
        out = np.empty((len(texts), self.n_dims), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            tokenizer = self._load()[2]
            ids = [e.ids for e in tokenizer.encode_batch_fast([t or " " for t in texts[start : start + _CHUNK]])]
            done = start
            for rows in _batches([len(i) for i in ids]):
                out[start + rows] = self._forward([ids[r] for r in rows])
                done += len(rows)
                if progress is not None:
                    progress(done, len(texts))
        return out

    def _forward(self, ids: list[list[int]]) -> Floats:
        import torch

        from begriff.nets.training import threads_for

        model, head, _, device = self._load()
        width = max(1, *map(len, ids))
        padded = torch.tensor([i + [0] * (width - len(i)) for i in ids])
        mask = (torch.arange(width) < torch.tensor([len(i) for i in ids])[:, None]).to(device)
        with torch.inference_mode(), threads_for(padded.numel()):
            same = bool(mask.all())
            states = model(padded.to(device), attention_mask=None if same else mask.long()).last_hidden_state.float()
            return np.asarray(torch.nn.functional.normalize(head(states, mask)).cpu().numpy())

    def spans(self, texts: Sequence[str], *, overlap: int = 32) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: at most ``max_tokens`` tokens, sharing ``overlap``."""
        if self._whole is None:
            self._whole = self._tokenizer(None)
        tokenizer = self._whole
        taken = tokenizer.num_special_tokens_to_add(False)
        taken += len(tokenizer.encode(self.item_prefix, add_special_tokens=False).ids) if self.item_prefix else 0
        room = max(self.max_tokens - taken, 4)
        return passages(lambda t: tokenizer.encode_batch(t, add_special_tokens=False), texts, room, min(overlap, room // 2))

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder."""
        return {
            "folder": str(self.path.resolve()),
            "max_tokens": self.max_tokens,
            "query_prefix": self.query_prefix,
            "item_prefix": self.item_prefix,
            "fingerprint": self.fingerprint,
        }


def _json(path: Path, default: Any = None) -> Any:
    if default is not None and not path.exists():
        return default
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        raise InputError(f"{path} cannot be read ({e}): give a folder as sentence-transformers writes it") from e


def _read_modules(folder: Path) -> list[tuple[str, Path]]:
    """Kinds of modules and where they lie; all must be known, and the files that a Transformer needs be there."""
    if not folder.is_dir():
        raise InputError(f"no folder {str(folder)!r}: give one as sentence-transformers writes it")
    found = []
    for module in _json(folder / "modules.json"):
        kind = str(module.get("type", "")).rsplit(".", 1)[-1]
        if kind not in _MODULES or not str(module.get("type", "")).startswith("sentence_transformers."):
            raise InputError(f"{folder.name!r} has a module of type {module.get('type')!r}; known are {', '.join(_MODULES)}")
        path = (folder / str(module.get("path", ""))).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError(f"{folder.name!r} has a module outside its folder ({module.get('path')!r})")
        found.append((kind, path))
    if [k for k, _ in found if k != "Dense"][:2] != ["Transformer", "Pooling"]:
        raise InputError(
            f"{folder.name!r} holds {', '.join(k for k, _ in found) or 'nothing'}: a Transformer and a Pooling must come first"
        )
    first = found[0][1]
    for name in ("config.json", "tokenizer.json"):
        if not (first / name).is_file():
            raise InputError(f"{str(first)!r} holds no {name}")
    if not list(first.glob("*.safetensors")):
        raise InputError(f"{str(first)!r} holds no safetensors; other weights can execute code and are not read: save the model again")
    return found


def _poolings(folder: Path) -> list[str]:
    config = _json(folder / "config.json")
    asked = [k.removeprefix("pooling_mode_") for k, v in config.items() if k.startswith("pooling_mode_") and v is True]
    unknown = [k for k in asked if k not in _POOLINGS]
    if unknown or not asked:
        raise InputError(f"{folder} asks for pooling {unknown[0] if unknown else 'of no kind'!r}; known are {', '.join(_POOLINGS)}")
    return [k for k in _POOLINGS if k in asked]


def _head(modules: list[tuple[str, Path]], device: Any) -> Callable[[Any, Any], Any]:
    """Hidden states (n, n_tokens, n_hidden) and their mask -> vectors (n, n_dims)."""
    import torch

    poolings = _poolings(next(p for k, p in modules if k == "Pooling"))
    layers = [_dense(p, device) for k, p in modules if k == "Dense"]

    def pool(states: Any, mask: Any, kind: str) -> Any:
        if kind == "cls_token":
            return states[:, 0]
        if kind == "mean_tokens":
            return (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        if kind == "max_tokens":
            return states.masked_fill(~mask[:, :, None], -torch.inf).amax(1)
        return states[torch.arange(len(states)), mask.sum(1) - 1]

    def head(states: Any, mask: Any) -> Any:
        out = torch.cat([pool(states, mask, kind) for kind in poolings], dim=1)
        for layer in layers:
            out = layer(out)
        return out

    return head


def _dense(folder: Path, device: Any) -> Any:
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    config = _json(folder / "config.json")
    called = str(config.get("activation_function", "Identity")).rsplit(".", 1)[-1]
    if called not in _ACTIVATIONS:
        raise InputError(f"{folder} has the activation {called!r}; known are {', '.join(_ACTIVATIONS)}")
    try:
        weights = load_file(folder / "model.safetensors")
        linear = torch.nn.Linear(int(config["in_features"]), int(config["out_features"]), bias="linear.bias" in weights)
        linear.load_state_dict({k.removeprefix("linear."): v for k, v in weights.items()})
    except (OSError, SafetensorError, KeyError, RuntimeError) as e:
        raise InputError(f"the Dense module in {folder} cannot be loaded: {e}") from e
    return torch.nn.Sequential(linear, getattr(torch.nn, called)()).to(device).float().eval()


def _batches(lengths: list[int]) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    """Rows by length, cut so that a padded batch holds about ``_TOKENS_PER_BATCH`` tokens."""
    order = np.argsort(lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and lengths[order[stop]] * (stop + 1 - start) <= _TOKENS_PER_BATCH:
            stop += 1
        batches.append(order[start:stop])
        start = stop
    return batches
