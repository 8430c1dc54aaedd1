"""Work that takes longer than a request: one job at a time, asked after until it has ended."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from begriff.documents.models import Document
from begriff.errors import BegriffError, LockedError, unknown
from begriff.server.problems import Problem, described

__all__ = ["Job", "Jobs"]

_KEPT = 20
_LOG = logging.getLogger("begriff.server")
Meter = Callable[[str, int, int], None]


class Job(Document):
    """A piece of work: what it is, how far it is, and its result or what went wrong.

    ``stage``, ``done`` and ``total`` say how far it is; ``total`` is 0 where that is not known.
    """

    id: str
    kind: str
    atlas: str
    state: Literal["running", "done", "failed"]
    stage: str
    done: int
    total: int
    result: dict[str, Any] | None = None
    problem: Problem | None = None


@dataclass
class Jobs:
    """Runs one job at a time on a thread of its own; the last 20 are remembered until the server
    ends.
    """

    _jobs: OrderedDict[str, Job] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, kind: str, atlas: str, work: Callable[[Meter], BaseModel]) -> Job:
        """Begin a job; ``work`` is called with a meter and gives the result.

        Raises
        ------
        LockedError
            While another one runs.
        """
        with self._lock:
            running = [j for j in self._jobs.values() if j.state == "running"]
            if running:
                raise LockedError(
                    f"the job {running[0].id} ({running[0].kind}) still runs: wait for it to end"
                )
            job = Job(
                id=secrets.token_hex(8),
                kind=kind,
                atlas=atlas,
                state="running",
                stage="",
                done=0,
                total=0,
            )
            self._jobs[job.id] = job
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
        threading.Thread(
            target=self._run, args=(job.id, work), name="begriff-job", daemon=True
        ).start()
        return job

    def get(self, id: str) -> Job:
        """How a job is.

        Raises
        ------
        NotFoundError
            For one that is not known, or too long ago.
        """
        with self._lock:
            if id not in self._jobs:
                raise unknown("job", id, list(self._jobs))
            return self._jobs[id]

    def _run(self, id: str, work: Callable[[Meter], BaseModel]) -> None:
        try:
            result = work(
                lambda stage, done, total: self._set(id, stage=stage, done=done, total=total)
            )
            self._set(id, state="done", result=result.model_dump(mode="json"))
        except Exception as e:
            if not isinstance(e, BegriffError | OSError):
                _LOG.exception("the job %s failed", id)
            self._set(id, state="failed", problem=described(e))

    def _set(self, id: str, **fields: Any) -> None:
        with self._lock:
            if id in self._jobs:
                self._jobs[id] = self._jobs[id].model_copy(update=fields)
