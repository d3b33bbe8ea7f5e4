"""One server of a loopback federation: its certificate, its replies, and whether it is running."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from ssl import SSLContext
from typing import get_args

from ... import __version__
from .certificates import Authority, CertificateKind
from .replies import AnyReply, Reply
from .seen import SeenRequest
from .signing_keys import SigningKey
from .unreachable_ports import StopMode

VERSION_PATH = "/_matrix/federation/v1/version"
KEYS_PATH = "/_matrix/key/v2/server"
_VERSION = Reply.json({"server": {"name": "LoopbackFederation", "version": __version__}})
_UNRECOGNIZED = Reply.json({"errcode": "M_UNRECOGNIZED", "error": "Unrecognized request"}, status=404)


class LoopbackServer:
    """A server at one host and port. `LoopbackFederation.server` creates one.

    It answers ``/_matrix/federation/v1/version``, and responds to all other paths with 404 and ``M_UNRECOGNIZED``.
    Use `reply` and `publish_keys` to change its replies.

    Attributes:
        host: The DNS name or IP address of the machine.
        port: The port that clients connect to.
        addresses: The addresses that clients connect to.
        names: The names that it has a certificate for and responds to.
        requests: The requests that it has received.
        death: How the server was stopped, or None while it is running.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        authority: Authority,
        signing_key: Callable[[str], SigningKey],
        on_change: "Callable[[LoopbackServer], None]",
    ) -> None:
        self.host = host
        self.port = port
        self.addresses: tuple[str, ...] = ()
        self.names: tuple[str, ...] = (host,)
        self.requests: list[SeenRequest] = []
        self.death: StopMode | None = None
        self._authority = authority
        self._signing_key = signing_key
        self._on_change = on_change
        self._answers: dict[str, list[AnyReply]] = {VERSION_PATH: [_VERSION]}
        self._context: SSLContext | None = None

    def __repr__(self) -> str:
        return f"LoopbackServer({self.host!r}, {self.port}, names={self.names})"

    def present(self, names: Sequence[str], certificate: CertificateKind = "right") -> None:
        """Change the names and the certificate for new connections."""
        self.names = tuple(name.lower() for name in names)
        self._context = self._authority.server_context(*self.names, kind=certificate)

    def reply(self, path: str, *answers: AnyReply) -> None:
        """Set the replies to requests for *path*.

        Args:
            path: A path; ``*`` in it matches any characters. The query of a request is compared only if *path* has one.
                If several paths match a request, the one that was set last is used.
            answers: The replies. They are sent in order, and the last one is repeated. Functions are called in the
                thread of the federation.

        Raises:
            ValueError: If *answers* is empty, or *path* does not begin with ``/``.
        """
        if not path.startswith("/"):
            raise ValueError(f"{path!r} is not a path: it must begin with a slash")
        if not answers:
            raise ValueError(f"there is no reply for {path!r}: pass at least one")
        others = {pattern: known for pattern, known in self._answers.items() if pattern != path}
        # Replaced in one step, because the thread of the federation may be reading it.
        self._answers = {**others, path: list(answers)}

    def publish_keys(self, server_name: str) -> SigningKey:
        """Answer ``/_matrix/key/v2/server`` with the key of *server_name*, signed, and valid for a day.

        Args:
            server_name: The server name that leads to this server. It differs from `host` if it is delegated.

        Returns:
            The key of *server_name*, which is the same on all of its servers and in `LoopbackFederation.signing_key`.
        """
        key = self._signing_key(server_name)
        self.reply(KEYS_PATH, lambda _: Reply.json(key.key_response()))
        return key

    def stop(self, how: StopMode = "refuse") -> None:
        """Close all connections. Then refuse new ones, accept them and never respond, or drop their packets.

        Raises:
            ValueError: If *how* is not a `StopMode`.
        """
        if how not in get_args(StopMode):
            message = f"{how!r} is not one of {', '.join(get_args(StopMode))}"
            raise ValueError(message)
        self.death = how
        self._on_change(self)

    def start(self) -> None:
        """Accept connections again after `stop`."""
        self.death = None
        self._on_change(self)

    def is_named(self, name: str | None) -> bool:
        """Return whether *name* is one of `names`. A wildcard stands for one label."""
        return name is not None and any(
            name == own or (own.startswith("*.") and name.partition(".")[2] == own[2:]) for own in self.names
        )

    @property
    def ssl_context(self) -> SSLContext:
        """The TLS context with the current certificate."""
        if self._context is None:
            self._context = self._authority.server_context(*self.names)
        return self._context

    def answer(self, request: SeenRequest) -> Reply:
        """Record a request, and return the reply to it."""
        self.requests.append(request)
        path = request.path.partition("?")[0]
        for pattern, answers in reversed(self._answers.items()):
            if fnmatchcase(request.path if "?" in pattern else path, _literal(pattern)):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                return answer if isinstance(answer, Reply) else answer(request)
        return _UNRECOGNIZED


def _literal(pattern: str) -> str:
    """Escape *pattern* so that ``*`` is its only special character."""
    return pattern.replace("[", "[[]").replace("?", "[?]")
