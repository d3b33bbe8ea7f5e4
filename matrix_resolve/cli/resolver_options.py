"""The options of the resolver: name servers, allowed networks and certificate authorities. All commands that resolve share them."""

import argparse
import ssl

from .._util.escaping import quoted
from ..address_policy import AddressPolicy
from ..policy import ResolverPolicy
from ..resolver import ServerNameResolver
from ..tls import default_ssl_context


def add_resolver_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    add = parser.add_argument
    add("--nameserver", action="append", metavar="ADDRESS[:PORT]", help="ask this name server; may be repeated")
    add(
        "--allow",
        action="append",
        default=[],
        metavar="NETWORK",
        help="allow addresses of this network, such as 10.0.0.0/8",
    )
    add("--cafile", metavar="FILE", help="trust the certificate authorities in this PEM file, too")


def resolver_from(options: argparse.Namespace, concurrency: int) -> ServerNameResolver:
    """Make the resolver that they ask for.

    Args:
        options: What the command line says.
        concurrency: How many names are under way at most.

    Raises:
        ValueError: If one of them cannot be used; the message names it.
    """
    policy, allowed = ResolverPolicy(max_resolutions=concurrency), _allowing(options.allow)
    context = None if options.cafile is None else _trusting(options.cafile)
    try:
        return ServerNameResolver(
            nameservers=options.nameserver, policy=policy, address_policy=allowed, ssl_context=context
        )
    except ValueError as error:  # nothing else is left that can be wrong
        raise ValueError(f"--nameserver: {error}") from error


def _allowing(networks: list[str]) -> AddressPolicy:
    for network in networks:
        try:
            AddressPolicy(allow=[network])
        except ValueError as error:
            message = f"--allow {quoted(network)} is not a network or an address, such as 10.0.0.0/8 or 10.0.0.1"
            raise ValueError(message) from error
    return AddressPolicy(allow=networks)


def _trusting(file: str) -> ssl.SSLContext:
    try:
        return default_ssl_context(file)
    except ssl.SSLError as error:
        raise ValueError(f"--cafile {quoted(file)} holds no certificate in PEM form ({error.reason})") from error
    except OSError as error:
        raise ValueError(f"--cafile {quoted(file)} cannot be read: {error.strerror}") from error
