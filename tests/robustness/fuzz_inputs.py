"""All fuzz targets by name. The files next to this one make the hostile inputs and check the results."""

from collections.abc import Mapping
from typing import Any

from .fuzz_command_line import COMMAND_LINES
from .fuzz_dns import REPLIES, SRV_RECORDS
from .fuzz_documents import BODIES
from .fuzz_headers import HEADERS
from .fuzz_names import IDENTIFIERS, SERVER_NAMES
from .fuzz_records import RECORDS
from .fuzz_redirects import REDIRECTS
from .fuzz_srv_order import SRV_ORDER
from .fuzz_target import Target
from .fuzz_texts import ADDRESSES, PRINTABLE

TARGETS: Mapping[str, Target[Any, Any]] = {
    "server-names": SERVER_NAMES,
    "identifiers": IDENTIFIERS,
    "well-known-bodies": BODIES,
    "freshness-headers": HEADERS,
    "redirects": REDIRECTS,
    "dns-answers": REPLIES,
    "srv-records": SRV_RECORDS,
    "srv-order": SRV_ORDER,
    "cache-records": RECORDS,
    "addresses": ADDRESSES,
    "printable": PRINTABLE,
    "command-lines": COMMAND_LINES,
}
