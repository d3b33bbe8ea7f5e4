"""The table that leads other processes to a loopback federation: a file that is replaced whenever a server changes."""

import json
from collections.abc import Callable, Mapping
from os import getpid
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import Any

import attrs

from ...server_name import canonical_ip

Place = tuple[str, int]


@attrs.frozen
class Table:
    """Where a federation listens.

    Attributes:
        nameserver: The address and port of the name server.
        authority: The certificate of the authority, in PEM.
        places: The address and port on loopback for each address and port of a server.
        refusing: An address and port that refuses connections. It stands for all others.
    """

    nameserver: str
    authority: str
    places: Mapping[Place, Place]
    refusing: Place

    def place(self, ip: str, port: int) -> Place:
        """Return the address and port on loopback that stand for *ip* and *port*."""
        return self.places.get((canonical_ip(ip), port), self.refusing)


def encode(table: Table) -> str:
    """Return *table* as text."""
    content = attrs.asdict(table, recurse=False)
    return json.dumps(content | {"places": [[*key, *place] for key, place in table.places.items()]})


def decode(text: str) -> Table:
    """Return the table that *text* contains.

    Raises:
        ValueError: If there is none.
    """
    try:
        content: dict[str, Any] = json.loads(text)
        places = {(str(ip), int(port)): (str(to), int(at)) for ip, port, to, at in content["places"]}
        to, at = content["refusing"]
        return Table(str(content["nameserver"]), str(content["authority"]), places, (str(to), int(at)))
    except RecursionError as error:
        raise ValueError("the table is nested too deeply") from error
    except (KeyError, TypeError) as error:
        raise ValueError(f"a part of the table is missing or wrong: {error}") from error


class TableFile:
    """A file with the current table, in a temporary folder. It is created when it is first needed.

    Args:
        current: Returns the current table.
    """

    def __init__(self, current: Callable[[], Table]) -> None:
        self._current = current
        self._folder: Path | None = None
        self._process = getpid()
        self._lock = Lock()  # replies are made in the thread of the federation, and may stop a server

    def path(self) -> str:
        """Return the path of the file, creating it if necessary."""
        with self._lock:
            if self._folder is None:
                self._folder = Path(mkdtemp(prefix="matrix-federation-"))
                _replace(self._folder, self._current())
            return str(_file_in(self._folder))

    def update(self) -> None:
        """Write the current table, if the file exists."""
        with self._lock:
            if self._folder is not None:
                _replace(self._folder, self._current())

    def remove(self) -> None:
        """Remove the file and its folder, in the process that has created this object."""
        if getpid() != self._process:
            return  # a forked child leaves the file to its parent, and the lock may be taken forever
        with self._lock:
            folder, self._folder = self._folder, None
            if folder is not None:
                rmtree(folder)


def _file_in(folder: Path) -> Path:
    return folder / "table.json"


def _replace(folder: Path, table: Table) -> None:
    """Write *table* in one step, so that no reader sees half of it."""
    new = folder / "new.json"
    new.write_text(encode(table), encoding="utf-8")
    new.replace(_file_in(folder))
