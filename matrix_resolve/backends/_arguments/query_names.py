"""What can be asked for in the DNS."""

import re

from ..._util.escaping import quoted
from ..dns import NameServerError

_NAME = re.compile(r"[!-\[\]-~]{1,253}")


def check_query_name(name: str) -> None:
    """Raise `NameServerError` if *name* cannot be in a query.

    DNS libraries would take a backslash for an escape, cut the name at a NUL, encode other letters than those of ASCII, or send what is too long.

    Source:
        RFC 1035, section 3.1: 255 octets, which are 253 characters.
    """
    if not _NAME.fullmatch(name):
        raise NameServerError(f"the DNS cannot be asked for {quoted(name)}")
