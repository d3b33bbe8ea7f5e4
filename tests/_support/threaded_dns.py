"""The default DNS backend with c-ares in a thread of its own, as aiodns has it unless told otherwise."""

from matrix_resolve import AiodnsBackend
from matrix_resolve.backends._aiodns.channel_set import ChannelSet
from matrix_resolve.backends._aiodns.loop_resolver import LoopResolver


class ThreadedResolver(LoopResolver):
    """Lets c-ares keep its thread."""

    needs_thread = True


class _ThreadedChannelSet(ChannelSet):
    resolver = ThreadedResolver


class ThreadedAiodnsBackend(AiodnsBackend):
    """Asks on channels, each of which has a thread."""

    _channel_set = _ThreadedChannelSet
