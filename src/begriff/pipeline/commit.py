"""Publishing what was built: the manifest of a version."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from begriff.kinds import Dictionary
from begriff.kinds.encoder import Encoder
from begriff.pipeline.plan import Job, described_namer
from begriff.store.manifest import Counts, Described, Made, Manifest, Source

__all__ = ["commit", "described"]

_LIBRARIES = (
    "begriff",
    "numpy",
    "scipy",
    "scikit-learn",
    "torch",
    "pylance",
    "tantivy",
    "transformers",
    "model2vec",
    "umap-learn",
)


def commit(
    job: Job, keys: dict[str, str], n_items: int, n_passages: int, fitted: Dictionary
) -> None:
    """Publish a version: its stages, counts, and what it was made from and with."""
    before = job.store.published
    made: Made = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": _made_from(job, before),
        "encoder": described(job.encoder),
        "dictionary": {"class": type(fitted).__name__, "params": fitted.get_params()},
        "namer": described_namer(job.namer),
        "random_state": job.random_state,
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
    }
    counts: Counts = {"items": n_items, "passages": n_passages}
    version = (before["version"] if before else 0) + 1
    kept: Manifest = {} if job.kept is None else {"erased": list(job.erased), "kept": job.kept}
    if before is not None and before["stages"].get("dictionary") == keys["dictionary"]:
        if "grown" in before:
            kept["grown"] = before["grown"]
        if "fitted_on" in before:
            kept["fitted_on"] = before["fitted_on"]
    job.store.publish(
        {
            "version": version,
            "stages": keys,
            "asked": job.asked,
            "counts": counts,
            "made": made,
            **kept,
        }
    )


def described(encoder: Encoder | None) -> Described | None:
    """An encoder as a manifest keeps it."""
    return (
        None
        if encoder is None
        else {"class": type(encoder).__name__, "settings": encoder.settings()}
    )


def _made_from(job: Job, before: Manifest | None) -> Source:
    """What is known of the source; of a refit without a new one, what was known before."""
    if job.reader is None or job.plan is None:
        assert before is not None
        return before["made"]["source"]
    vectors = str(job.vectors) if isinstance(job.vectors, str | Path) else None
    kinds = job.plan.columns.kinds
    return {
        "name": job.reader.name,
        "address": job.address,
        "fingerprint": job.reader.fingerprint,
        "text": list(job.plan.text),
        "id": job.plan.id,
        "types": kinds,
        "vectors": vectors,
        "on_duplicate": job.on_duplicate,
        "preview": job.is_preview,
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
