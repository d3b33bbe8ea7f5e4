"""Which names belong together: whoever owns a zone can make any number of names in it."""

_SHORT = 3  # letters of a second-level label such as "co" or "com", below which a country registers names


def zone_of(name: str) -> str:
    """Return the part of a DNS name that its owner registered, as far as its form tells: its last two labels, or three as in ``example.co.uk``.

    This decides only who waits for whom, so that a guess is enough.
    """
    labels = name.rsplit(".", 3)[-3:]
    if len(labels) > 2 and not (len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT):  # noqa: PLR2004 - labels, and letters of a country
        del labels[0]
    return ".".join(labels)
