"""Publish a well-known document that tells other servers where yours is.

`Delegation` checks what is published. It is served by routes for aiohttp (``publish.aiohttp``), by an ASGI application
(``publish.asgi``), by a separate server (``matrix-resolve serve``), or by any web server from the file that `write_well_known` writes.
"""

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import DEFAULT_MAX_AGE, Delegation
from .static_file import write_well_known

__all__ = ["DEFAULT_MAX_AGE", "WELL_KNOWN_PATH", "Delegation", "write_well_known"]
