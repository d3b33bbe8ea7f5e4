"""Publish a well-known document, so that other servers find your homeserver.

`Delegation` validates what is published. It can be served by routes for aiohttp (``publish.aiohttp``), by an ASGI application
(``publish.asgi``), by a separate server (``matrix-resolve serve``), or by any web server from the file that `write_well_known` writes.
"""

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import DEFAULT_MAX_AGE, Delegation
from .static_file import write_well_known

__all__ = ["DEFAULT_MAX_AGE", "WELL_KNOWN_PATH", "Delegation", "write_well_known"]
