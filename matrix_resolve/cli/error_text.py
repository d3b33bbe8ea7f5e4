"""Errors in the words of the command line: they name options, and neither Python functions nor error numbers."""

from .._util.causes import file_error_text
from .._util.escaping import quoted
from ..errors import AddressBlocked, InvalidServerName


def error_text(error: Exception) -> str:
    """Return the message of *error*, with advice for the command line instead of that for Python programs."""
    if isinstance(error, AddressBlocked) and error.reason is not None:
        step = f"step {error.step}: " if error.step else ""
        options = " ".join(f"--allow {ip}" for ip, _ in error.refused)
        return f"{error.server_name}: {step}{error.reason}; to allow {'them' if len(error.refused) > 1 else 'it'}, use {options}"
    if isinstance(error, InvalidServerName) and error.suggestion:
        return f"{error.problem}; pass {quoted(error.suggestion)}"
    return file_error_text(error)
