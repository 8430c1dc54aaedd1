"""What can go wrong, and whose fault it is.

::

    BegriffError
    ├── InputError          yours: a value breaks a rule (also a ValueError; exit code 2, HTTP 4xx)
    │   └── NotFoundError   no item, concept or search has this name (HTTP 404)
    ├── AtlasError          the folder: damaged, or newer than this version (exit code 2)
    │   ├── ChangedError    what was opened is gone: it was written again since (HTTP 409)
    │   └── LockedError     another process writes to it (HTTP 503)
    ├── MissingExtraError   an optional part is not installed (also an ImportError; exit code 2)
    └── RemoteError         another machine failed (exit code 2)

Anything else that escapes is ours (exit code 1). Every message names the value, the rule and the way out.
"""

import difflib
from collections.abc import Iterable

__all__ = [
    "AtlasError",
    "BegriffError",
    "ChangedError",
    "InputError",
    "LockedError",
    "MissingExtraError",
    "NotFoundError",
    "RemoteError",
    "unknown",
]


class BegriffError(Exception):
    """Base of every error that begriff raises on purpose."""


class InputError(BegriffError, ValueError):
    """A value given by the caller breaks a rule."""


class NotFoundError(InputError):
    """Nothing has the name that was given; the message lists what is near."""


class AtlasError(BegriffError):
    """An atlas folder is damaged, or written by a newer version."""


class ChangedError(AtlasError):
    """The atlas was written again since it was opened, and what is asked for is gone: open it again."""


class LockedError(AtlasError):
    """Another process writes to the atlas."""


class MissingExtraError(BegriffError, ImportError):
    """An optional part of begriff is needed and not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the [{extra}] extra: pip install 'begriff[{extra}]'")


class RemoteError(BegriffError):
    """A remote service failed or answered nonsense."""


def unknown(kind: str, name: object, known: Iterable[object], *, hint: str = "") -> NotFoundError:
    """An error for a name that does not exist, listing the nearest ones that do."""
    names = [str(k) for k in known]
    near = difflib.get_close_matches(str(name), names, n=5, cutoff=0.4) or names[:8]
    listed = ", ".join(repr(n) for n in near) if near else "none exist"
    return NotFoundError(f"no {kind} {str(name)!r}; near: {listed}{'. ' + hint if hint else ''}")
