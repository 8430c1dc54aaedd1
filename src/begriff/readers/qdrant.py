"""A client of Qdrant that executes nothing."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from begriff.errors import InputError, MissingExtraError, RemoteError

__all__ = ["open_client", "place_of"]

KEY = "QDRANT_API_KEY"
_PLAIN = {("uuid", "UUID"), *(("datetime", name) for name in ("datetime", "date", "timedelta", "timezone"))}


@contextlib.contextmanager
def open_client(place: str) -> Iterator[Any]:
    """A client of a server (``http://``, ``https://``; its key from ``QDRANT_API_KEY``), or of a folder of the embedded mode.

    The embedded mode keeps pickled points, which could execute anything; here they are read by an unpickler that knows the classes of
    points alone.

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
        made: Any = lambda: QdrantClient(url=place, api_key=os.environ.get(KEY), timeout=60, check_compatibility=False)  # noqa: E731
    elif not (Path(place) / "meta.json").is_file():
        raise InputError(f"{place!r} is neither an address (http://...) nor a folder of Qdrant's embedded mode")
    else:
        made = lambda: QdrantClient(path=place)  # noqa: E731
    persistence: Any = stored
    trusting, persistence.pickle = persistence.pickle, SimpleNamespace(loads=_loads, dumps=pickle.dumps)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client = made()
            try:
                yield client
            finally:
                client.close()
    except pickle.UnpicklingError as e:
        raise InputError(f"{place!r} holds what is no point ({e}): it was not read") from e
    except (HTTPError, ApiException, QdrantException) as e:
        raise RemoteError(f"{place} does not answer as Qdrant does: {' '.join(str(e).split())[:300]}") from e
    except RuntimeError as e:
        raise InputError(f"{place!r} cannot be opened: {' '.join(str(e).split())[:300]}") from e
    finally:
        persistence.pickle = trusting


def place_of(field: str) -> str:
    """The column of a payload field: the id of the point takes the name ``id``."""
    return "payload_id" if field == "id" else field


class _Points(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN or (module == "qdrant_client.http.models.models" and name.isidentifier()):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def _loads(raw: bytes) -> Any:
    return _Points(io.BytesIO(raw)).load()
