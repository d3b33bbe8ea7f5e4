"""The aiodns backend with c-ares in a separate thread, which is aiodns's own default."""

from matrix_resolve import AiodnsBackend
from matrix_resolve.backends._aiodns.c_ares import LoopResolver
from matrix_resolve.backends._aiodns.channel_set import ChannelSet


class ThreadedResolver(LoopResolver):
    """A resolver in which c-ares keeps its thread."""

    needs_thread = True


class _ThreadedChannelSet(ChannelSet):
    resolver = ThreadedResolver


class ThreadedAiodnsBackend(AiodnsBackend):
    """An aiodns backend in which each channel has a thread."""

    _channel_set = _ThreadedChannelSet
