"""Where encoders keep what they make once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["cache_folder", "made_once"]


def cache_folder() -> Path:
    """``BEGRIFF_CACHE``, else ``~/.cache/begriff``."""
    given = os.environ.get("BEGRIFF_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "begriff"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name in the cache; where there is none, ``make`` fills one that is moved
    into place in one step.
    """
    folder = cache_folder() / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        make(work)
        work.chmod(0o755)
        try:
            work.replace(folder)
        except OSError:  # another process was faster
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder
