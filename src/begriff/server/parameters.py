"""Query parameters that a route does not know are refused, with the nearest that it knows."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from begriff.errors import InputError, unknown

__all__ = ["known_parameters"]


async def known_parameters(request: Request) -> None:
    """Refuse a request with a query parameter that its route does not have.

    Raises
    ------
    InputError
        Naming it and what is near.
    """
    # which clients of a server with several send along
    known = _names(request.scope["route"].dependant) | {"atlas"}
    for name in request.query_params:
        if name not in known:
            # all of them follow
            near = str(unknown("parameter", name, sorted(known))).partition("; there ")[0]
            raise InputError(
                f"{near}; this address has {', '.join(sorted(known)) or 'no parameters'}"
            )


def _names(dependant: Any) -> set[str]:
    """Names of the query parameters of a route and of what it depends on."""
    return {p.alias for p in dependant.query_params}.union(
        *(_names(d) for d in dependant.dependencies)
    )
