"""Where a folder speaks of items by their ids, besides the rows: people's edits, and labels that
models were learnt from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from begriff.store.journal import Journal

__all__ = ["mentioned_ids", "model_files", "read_metadata"]


def mentioned_ids(path: Path) -> set[str]:
    """Ids in seeds, corrections and the labels of models, of items that are there or not."""
    out: set[str] = set()
    for entry in Journal(path / "journal.jsonl").entries():
        out.update(entry.get("yes") or (), entry.get("no") or ())
        if isinstance(entry.get("item"), str):
            out.add(entry["item"])
    for file in model_files(path):
        for meta in read_metadata(file).values():
            labels = meta.get("labels") if isinstance(meta, dict) else None
            out.update(labels if isinstance(labels, dict) else ())
    return out


def model_files(path: Path) -> list[Path]:
    """Files of models, by name."""
    return sorted((path / "models").glob("*.safetensors"))


def read_metadata(file: Path) -> dict[str, Any]:
    """What a .safetensors file says beside its arrays, each value read from JSON; empty for a file
    that is damaged.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "np") as f:
            return {k: json.loads(v) for k, v in (f.metadata() or {}).items()}
    except (OSError, ValueError, SafetensorError):
        return {}
