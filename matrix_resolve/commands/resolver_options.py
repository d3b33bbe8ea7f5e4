"""The options about whom to ask and to trust, which all commands that resolve share."""

import argparse

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
        ValueError: If one of them cannot be used.
        OSError: If the file cannot be read.
    """
    return ServerNameResolver(
        nameservers=options.nameserver,
        policy=ResolverPolicy(max_resolutions=concurrency),
        address_policy=AddressPolicy(allow=options.allow),
        ssl_context=default_ssl_context(options.cafile) if options.cafile else None,
    )
