"""Tests in `tests/system/real_ports`, `deployments`, `setups` and `checks` are collected only in a network namespace."""

import logging
import os

import uvloop

_INSIDE = ["system/real_ports", "system/deployments", "system/setups", "system/checks"]
collect_ignore = [] if os.environ.get("IN_NAMESPACE") else _INSIDE

uvloop.new_event_loop().close()  # libuv opens a pipe with its first loop and keeps it; tests must not report it as a leak
logging.getLogger("asyncio").addFilter(  # in debug mode it logs how long callbacks took, but no test depends on timing
    lambda record: not str(record.msg).startswith("Executing %s took")
)
