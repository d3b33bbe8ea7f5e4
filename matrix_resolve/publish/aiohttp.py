"""Serve a delegation from an aiohttp.web application."""

from aiohttp import web

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import Delegation, check_delegation

__all__ = ["well_known_routes"]


def well_known_routes(delegation: Delegation) -> list[web.RouteDef]:
    """Return routes that serve a delegation, for ``application.add_routes(well_known_routes(delegation))``.

    They answer GET and HEAD; aiohttp answers other methods with 405.

    Args:
        delegation: The delegation to serve.

    Raises:
        TypeError: If *delegation* is not a `Delegation`.
    """
    check_delegation(delegation)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=delegation.body, headers=delegation.headers)

    return [web.get(WELL_KNOWN_PATH, answer)]
