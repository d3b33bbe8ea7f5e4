"""The options of the resolver, which several commands have: name servers, allowed networks and certificate authorities."""

import argparse
import ssl
from collections.abc import Callable

from .._util.escaping import quoted
from ..address_policy import AddressPolicy, network_problem
from ..policy import ResolverPolicy
from ..resolver import ServerNameResolver
from ..tls import default_ssl_context


def add_resolver_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the resolver to *parser*."""
    add = parser.add_argument
    add(
        "--nameserver",
        action="append",
        metavar="ADDRESS[:PORT]",
        help="query this name server instead of the system's; may be repeated",
    )
    add(
        "--allow",
        action="append",
        default=[],
        metavar="NETWORK",
        help="allow addresses of this network, such as 10.0.0.0/8; may be repeated",
    )
    add("--cafile", metavar="FILE", help="also trust the certificate authorities in this PEM file")


def resolver_from(options: argparse.Namespace, concurrency: int) -> ServerNameResolver:
    """Return a resolver with these options.

    Args:
        options: The parsed options of the command line, and how to make the resolver.
        concurrency: The largest number of names that are resolved at the same time.

    Raises:
        ValueError: If an option cannot be used; the message names it.
    """
    given = {
        "nameservers": options.nameserver,
        "address_policy": _allowing(options.allow) if options.allow else None,
        "ssl_context": None if options.cafile is None else _trusting(options.cafile),
    }
    make: Callable[..., ServerNameResolver] = options.make_resolver
    arguments = {name: value for name, value in given.items() if value is not None}
    try:
        return make(policy=ResolverPolicy(max_resolutions=concurrency), **arguments)
    except ValueError as error:  # the other arguments are valid already
        raise ValueError(f"--nameserver: {error}") from error


def _allowing(networks: list[str]) -> AddressPolicy:
    for network in networks:
        problem = network_problem(network)
        if problem:
            raise ValueError(f"--allow {quoted(network)} {problem}")
    return AddressPolicy(allow=networks)


def _trusting(file: str) -> ssl.SSLContext:
    try:
        return default_ssl_context(file)
    except ssl.SSLError as error:
        raise ValueError(
            f"--cafile {quoted(file)} does not contain a certificate in PEM format ({error.reason})"
        ) from error
    except OSError as error:
        raise ValueError(f"--cafile {quoted(file)} cannot be read: {error.strerror}") from error
