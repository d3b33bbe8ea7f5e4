"""What stands in `tests/system/inside`, `deployments`, `setups` and `checks` is collected only in a network of its own."""

import logging
import os

import uvloop

_INSIDE = ["system/inside", "system/deployments", "system/setups", "system/checks"]
collect_ignore = [] if os.environ.get("IN_NAMESPACE") else _INSIDE

uvloop.new_event_loop().close()  # libuv opens a pipe with the first loop of a process and keeps it, which is none of the leaks that tests look for
logging.getLogger("asyncio").addFilter(  # in debug mode it tells how long callbacks took; timing decides no test
    lambda record: not str(record.msg).startswith("Executing %s took")
)
