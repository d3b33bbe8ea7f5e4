"""A loopback federation as other processes see it: through the file of its table."""

import errno
import os
import ssl
from pathlib import Path
from typing import Any

import attrs

from ..._util.causes import file_error_text
from ...resolver import ServerNameResolver
from .client_side import resolver_for, trusting
from .table import Table, decode

VARIABLE = "MATRIX_RESOLVE_LOOPBACK"


@attrs.frozen
class RemoteFederation:
    """A `LoopbackFederation` that runs in another process. `LoopbackFederation.remote` returns one.

    It can be pickled. It reads the table of the federation each time, so that it knows what the test changes later.

    Attributes:
        path: The file with the table of the federation.
    """

    path: str

    def resolver(self, **options: Any) -> ServerNameResolver:
        """Return a resolver that uses the federation.

        Args:
            options: Arguments of `ServerNameResolver`, which override those of the federation.

        Returns:
            A resolver. Close it, because the federation cannot.

        Raises:
            RuntimeError: If the federation has ended, or the file is not the table of a federation.
        """
        return resolver_for(self, options)

    def connect_to(self, ip: str, port: int) -> tuple[str, int]:
        """Return the address and port on loopback for *ip* and *port*.

        Pass this method as ``connect_to`` to clients and backends.

        Raises:
            ConnectionRefusedError: If the federation has ended. Clients handle this like a server that is down.
            RuntimeError: If the file is not the table of a federation.
        """
        try:
            return self._table().place(ip, port)
        except _Ended as error:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the loopback federation has ended") from error

    @property
    def nameserver(self) -> str:
        """The address and port of the name server, such as ``"127.0.0.1:5353"``."""
        return self._table().nameserver

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """A new client context that trusts only the certificates of the federation."""
        return trusting(self._table().authority)

    def _table(self) -> Table:
        try:
            return _read(self.path)
        except FileNotFoundError as error:
            raise _Ended(f"there is no file {self.path!r}: the LoopbackFederation has ended") from error
        except (OSError, ValueError) as error:
            raise RuntimeError(f"the file {self.path!r} is not the table of a LoopbackFederation: {error}") from error


class _Ended(RuntimeError):  # noqa: N818 - named after what happened
    """The federation has ended."""


def resolver_from_environment(**options: Any) -> ServerNameResolver:
    """Return a resolver that uses the `LoopbackFederation` of the test that has started this process.

    The test passes `LoopbackFederation.environment` to the process. Nothing else reads this environment variable.

    Args:
        options: Arguments of `ServerNameResolver`, which override those of the federation.

    Returns:
        A resolver. Close it, because the federation cannot.

    Raises:
        RuntimeError: If the variable is not set, or does not lead to the table of a federation that is running.
    """
    path = os.environ.get(VARIABLE, "")
    hint = "start this process with env={**os.environ, **federation.environment()}, while the federation is running"
    if not path:
        raise RuntimeError(f"the environment variable {VARIABLE} is not set: {hint}")
    try:
        trusting(_read(path).authority)
    except (OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        raise RuntimeError(
            f"the environment variable {VARIABLE} is {path!r}, which does not lead to a loopback federation ({file_error_text(error)}): {hint}"
        ) from error
    return RemoteFederation(path).resolver(**options)


def _read(path: str) -> Table:
    return decode(Path(path).read_text(encoding="utf-8"))
