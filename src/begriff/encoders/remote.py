"""An encoder behind an HTTP endpoint that speaks as OpenAI's does."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

import numpy as np

from begriff.encoders._prefixed import Prefixed
from begriff.errors import InputError, MissingExtraError, RemoteError
from begriff.kinds.checks import Floats, Progress

__all__ = ["Remote"]

KEY, OPENAI_KEY = "BEGRIFF_ENCODER_KEY", "OPENAI_API_KEY"
HOSTS = "BEGRIFF_ENCODER_HOSTS"
_HERE = ("localhost", "127.0.0.1", "::1")
_LARGEST = 256 * 2**20
_FINAL = (400, 401, 403, 404, 405, 413, 422)
_CHARS_A_TOKEN = 4
_LONGEST_WAIT = 60.0
_OVERLAP = 100
_SETTINGS = ("query_prefix", "item_prefix", "requests_per_minute", "price", "timeout", "attempts")


class Remote(Prefixed):
    """Texts are sent to ``URL/embeddings`` in batches; what fails for a while is tried again.

    A server that is busy, slow, gone or answers nonsense is asked again, after a pause that doubles
    and that the server may set (``Retry-After``). What it refuses for good raises at once. An
    interrupted build goes on where it was: at most the batches under way are paid for twice. The
    key is read from ``BEGRIFF_ENCODER_KEY``, or for api.openai.com from ``OPENAI_API_KEY``, and is
    written nowhere. An atlas that names an endpoint gets neither texts nor key to it unless it is
    on this machine or ``BEGRIFF_ENCODER_HOSTS`` lists its host.

    Parameters
    ----------
    url : str
        As ``"https://api.openai.com/v1"``.
    model : str
    batch : int, default 64
        Texts in a request.
    workers : int, default 4
        Requests under way at once.
    max_chars : int, default 2000
        Longest text; more is left to passages.
    query_prefix, item_prefix : str
        Put before queries and before items.
    requests_per_minute : float, optional
    price : float, optional
        Of a million tokens, for the estimate.
    timeout : float, default 60
        Seconds that one answer may take.
    attempts : int, default 6
    n_dims : int, optional
        Width of a vector; by default the server is asked.

    Attributes
    ----------
    name : str
    n_dims : int

    Raises
    ------
    InputError
        For values out of range.

    Examples
    --------
    >>> from begriff.encoders import Remote
    >>> Remote("http://localhost:8000/v1", "bge-small-en", n_dims=384).name
    'remote-bge-small-en-2000-50e87cdd'
    """

    remote: ClassVar[bool] = True

    def __init__(
        self,
        url: str,
        model: str,
        *,
        batch: int = 64,
        workers: int = 4,
        max_chars: int = 2000,
        query_prefix: str = "",
        item_prefix: str = "",
        requests_per_minute: float | None = None,
        price: float | None = None,
        timeout: float = 60.0,
        attempts: int = 6,
        n_dims: int | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"url={url!r}: must start with http:// or https:// and name a host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise InputError(
                f"the address of {parts.hostname} holds a name, a key or a query: set the key in"
                f" {KEY}"
            )
        if not model:
            raise InputError("give the name of the model that the endpoint is to use")
        for name, value, low, high in [
            ("batch", batch, 1, 2048),
            ("workers", workers, 1, 64),
            ("max_chars", max_chars, 100, 10**6),
        ]:
            if not low <= value <= high:
                raise InputError(f"{name}={value}: must be from {low:,} to {high:,}")
        if (
            timeout <= 0
            or attempts < 1
            or (requests_per_minute is not None and requests_per_minute <= 0)
        ):
            raise InputError(
                f"timeout={timeout}, attempts={attempts},"
                f" requests_per_minute={requests_per_minute}: must be above 0"
            )
        self.host = parts.hostname
        self.url, self.model, self.batch, self.workers, self.max_chars = (
            url.rstrip("/"),
            model,
            batch,
            workers,
            max_chars,
        )
        self.query_prefix, self.item_prefix = query_prefix, item_prefix
        self.requests_per_minute, self.price, self.timeout, self.attempts = (
            requests_per_minute,
            price,
            timeout,
            attempts,
        )
        self.chunk = batch * workers
        prefixes = hashlib.blake2b(
            repr((query_prefix, item_prefix)).encode(), digest_size=4
        ).hexdigest()
        self.name = f"remote-{model}-{max_chars}-{prefixes}"
        self._free, self._lock = 0.0, threading.Lock()
        if n_dims is not None:
            self.n_dims = n_dims

    @cached_property
    def n_dims(self) -> int:  # type: ignore[override]
        """Width of a vector."""
        return int(self._ask(["a"], threading.Event()).shape[1])

    def _encode(self, texts: Sequence[str], progress: Progress | None) -> Floats:
        out = np.empty((len(texts), self.n_dims), dtype=np.float32)
        starts, stop = range(0, len(texts), self.batch), threading.Event()
        with ThreadPoolExecutor(self.workers) as pool:
            jobs = {
                pool.submit(self._ask, list(texts[s : s + self.batch]), stop): s for s in starts
            }
            try:
                done = 0
                for job in as_completed(jobs):  # the first that fails ends it, whichever it is
                    start, found = jobs[job], job.result()
                    if found.shape[1] != self.n_dims:
                        raise RemoteError(
                            f"{self.url} answered with {found.shape[1]} dimensions, before with"
                            f" {self.n_dims}: is it one model?"
                        )
                    out[start : start + len(found)] = found
                    done += len(found)
                    if progress is not None:
                        progress(done, len(texts))
            except BaseException:
                stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return out

    def spans(
        self, texts: Sequence[str], *, overlap: int = _OVERLAP
    ) -> list[list[tuple[int, int]]]:
        """For every text the character ranges of its passages: at most ``max_chars`` characters,
        cut between words, sharing ``overlap``.
        """
        return [_pieces(t, self.max_chars, min(overlap, self.max_chars // 4)) for t in texts]

    def estimate(self, n_chars: int) -> str:
        """How many tokens, requests and minutes, and what they cost where the price is known."""
        tokens = n_chars / _CHARS_A_TOKEN
        requests = max(1, round(n_chars / self.max_chars / self.batch))
        said = (
            f"about {tokens / 1e6:,.2f} million tokens in at least {requests:,} requests to"
            f" {self.url} ({self.model})"
        )
        if self.requests_per_minute is not None:
            said += (
                f", {requests / self.requests_per_minute:,.0f} minutes at"
                f" {self.requests_per_minute:g} requests a minute"
            )
        return (
            said
            if self.price is None
            else f"{said}; about {tokens / 1e6 * self.price:,.2f} at {self.price:g} a million"
        )

    def settings(self) -> dict[str, Any]:
        """Keyword arguments that make an equal encoder; no key among them."""
        names = ("url", "model", "batch", "workers", "max_chars", *_SETTINGS)
        return {**{n: getattr(self, n) for n in names}, "n_dims": self.n_dims}

    @classmethod
    def restore(cls, settings: Mapping[str, Any]) -> Remote:
        """The encoder that an atlas names.

        Raises
        ------
        InputError
            When its host is neither this machine nor listed in ``BEGRIFF_ENCODER_HOSTS``.
        """
        made = cls(**settings)
        if made.host not in (*_HERE, *os.environ.get(HOSTS, "").replace(",", " ").split()):
            raise InputError(
                f"this atlas sends texts to {made.url}, because it was made there: allow it with"
                f" {HOSTS}={made.host}, or search with mode 'text'"
            )
        return made

    # -- one request
    # ----------------------------------------------------------------------------------------------

    @cached_property
    def _http(self) -> Any:
        try:
            import httpx
        except ImportError as e:
            raise MissingExtraError("encoding over HTTP", "client") from e
        key = os.environ.get(KEY) or (
            os.environ.get(OPENAI_KEY) if self.host == "api.openai.com" else None
        )
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx.Client(
            timeout=httpx.Timeout(self.timeout, connect=min(10.0, self.timeout)), headers=headers
        )

    def _ask(self, texts: list[str], stop: threading.Event) -> Floats:
        """Unit vectors of one batch, however often it has to be asked for, unless another batch
        failed for good.
        """
        import httpx

        said = ""
        for attempt in range(self.attempts):
            self._wait_for_turn(stop)
            pause = min(_LONGEST_WAIT, 2.0**attempt) * random.uniform(0.5, 1.0)
            try:
                status, headers, body = self._post(
                    {"model": self.model, "input": [t or " " for t in texts]}
                )
                if status == 200:
                    return _vectors(body, len(texts))
                said = f"{status}: {' '.join(body.decode('utf-8', 'replace').split())[:300]}"
                if status in _FINAL:
                    raise RemoteError(f"{self.url} refused ({said}){_hint(status)}")
                pause = max(pause, _retry_after(headers.get("Retry-After")))
            except (httpx.TransportError, httpx.DecodingError, ValueError, RecursionError) as e:
                said = f"{type(e).__name__}: {e}"
            if attempt + 1 < self.attempts and stop.wait(pause):
                break
        raise RemoteError(
            f"{self.url} failed {self.attempts} times (last: {said}): run the same command again to"
            " go on where it was"
        )

    def _post(self, body: dict[str, Any]) -> tuple[int, Any, bytes]:
        """Status, headers and body of an answer of bounded size, which took no longer than it may
        in all.
        """
        import httpx

        until, content = time.monotonic() + self.timeout, bytearray()
        with self._http.stream("POST", f"{self.url}/embeddings", json=body) as answer:
            for part in answer.iter_bytes():
                content += part
                if len(content) > _LARGEST:
                    raise ValueError(f"an answer of more than {_LARGEST:,} bytes")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout(f"the answer took longer than {self.timeout:g} seconds")
            return answer.status_code, answer.headers, bytes(content)

    def _wait_for_turn(self, stop: threading.Event) -> None:
        """Keep the number of requests a minute."""
        if self.requests_per_minute is None:
            return
        with self._lock:
            now = time.monotonic()
            at = max(now, self._free)
            self._free = at + 60.0 / self.requests_per_minute
        stop.wait(at - now)


def _vectors(body: bytes, n: int) -> Floats:
    """What a server answered, as unit vectors (n, n_dims).

    Raises
    ------
    ValueError
        When it is no answer to n texts.
    """
    answer = json.loads(body)
    data = answer.get("data") if isinstance(answer, dict) else None
    if (
        not isinstance(data, list)
        or len(data) != n
        or not all(isinstance(d, dict) and isinstance(d.get("embedding"), list) for d in data)
    ):
        raise ValueError(f"no embeddings of {n} texts in the answer")
    places = [d.get("index", i) for i, d in enumerate(data)]
    if sorted(p for p in places if isinstance(p, int)) != list(range(n)):
        raise ValueError("the answer numbers its embeddings otherwise than 0, 1, ...")
    if len({len(d["embedding"]) for d in data}) != 1 or not data[0]["embedding"]:
        raise ValueError("embeddings of several lengths in one answer")
    try:
        found = np.array([d["embedding"] for d in data], dtype=np.float64)
    except (TypeError, ValueError) as e:
        raise ValueError("embeddings that are no numbers") from e
    norm = np.linalg.norm(found, axis=1, keepdims=True)
    if found.ndim != 2 or not np.isfinite(found).all() or not (norm > 0).all():
        raise ValueError("embeddings that are not finite, or zero")
    out = np.empty(found.shape, dtype=np.float32)
    out[places] = found / norm
    return out


def _retry_after(said: str | None) -> float:
    """Seconds that a server asks to wait: a number, or a date; at most a minute."""
    if not said:
        return 0.0
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _hint(status: int) -> str:
    return f": set the key in {KEY}" if status in (401, 403) else ""


def _pieces(text: str, longest: int, overlap: int) -> list[tuple[int, int]]:
    spans, start = [], 0
    while len(text) - start > longest:
        stop = text.rfind(" ", start + longest // 2, start + longest) + 1 or start + longest
        spans.append((start, stop))
        start = stop - overlap
    return [*spans, (start, len(text))]
