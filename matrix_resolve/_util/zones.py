"""The zones of DNS names. Names are grouped by zone, because the owner of a zone can create any number of names in it."""

_SHORT = 3  # letters of a second-level label such as "co" or "com", below which a country code registers names


def zone_of(name: str) -> str:
    """Return the registered part of a DNS name, guessed from its form: the last two labels, or three as in ``example.co.uk``.

    A guess is enough, because the zone only determines the order in which work waits.
    """
    labels = name.rsplit(".", 3)[-3:]
    if len(labels) > 2 and not (len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT):  # noqa: PLR2004 - labels, and letters of a country
        del labels[0]
    return ".".join(labels)


def is_localhost(host: str) -> bool:
    """Return whether *host*, in lower case, is a name for this machine, which needs no query (RFC 6761, section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")
