"""How many file descriptors this process may have."""

_WITHOUT_RESOURCE = 1024  # used on Windows, which has no module `resource`: the usual limit of other systems


def descriptor_limit() -> int | None:
    """Return how many file descriptors this process may have, or None if there is no limit."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit  # noqa: PLC0415 - not available on Windows
    except ImportError:
        return _WITHOUT_RESOURCE
    soft, _ = getrlimit(RLIMIT_NOFILE)
    return None if soft == RLIM_INFINITY else soft
