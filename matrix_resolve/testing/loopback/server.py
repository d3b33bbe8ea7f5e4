"""One server of a loopback federation: its certificate, its replies, and whether it is alive."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from ssl import SSLContext
from typing import get_args

from ... import __version__
from .certificates import Authority, CertificateKind
from .dead_ends import Death
from .replies import Answer, Reply
from .seen import SeenRequest
from .signing_keys import SigningKey

VERSION_PATH = "/_matrix/federation/v1/version"
KEYS_PATH = "/_matrix/key/v2/server"
_VERSION = Reply.json({"server": {"name": "LoopbackFederation", "version": __version__}})
_UNRECOGNIZED = Reply.json({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}, status=404)


class LoopbackServer:
    """A server at one host and port. Make one with `LoopbackFederation.server`.

    It answers ``/_matrix/federation/v1/version``, and 404 with ``M_UNRECOGNIZED`` for all else, until `reply` or
    `publish_keys` says otherwise.

    Attributes:
        host: The DNS name or address of the machine.
        port: The port that clients mean.
        addresses: The addresses that clients mean.
        names: Those for whom it has a certificate and answers.
        requests: The requests it got.
        death: How it is dead, or None while it is alive.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        authority: Authority,
        signing_key: Callable[[str], SigningKey],
        cut_connections: "Callable[[LoopbackServer], None]",
    ) -> None:
        self.host = host
        self.port = port
        self.addresses: tuple[str, ...] = ()
        self.names: tuple[str, ...] = (host,)
        self.requests: list[SeenRequest] = []
        self.death: Death | None = None
        self._authority = authority
        self._signing_key = signing_key
        self._cut_connections = cut_connections
        self._answers: dict[str, list[Answer]] = {VERSION_PATH: [_VERSION]}
        self._context: SSLContext | None = None

    def __repr__(self) -> str:
        return f"LoopbackServer({self.host!r}, {self.port}, names={self.names})"

    def present(self, names: Sequence[str], certificate: CertificateKind = "right") -> None:
        """Change the names, and the certificate that is presented from the next connection on."""
        self.names = tuple(name.lower() for name in names)
        self._context = self._authority.server_context(*self.names, kind=certificate)

    def reply(self, path: str, *answers: Answer) -> None:
        """Set the replies to requests for *path*.

        Args:
            path: A path, with a query only if it is to be matched; ``*`` stands for anything. The last one set that matches counts.
            answers: One after the other, the last one for ever. Functions are called in the thread of the federation.

        Raises:
            ValueError: If there is no answer, or *path* does not begin with ``/``.
        """
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is no path: it begins with a slash")
        if not answers:
            raise ValueError(f"there is no reply for {path!r}: pass at least one")
        others = {pattern: known for pattern, known in self._answers.items() if pattern != path}
        self._answers = {
            **others,
            path: list(answers),
        }  # in one step: the thread of the federation may be looking for an answer

    def publish_keys(self, server_name: str) -> SigningKey:
        """Answer ``/_matrix/key/v2/server`` as the homeserver of *server_name* does: with its key, signed, and valid for a day.

        Args:
            server_name: The server name that leads here, which is another than `host` where it delegates.

        Returns:
            The key of *server_name*: the same at each of its servers, and in `LoopbackFederation.signing_key`.
        """
        key = self._signing_key(server_name)
        self.reply(KEYS_PATH, lambda _: Reply.json(key.key_response()))
        return key

    def stop(self, how: Death = "refuse") -> None:
        """Die: cut all connections, and refuse new ones, leave them hanging, or let their packets vanish.

        Raises:
            ValueError: If *how* is no `Death`.
        """
        if how not in get_args(Death):
            message = f"{how!r} is none of {', '.join(get_args(Death))}"
            raise ValueError(message)
        self.death = how
        self._cut_connections(self)

    def start(self) -> None:
        """Come back to life."""
        self.death = None

    def is_named(self, name: str | None) -> bool:
        """Tell whether *name* is one of its names; a wildcard stands for one label."""
        return name is not None and any(
            name == own or (own.startswith("*.") and name.partition(".")[2] == own[2:]) for own in self.names
        )

    @property
    def ssl_context(self) -> SSLContext:
        """What it presents now."""
        if self._context is None:
            self._context = self._authority.server_context(*self.names)
        return self._context

    def answer(self, request: SeenRequest) -> Reply:
        """Take down a request and give the reply to it."""
        self.requests.append(request)
        path = request.path.partition("?")[0]
        for pattern, answers in reversed(self._answers.items()):
            if fnmatchcase(request.path if "?" in pattern else path, _literal(pattern)):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                return answer if isinstance(answer, Reply) else answer(request)
        return _UNRECOGNIZED


def _literal(pattern: str) -> str:
    """Leave ``*`` as the only special character."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
