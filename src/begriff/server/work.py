"""Blocking work on a bounded pool of threads, each call with a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["BusyError", "TooSlowError", "Work"]

T = TypeVar("T")


class BusyError(Exception):
    """More requests wait than the server will hold."""


class TooSlowError(Exception):
    """A request took longer than its limit."""


class Work:
    """Runs functions on threads.

    Parameters
    ----------
    threads : int
    waiting : int
        Requests that may wait for a thread; one more is refused at once.
    limit : float
        Seconds that a request may take, waiting included. Its thread is not killed, but its place
        is taken until it ends.

    Notes
    -----
    Edits have threads of their own: they may wait for another process that writes, and readers do
    not wait with them.
    """

    def __init__(self, threads: int, waiting: int, limit: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="begriff")
        self._edits = ThreadPoolExecutor(threads, thread_name_prefix="begriff-edit")
        self._most, self._now, self._limit = threads + waiting, 0, limit

    async def run(self, job: Callable[[], T], *, edit: bool = False) -> T:
        """The job's result.

        Raises
        ------
        BusyError
            When too many wait.
        TooSlowError
            When the limit has passed.
        """
        if self._now >= self._most:
            raise BusyError
        loop = asyncio.get_running_loop()
        self._now += 1
        future = (self._edits if edit else self._pool).submit(job)
        future.add_done_callback(
            lambda _: loop.call_soon_threadsafe(self._done) if not loop.is_closed() else None
        )
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._limit)
        except TimeoutError as e:
            raise TooSlowError from e

    def _done(self) -> None:
        self._now -= 1

    def close(self) -> None:
        """Let running jobs end, drop waiting ones."""
        for pool in (self._pool, self._edits):
            pool.shutdown(wait=False, cancel_futures=True)
