"""Read and write files below a folder without following links there.

Other users may be allowed to write into the folder. A link that they create there could redirect a program that runs as root to files
elsewhere. So only the path of the folder itself may contain links. Below it, each name is opened relative to the file descriptor of its folder,
which fails if the name is a link. If the system cannot open names relative to a descriptor (Windows), each name is checked before it is used, and
a link that is created between the check and the use is followed.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Generator, Sequence
from pathlib import Path

import attrs

OPENS_BY_DESCRIPTOR = {os.open, os.mkdir, os.stat, os.unlink, os.rename} <= os.supports_dir_fd and hasattr(
    os, "O_NOFOLLOW"
)
"""Whether this system can open names relative to the descriptor of a folder."""
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_READ = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK | getattr(os, "O_BINARY", 0)
_JUNCTION = 0xA0000003  # IO_REPARSE_TAG_MOUNT_POINT, which `stat` has on Windows only
_OWNER_ONLY, _AS_UMASK = 0o600, 0o666


@attrs.frozen
class Folder:
    """An open folder. Its methods take names of direct entries.

    Attributes:
        path: Its path, for messages and for systems without descriptors.
        descriptor: Its file descriptor, or None.
    """

    path: Path
    descriptor: int | None

    @contextlib.contextmanager
    def subfolder(self, name: str, *, make: bool = False, mode: int | None = None) -> "Generator[Folder]":
        """Open a subfolder during a block.

        Args:
            name: Its name.
            make: Create it if it does not exist.
            mode: The permissions of a new folder, regardless of the umask.

        Raises:
            OSError: If it is a link, or cannot be opened or created.
        """
        with self._naming(name):
            is_new = make and self._make(name)
            self._refuse_link(name)
            descriptor = None if self.descriptor is None else self._open(name, _FOLDER | _NO_LINK)
        with _closing(descriptor):
            folder = Folder(self.path / name, descriptor)
            if is_new and mode is not None:
                os.chmod(folder.path if descriptor is None else descriptor, mode)  # noqa: PTH101 - `Path.chmod` takes no descriptor
            elif descriptor is None and not folder.path.is_dir():
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder.path))
            yield folder

    def read(self, name: str, limit: int) -> bytes | None:
        """Return the first *limit* bytes of a regular file, or None if the name is not a regular file.

        Raises:
            FileNotFoundError: If the name does not exist.
            OSError: If it cannot be read.
        """
        with self._naming(name):
            if not stat.S_ISREG(self._status(name).st_mode):
                return None
            with os.fdopen(self._open(name, _READ), "rb") as file:
                return file.read(limit)

    def create(self, name: str, content: bytes) -> None:
        """Write a new file.

        Raises:
            OSError: If the name exists, or the file cannot be written. Then no partial file remains.
        """
        with self._naming(name):
            self._write(name, content, _AS_UMASK, None)

    def replace(self, name: str, content: bytes, *, mode: int) -> None:
        """Write a file with these permissions in one step, so that no reader sees half of it.

        Raises:
            OSError: If the file cannot be written. Then an existing file stays unchanged.
        """
        temporary = f".{name}-{secrets.token_hex(8)}"
        with self._naming(name):
            self._write(temporary, content, _OWNER_ONLY, mode)
            try:
                os.replace(self._at(temporary), self._at(name), src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
            except BaseException:
                self.remove(temporary)
                raise

    def remove(self, name: str) -> None:
        """Remove a file if it exists."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self.descriptor)

    def _write(self, name: str, content: bytes, mode: int, final_mode: int | None) -> None:
        descriptor = self._open(name, _NEW, mode)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                if final_mode is not None:
                    os.chmod(self.path / name if self.descriptor is None else file.fileno(), final_mode)  # noqa: PTH101 - `Path.chmod` takes no descriptor
        except BaseException:
            self.remove(name)
            raise

    def _make(self, name: str) -> bool:
        try:
            os.mkdir(self._at(name), dir_fd=self.descriptor)
        except FileExistsError:
            return False
        return True

    def _open(self, name: str, flags: int, mode: int = _AS_UMASK) -> int:
        try:
            return os.open(self._at(name), flags, mode, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EMLINK}:  # systems report a link with different errors
                self._refuse_link(name)
            raise

    def _refuse_link(self, name: str) -> None:
        status = self._status(name)
        if _is_link(status):
            kind = "symbolic link" if stat.S_ISLNK(status.st_mode) else "junction"
            raise OSError(errno.ELOOP, f"it is a {kind}; {kind}s below the given folder are not followed")

    def _status(self, name: str) -> os.stat_result:
        return os.stat(self._at(name), dir_fd=self.descriptor, follow_symlinks=False)

    def _at(self, name: str) -> str:
        return str(self.path / name) if self.descriptor is None else name

    @contextlib.contextmanager
    def _naming(self, name: str) -> Generator[None]:
        """Replace the name in errors with the whole path."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path / name)) from error


@contextlib.contextmanager
def target_folder(path: str | os.PathLike[str], *, by_descriptor: bool = OPENS_BY_DESCRIPTOR) -> Generator[Folder]:
    """Open a folder during a block. Its path may contain links.

    Args:
        path: The folder.
        by_descriptor: True to open names relative to descriptors; False to check each name before it is used.

    Raises:
        OSError: If it cannot be opened.
    """
    descriptor = os.open(path, _FOLDER) if by_descriptor else None
    with _closing(descriptor):
        yield Folder(Path(path), descriptor)


@contextlib.contextmanager
def folder_below(folder: Folder, names: Sequence[str], *, make: bool = False) -> Generator[Folder]:
    """Open the last folder of a path below another folder, for the duration of a block; see `Folder.subfolder`."""
    with contextlib.ExitStack() as stack:
        for name in names:
            folder = stack.enter_context(folder.subfolder(name, make=make))
        yield folder


@contextlib.contextmanager
def _closing(descriptor: int | None) -> Generator[None]:
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _is_link(status: os.stat_result) -> bool:
    """Return whether it is a symbolic link or a Windows junction."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION
