"""A testbed in which example.org delegates to a homeserver elsewhere."""

from matrix_resolve import (
    HttpResponse,
    Resolution,
)
from tests.spec.testbed import Testbed, addresses, hs, shown, well_known

GOOD = HttpResponse(200, (), b'{"m.server":"hs.example.net:443"}')
DELEGATED = hs(443, "hs.example.net:443")
DELEGATED_LOOKUPS = [*well_known("example.org"), *addresses("hs.example.net")]


def targets(resolution: Resolution) -> list[str]:
    return [shown(target) for target in resolution.targets]


def delegating() -> Testbed:
    testbed = Testbed()
    testbed.well_known(GOOD)
    return testbed
