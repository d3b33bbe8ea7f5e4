"""Whether this machine is the reason that no name server can be reached."""

import errno
import subprocess
import sys

import pytest

from matrix_resolve._util.local_errors import OF_THIS_MACHINE, socket_error

_WITHOUT_DESCRIPTORS = """
import asyncio, errno, os, resource
from matrix_resolve.backends.aiodns import AiodnsBackend
from matrix_resolve._util.local_errors import OF_THIS_MACHINE

async def main():
    backend = AiodnsBackend(["127.0.0.1:1"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    try:
        await backend.lookup("example.org", "A")
    except OSError as error:
        print(error.errno in OF_THIS_MACHINE, errno.errorcode[error.errno])
    await backend.aclose()

asyncio.run(main())
"""


def test_a_machine_with_free_descriptors_opens_sockets() -> None:
    assert socket_error() is None


def test_without_descriptors_the_name_server_is_not_to_blame() -> None:
    done = subprocess.run(  # noqa: S603 - no input from outside
        [sys.executable, "-c", _WITHOUT_DESCRIPTORS], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.split() == ["True", "EMFILE"], done.stdout + done.stderr


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.EHOSTUNREACH])
def test_what_a_host_may_cause_is_not_this_machines(number: int) -> None:
    assert number not in OF_THIS_MACHINE
