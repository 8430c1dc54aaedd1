"""A client of Qdrant that executes nothing."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sqlite3
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from begriff.errors import BegriffError, InputError, MissingExtraError, RemoteError

__all__ = ["open_client", "place_of"]

KEY = "QDRANT_API_KEY"
_PLAIN = {
    ("uuid", "UUID"),
    *(("datetime", name) for name in ("datetime", "date", "timedelta", "timezone")),
}


@contextlib.contextmanager
def open_client(place: str) -> Iterator[Any]:
    """A client of a server (``http://``, ``https://``; its key from ``QDRANT_API_KEY``), or of a
    folder of the embedded mode.

    The embedded mode keeps pickled points, which could execute anything; here they are read by an
    unpickler that knows the classes of points alone.

    Raises
    ------
    InputError
        When the folder is none of Qdrant's, is in use, or holds what is no point.
    RemoteError
        When the server does not answer, or refuses.
    MissingExtraError
        Without the ``[qdrant]`` extra.
    """
    try:
        from httpx import HTTPError
        from qdrant_client import QdrantClient
        from qdrant_client.common.client_exceptions import QdrantException
        from qdrant_client.http.exceptions import ApiException
        from qdrant_client.local import persistence as stored
    except ImportError as e:
        raise MissingExtraError("reading Qdrant", "qdrant") from e
    if place.startswith(("http://", "https://")):
        where: dict[str, Any] = {
            "url": place,
            "api_key": os.environ.get(KEY),
            "timeout": 60,
            "check_compatibility": False,
        }
    elif not (Path(place) / "meta.json").is_file():
        raise InputError(
            f"{place!r} is neither an address (http://...) nor a folder of Qdrant's embedded mode"
        )
    else:
        where = {"path": place}
    with _distrust(stored), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with contextlib.closing(QdrantClient(**where)) as client:
                yield client
        except pickle.UnpicklingError as e:
            raise InputError(f"{place!r} holds what is no point ({e}): it was not read") from e
        except (HTTPError, ApiException, QdrantException) as e:
            raise RemoteError(
                f"{place} does not answer as Qdrant does: {' '.join(str(e).split())[:300]}"
            ) from e
        except BegriffError:
            raise
        except (
            sqlite3.Error,
            RuntimeError,
            ValueError,
            KeyError,
            TypeError,
            EOFError,
            AttributeError,
        ) as e:
            raise InputError(
                f"{place!r} cannot be read: {' '.join(str(e).split())[:300] or type(e).__name__}"
            ) from e


_lock, _open, _trusting = threading.Lock(), 0, pickle


@contextlib.contextmanager
def _distrust(stored: Any) -> Iterator[None]:
    """While any client is open, the embedded mode reads with an unpickler that knows
    points alone.
    """
    global _open, _trusting
    with _lock:
        if not _open:
            _trusting, stored.pickle = (
                stored.pickle,
                SimpleNamespace(loads=_loads, dumps=pickle.dumps),
            )
        _open += 1
    try:
        yield
    finally:
        with _lock:
            _open -= 1
            if not _open:
                stored.pickle = _trusting


def place_of(field: str) -> str:
    """The column of a payload field: the id of the point takes the name ``id``."""
    return "payload_id" if field == "id" else field


class _Points(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN or (
            module == "qdrant_client.http.models.models" and name.isidentifier()
        ):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _loads(raw: bytes) -> Any:
    return _Points(io.BytesIO(raw)).load()
