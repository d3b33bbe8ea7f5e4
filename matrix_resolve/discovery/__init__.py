"""The specification's algorithm for resolving Matrix server names, and its pure rules. No IO, no clock and no randomness."""

from ..models import Endpoint
from .srv import NO_RECORD, SrvAnswer
from .steps import Discovery, DiscoveryLookups, discover, discover_delegated

__all__ = ["NO_RECORD", "Discovery", "DiscoveryLookups", "Endpoint", "SrvAnswer", "discover", "discover_delegated"]
