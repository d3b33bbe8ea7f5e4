"""``matrix-resolve serve``."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from typing import Any

from .._well_known.document import WELL_KNOWN_PATH
from ..publish.delegation import DEFAULT_MAX_AGE, Delegation, check_max_age
from ..publish.server import Certificate, ListenAddress, LogLine, serving
from .error_text import error_text
from .line_log import LineLog
from .option_types import whole_number
from .output import BAD_USAGE, DONE, print_error

HELP = "serve the well-known document that delegates to another name"
DESCRIPTION = """Serve /.well-known/matrix/server, and nothing else, until interrupted.
With --cert, serve HTTPS on port 443. Without it, serve HTTP on 127.0.0.1:8080, for a reverse proxy.
SIGHUP reloads the certificate."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--delegate-to",
        required=True,
        metavar="SERVER_NAME",
        help="the server name to delegate to, such as matrix.example.com:443",
    )
    parser.add_argument(
        "--listen",
        action="append",
        metavar="ADDRESS:PORT",
        help="where to listen; :PORT for all addresses; may be repeated",
    )
    parser.add_argument("--cert", metavar="FILE", help="the certificate and its intermediate certificates (PEM)")
    parser.add_argument("--key", metavar="FILE", help="the private key (PEM), unless it is in the file of --cert")
    parser.add_argument(
        "--max-age",
        type=whole_number,
        default=DEFAULT_MAX_AGE,
        metavar="SECONDS",
        help="how long other servers may cache the document (default: %(default)s)",
    )


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Check all options, and return the work of serving."""
    if options.key is not None and options.cert is None:
        raise ValueError("--key works only with --cert; pass both")
    if "" in {options.cert, options.key}:
        raise ValueError("--cert and --key need the name of a file, not an empty string")
    check_max_age("--max-age", options.max_age)
    delegation = Delegation(options.delegate_to, options.max_age)
    certificate = Certificate(options.cert, options.key) if options.cert is not None else None
    listen = options.listen or ([":443"] if certificate else ["127.0.0.1:8080"])
    return _serve(delegation, [ListenAddress.parse(text) for text in listen], certificate)


async def _serve(delegation: Delegation, listen: Sequence[ListenAddress], certificate: Certificate | None) -> int:
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()
    errors = LineLog(sys.stderr)
    log = LineLog(sys.stdout, lambda error: errors.write(_lost_log_message(error)))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, is_over.set)
    loop.add_signal_handler(signal.SIGHUP, _reload, certificate, log.write, errors.write)
    try:
        async with serving(delegation, listen, certificate, log.write) as addresses:
            for line in _beginning(delegation, addresses, "https" if certificate else "http"):
                log.write(line)
            await is_over.wait()
    except OSError as error:
        print_error(f"cannot serve: {error_text(error)}")
        return BAD_USAGE
    log.close()
    return DONE


def _lost_log_message(error: Exception) -> str:
    """Return the message for a log that cannot be written. The server continues without it."""
    return f"matrix-resolve: the log cannot be written any more ({error_text(error)}); the server continues without it"


def _beginning(delegation: Delegation, addresses: Sequence[str], scheme: str) -> Sequence[str]:
    return [
        *(f"{scheme}://{address}{WELL_KNOWN_PATH} answers {delegation.document}" for address in addresses),
        *(f"note: {remark}" for remark in delegation.remarks),
    ]


def _reload(certificate: Certificate | None, log: LogLine, warn: LogLine) -> None:
    if certificate is None:
        return
    try:
        certificate.reload()
    except (ValueError, OSError) as error:
        warn(f"matrix-resolve: the old certificate stays in use: {error_text(error)}")
    else:
        log("the certificate was reloaded")
