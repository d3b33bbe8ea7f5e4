"""Validation of the names in DNS queries."""

import re

from ..._util.escaping import quoted
from ..dns import NameServerError

_NAME = re.compile(r"[!-\[\]-~]{1,253}")


def check_query_name(name: str) -> None:
    """Raise `NameServerError` if *name* cannot be in a query.

    DNS libraries would interpret a backslash as an escape, cut the name at a NUL character, encode non-ASCII letters, or send a name that is too
    long.

    Source:
        RFC 1035, section 3.1: 255 octets, which are 253 characters.
    """
    if not _NAME.fullmatch(name):
        raise NameServerError(f"{quoted(name)} cannot be queried in the DNS")
