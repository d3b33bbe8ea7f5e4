"""The delegation as a file, for a web server that serves files."""

import os
import tempfile
from pathlib import Path

from .delegation import WELL_KNOWN_PATH, Delegation

_READABLE_BY_ALL = 0o644
_OPEN_TO_ALL = 0o755


def write_well_known(delegation: Delegation, web_root: str | os.PathLike[str]) -> Path:
    """Write ``.well-known/matrix/server`` below the folder from which a web server serves the hostname.

    A file that is there is replaced in one step, so no reader sees half of it. The web server decides on the headers: it should send
    ``Content-Type: application/json``, and may send a Cache-Control.

    Args:
        delegation: What to write.
        web_root: The folder, which must exist.

    Returns:
        The path of the file.

    Raises:
        OSError: If it cannot be written, or *web_root* is no folder.
    """
    root = Path(web_root)
    if not root.is_dir():
        message = f"there is no folder {root}"
        raise NotADirectoryError(message)
    file = root / WELL_KNOWN_PATH.removeprefix("/")
    for folder in (file.parent.parent, file.parent):
        _make_folder(folder)
    descriptor, temporary = tempfile.mkstemp(prefix=".server-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(delegation.body + b"\n")
            os.fchmod(opened.fileno(), _READABLE_BY_ALL)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return file


def _make_folder(folder: Path) -> None:
    """Make a folder that the web server can enter, whatever the umask; one that is there keeps its mode."""
    if not folder.is_dir():
        folder.mkdir(exist_ok=True)
        folder.chmod(_OPEN_TO_ALL)
