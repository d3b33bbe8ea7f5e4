"""The delegation as routes of an aiohttp.web application."""

from aiohttp import web

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import Delegation, check_delegation


def well_known_routes(delegation: Delegation) -> list[web.RouteDef]:
    """Give the routes, for ``application.add_routes(well_known_routes(delegation))``.

    GET and HEAD are answered; aiohttp refuses other methods with 405.

    Args:
        delegation: What is served.

    Raises:
        TypeError: If *delegation* is none.
    """
    check_delegation(delegation)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=delegation.body, headers=delegation.headers)

    return [web.get(WELL_KNOWN_PATH, answer)]
