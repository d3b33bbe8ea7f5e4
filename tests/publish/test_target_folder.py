"""No link below a folder is followed, with descriptors and, on systems without them, with checks."""

import os
from pathlib import Path

import pytest

from matrix_resolve.publish.target_folder import OPENS_BY_DESCRIPTOR, Folder, folder_below, target_folder

WAYS = pytest.mark.parametrize("by_descriptor", [OPENS_BY_DESCRIPTOR, False], ids=["descriptors", "checks"])
IS_LINK = "it is a symbolic link"


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@WAYS
@pytest.mark.parametrize("make", [True, False])
@pytest.mark.parametrize("to", ["elsewhere", "missing", "file", "root/a"])
def test_a_linked_folder_is_refused(tmp_path: Path, by_descriptor: bool, make: bool, to: str) -> None:  # noqa: FBT001 - columns
    root = tmp_path / "root"
    for folder in (root / "a", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
    (tmp_path / "file").write_text("stays")
    (root / "a/link").symlink_to(tmp_path / to)
    before = _descriptors()
    with (
        pytest.raises(OSError, match=IS_LINK) as caught,
        target_folder(root, by_descriptor=by_descriptor) as top,
        folder_below(top, ["a", "link", "b"], make=make) as below,
    ):
        below.create("x", b"x")
    assert (caught.value.filename, _descriptors()) == (str(root / "a/link"), before)
    assert not list((tmp_path / "elsewhere").iterdir())


@WAYS
def test_a_linked_file_is_neither_read_nor_written(tmp_path: Path, by_descriptor: bool) -> None:  # noqa: FBT001 - a column
    root, secret = tmp_path / "root", tmp_path / "secret"
    root.mkdir()
    secret.write_text("stays")
    (root / "x").symlink_to(secret)
    with target_folder(root, by_descriptor=by_descriptor) as folder:
        assert folder.read("x", 100) is None
        with pytest.raises(FileExistsError):
            folder.create("x", b"new")
        folder.replace("x", b"new", mode=0o644)
        assert (folder.read("x", 2), secret.read_text()) == (b"ne", "stays")


@WAYS
def test_what_is_no_file_is_not_read(tmp_path: Path, by_descriptor: bool) -> None:  # noqa: FBT001 - a column
    """Reading a pipe would block until another process writes to it."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with target_folder(tmp_path, by_descriptor=by_descriptor) as folder:
        assert [folder.read(name, 10) for name in ("folder", "pipe")] == [None, None]
        with pytest.raises(FileNotFoundError) as caught:
            folder.read("missing", 10)
        with pytest.raises(NotADirectoryError), folder.subfolder("pipe", make=True):
            pass
    assert caught.value.filename == str(tmp_path / "missing")


@WAYS
def test_a_new_folder_gets_its_mode_and_an_old_one_keeps_it(tmp_path: Path, by_descriptor: bool) -> None:  # noqa: FBT001 - a column
    for _ in range(2):
        with target_folder(tmp_path, by_descriptor=by_descriptor) as top, top.subfolder("a", make=True, mode=0o701):
            assert (tmp_path / "a").stat().st_mode & 0o777 == 0o701
    (tmp_path / "a").chmod(0o711)
    with target_folder(tmp_path, by_descriptor=by_descriptor) as top, top.subfolder("a", make=True, mode=0o701):
        assert (tmp_path / "a").stat().st_mode & 0o777 == 0o711


@pytest.mark.skipif(not OPENS_BY_DESCRIPTOR, reason="a check cannot see what happens after it")
def test_a_folder_that_is_replaced_by_a_link_in_between_is_still_the_one_that_was_opened(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    def swap(folder: Folder) -> None:
        folder.path.rename(tmp_path / "moved")
        folder.path.symlink_to(tmp_path / "elsewhere")

    with target_folder(tmp_path) as top, top.subfolder("a", make=True) as folder:
        swap(folder)
        folder.create("x", b"x")
        folder.replace("y", b"y", mode=0o600)
    assert sorted(path.name for path in (tmp_path / "moved").iterdir()) == ["x", "y"]
    assert not list((tmp_path / "elsewhere").iterdir())
