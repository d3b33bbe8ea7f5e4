"""``matrix-resolve serve``."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from .._well_known.document import WELL_KNOWN_PATH
from ..publish.delegation import DEFAULT_MAX_AGE, Delegation
from ..publish.server import Certificate, ListenAddress, serving
from .line_log import LineLog
from .output import BAD_USAGE, DONE, complain

HELP = "serve a delegation"
DESCRIPTION = """Serve /.well-known/matrix/server, and nothing else, until interrupted.
With a certificate it serves HTTPS on port 443; without, HTTP on 127.0.0.1:8080 for a reverse proxy in front.
After SIGHUP it reads the certificate again."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what is served, and where."""
    parser.add_argument("--delegate-to", required=True, metavar="SERVER_NAME", help="such as matrix.example.com:443")
    parser.add_argument(
        "--listen", action="append", metavar="ADDRESS:PORT", help=":PORT for all addresses; may be repeated"
    )
    parser.add_argument("--cert", metavar="FILE", help="the certificate, with those between it and its authority (PEM)")
    parser.add_argument("--key", metavar="FILE", help="the key (PEM), unless it is in the same file")
    parser.add_argument(
        "--max-age",
        type=int,
        default=DEFAULT_MAX_AGE,
        metavar="SECONDS",
        help="for which others may keep it (%(default)s)",
    )


def prepare(options: argparse.Namespace) -> Coroutine[Any, Any, int]:
    """Check all arguments, and give the work."""
    if options.key is not None and options.cert is None:
        raise ValueError("--key needs --cert")
    if "" in {options.cert, options.key}:
        raise ValueError("--cert and --key name a file each; an empty text is none")
    delegation = Delegation(options.delegate_to, options.max_age)
    certificate = Certificate(options.cert, options.key) if options.cert is not None else None
    listen = options.listen or ([":443"] if certificate else ["127.0.0.1:8080"])
    return _serve(delegation, [ListenAddress.parse(text) for text in listen], certificate)


async def _serve(delegation: Delegation, listen: Sequence[ListenAddress], certificate: Certificate | None) -> int:
    loop = asyncio.get_running_loop()
    is_over = asyncio.Event()
    complaints = LineLog(sys.stderr)
    log = LineLog(sys.stdout, lambda error: complaints.tell(_lost(error)))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, is_over.set)
    loop.add_signal_handler(signal.SIGHUP, _reload, certificate, log.tell, complaints.tell)
    try:
        async with serving(delegation, listen, certificate, log.tell) as addresses:
            for line in _beginning(delegation, addresses, "https" if certificate else "http"):
                log.tell(line)
            await is_over.wait()
    except OSError as error:
        complain(f"cannot serve: {error}")
        return BAD_USAGE
    log.close()
    return DONE


def _lost(error: Exception) -> str:
    """Say that the log ends: what is served is worth more than its log."""
    return f"matrix-resolve: the log cannot be written any more ({error}); serving goes on"


def _beginning(delegation: Delegation, addresses: Sequence[str], scheme: str) -> Sequence[str]:
    return [
        *(f"{scheme}://{address}{WELL_KNOWN_PATH} answers {delegation.document}" for address in addresses),
        *(f"note: {remark}" for remark in delegation.remarks),
    ]


def _reload(certificate: Certificate | None, tell: Callable[[str], None], warn: Callable[[str], None]) -> None:
    if certificate is None:
        return
    try:
        certificate.reload()
    except (ValueError, OSError) as error:
        warn(f"matrix-resolve: the old certificate stays: {error}")
    else:
        tell("the certificate was read again")
