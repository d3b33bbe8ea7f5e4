"""Errors of the operating system in words: without numbers, and each cause once."""

import errno
import os
import socket
import ssl

import pytest

from matrix_resolve._util.causes import cause_of, file_error_text, os_error_text

_SEVERAL = "Multiple exceptions: [Errno 111] Connect call failed ('127.0.0.1', 1), [Errno 101] Network is unreachable"
_NETWORK: dict[str, tuple[BaseException, str]] = {
    "one": (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "connection refused"),
    "asyncio": (
        ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)"),
        "connection refused",
    ),
    "several": (OSError(_SEVERAL), "connection refused; network is unreachable"),
    "several equal": (OSError(_SEVERAL.replace("101", "111")), "connection refused"),
    "quoted by another library": (
        RuntimeError(f"Error {_SEVERAL} connecting"),
        "connection refused; network is unreachable",
    ),
    "getaddrinfo": (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
    "own words": (OSError("closed by\nthe server"), r"closed by\nthe server"),
    "without words": (OSError(), "OSError"),
}


@pytest.mark.parametrize("case", _NETWORK)
def test_an_error_of_the_network_is_shown_without_its_number(case: str) -> None:
    error, text = _NETWORK[case]
    assert os_error_text(error) == text


def test_a_tls_error_keeps_its_message() -> None:
    assert "handshake" in os_error_text(ssl.SSLError(1, "[SSL] handshake failure"))


def test_a_timeout_is_no_answer() -> None:
    assert cause_of(TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))) == "no answer in time"


_FILES: dict[str, tuple[Exception, str]] = {
    "with a file": (
        FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "a.pem"),
        "a.pem: no such file or directory",
    ),
    "without a file": (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on device"),
    "own words": (
        OSError(errno.EACCES, "/a/b cannot be written: Permission denied"),
        "/a/b cannot be written: Permission denied",
    ),
    "only words": (FileExistsError("these files exist"), "these files exist"),
    "another error": (ValueError("no number"), "no number"),
}


@pytest.mark.parametrize("case", _FILES)
def test_an_error_of_a_file_is_shown_with_its_name_and_without_its_number(case: str) -> None:
    error, text = _FILES[case]
    assert file_error_text(error) == text
