"""Measures memory and file descriptors of this process.

It uses a separate thread, so that measuring does not block the event loop.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Event, Thread

from tests._support.descriptors import open_descriptors
from tests._support.processes import memory_of_this_process

_INTERVAL = 0.1  # seconds


class Resources:
    """The resources of this process.

    Attributes:
        memory_before: Resident memory at the beginning, in bytes.
        memory: The most that was measured.
        descriptors_before: Open file descriptors at the beginning.
        descriptors: The most that were measured.
        descriptors_after: Open file descriptors at the end.
    """

    def __init__(self) -> None:
        self.memory_before: int = memory_of_this_process()
        self.memory: int = self.memory_before
        self.descriptors_before: int = open_descriptors()
        self.descriptors: int = self.descriptors_before
        self.descriptors_after: int = self.descriptors_before

    @property
    def growth(self) -> int:
        """Return by how many bytes the memory grew."""
        return self.memory - self.memory_before

    @property
    def opened(self) -> int:
        """Return how many descriptors were opened."""
        return self.descriptors - self.descriptors_before

    @property
    def left(self) -> int:
        """Return how many descriptors were not closed."""
        return self.descriptors_after - self.descriptors_before

    def look(self) -> None:
        """Measure once."""
        self.memory = max(self.memory, memory_of_this_process())
        self.descriptors = max(self.descriptors, open_descriptors())

    def look_until(self, end: Event) -> None:
        """Measure repeatedly."""
        while not end.wait(_INTERVAL):
            self.look()


@contextmanager
def watched_resources() -> Generator[Resources]:
    """Watch this process during the block."""
    resources, end = Resources(), Event()
    thread = Thread(target=resources.look_until, args=(end,), name="resources")
    thread.start()
    try:
        yield resources
    finally:
        end.set()
        thread.join()
        resources.look()
        resources.descriptors_after = open_descriptors()
