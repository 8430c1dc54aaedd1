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

Anything else that escapes is ours (exit code 1). Every message names the value, the rule and the
way out.
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

_ALIKE = 0.6
_FEW = 12


class BegriffError(Exception):
    """Base of every error that begriff raises on purpose."""


class InputError(BegriffError, ValueError):
    """A value given by the caller breaks a rule."""


class NotFoundError(InputError):
    """Nothing has the name that was given; the message lists what is near."""


class AtlasError(BegriffError):
    """An atlas folder is damaged, or written by a newer version."""


class ChangedError(AtlasError):
    """The atlas was written again since it was opened, and what is asked for is gone: open it
    again.
    """


class LockedError(AtlasError):
    """Another process writes to the atlas."""


class MissingExtraError(BegriffError, ImportError):
    """An optional part of begriff is needed and not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs the [{extra}] extra: pip install 'begriff[{extra}]'")


class RemoteError(BegriffError):
    """A remote service failed or answered nonsense."""


def unknown(kind: str, name: object, known: Iterable[object], *, hint: str = "") -> NotFoundError:
    """An error for a name that does not exist, listing the nearest ones that do; all of them where
    they are few.
    """
    names = list(dict.fromkeys(map(str, known)))
    near = _near(str(name), names)
    if near:
        listed = f"near: {', '.join(map(repr, near))}"
    elif len(names) <= _FEW:
        listed = (
            f"there {'is' if len(names) == 1 else 'are'}: {', '.join(map(repr, names))}"
            if names
            else "none exist"
        )
    else:
        listed = "nothing has a name like it"
    return NotFoundError(f"no {kind} {str(name)!r}; {listed}{'. ' + hint if hint else ''}")


def _near(name: str, names: list[str]) -> list[str]:
    """At most five names that are spelled like one, nearest first, then those that contain it or
    begin alike; case does not count.
    """
    wanted = name.casefold().strip()
    matcher = difflib.SequenceMatcher(b=wanted)
    scores: dict[str, float] = {}
    for known in names:
        text = known.casefold()
        matcher.set_seq1(text)
        alike = matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0
        related = len(wanted) > 2 and (wanted in text or text.startswith(wanted[:3]))
        scores[known] = max(alike, _ALIKE if related else 0.0)
    return [n for n in sorted(names, key=lambda n: -scores[n]) if scores[n] >= _ALIKE][:5]
