"""Write a delegation to a file, for a web server that serves files."""

import os
from pathlib import Path

from .._well_known.document import WELL_KNOWN_PATH
from .delegation import Delegation
from .target_folder import target_folder

_OUTER, _INNER, _FILE = WELL_KNOWN_PATH.removeprefix("/").split("/")
_READABLE_BY_ALL = 0o644
_OPEN_TO_ALL = 0o755


def write_well_known(delegation: Delegation, web_root: str | os.PathLike[str]) -> Path:
    """Write ``.well-known/matrix/server`` below the folder from which a web server serves the hostname.

    An existing file is replaced in one step, so no reader sees half of it. The path *web_root* may contain links; below it, no link is followed
    (on Windows, this is only checked before writing). Configure the headers in the web server: it should send ``Content-Type:
    application/json``, and may send Cache-Control.

    Args:
        delegation: What to write.
        web_root: The folder, which must exist.

    Returns:
        The path of the file.

    Raises:
        OSError: If the file cannot be written, *web_root* is not a folder, or a folder below it is a link.
    """
    root = Path(web_root)
    if not root.is_dir():
        message = f"there is no folder {root}"
        raise NotADirectoryError(message)
    with (
        target_folder(root) as folder,
        folder.subfolder(_OUTER, make=True, mode=_OPEN_TO_ALL) as outer,
        outer.subfolder(_INNER, make=True, mode=_OPEN_TO_ALL) as inner,
    ):
        inner.replace(_FILE, delegation.body + b"\n", mode=_READABLE_BY_ALL)
    return root / _OUTER / _INNER / _FILE
