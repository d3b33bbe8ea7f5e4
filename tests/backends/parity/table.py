"""All rows, in the order of the page."""

from .row import Row
from .rows_edns import ROWS_EDNS
from .rows_errors import ROWS_ERRORS
from .rows_records import ROWS_RECORDS
from .rows_resolv_conf import ROWS_RESOLV_CONF
from .rows_spoofed import ROWS_SPOOFED
from .rows_transport import ROWS_TRANSPORT

SECTIONS: dict[str, list[Row]] = {
    "Records, chains and empty answers": ROWS_RECORDS,
    "EDNS and cookies": ROWS_EDNS,
    "Errors and silence": ROWS_ERRORS,
    "Truncation, TCP and datagrams": ROWS_TRANSPORT,
    "Forged replies and odd headers": ROWS_SPOOFED,
    "The system's configuration": ROWS_RESOLV_CONF,
}
ROWS = [row for rows in SECTIONS.values() for row in rows]
