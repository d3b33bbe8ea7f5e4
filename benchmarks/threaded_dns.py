"""The default DNS backend with c-ares on a thread of its own, as aiodns runs it unless told otherwise."""

from matrix_resolve import AiodnsBackend
from matrix_resolve.backends.aiodns_channels import Channel
from matrix_resolve.backends.aiodns_resolver import LoopResolver
from matrix_resolve.backends.dns import RecordType


def threaded_dns(nameserver: str) -> AiodnsBackend:
    """Return the backend. The one place that knows how to choose the thread."""
    return _ThreadedBackend([nameserver])


class _ThreadedChannel(Channel):
    """Resolves on threads."""

    def __init__(self, nameservers: list[str], timeout: float, retry_after: float) -> None:
        super().__init__(nameservers, timeout, retry_after)
        self._patient.abandon()
        self._patient = LoopResolver(nameservers, timeout=timeout, tries=2, is_threaded=True)

    def _resolver(self, tries: int) -> LoopResolver:
        return LoopResolver(self._nameservers, timeout=self._retry_after, tries=tries, is_threaded=True)


class _ThreadedBackend(AiodnsBackend):
    """Has one threaded channel, which is enough for fewer than 100,000 different questions."""

    def _channel_for(self, question: tuple[str, RecordType], *, refresh: bool) -> Channel:
        if self._channel is None:
            self._channel = _ThreadedChannel(list(self._nameservers or ()), self._timeout, self._retry_after)
        return super()._channel_for(question, refresh=refresh)
