"""The file of a delegation is readable by any web server, and never incomplete."""

import os
import resource
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from matrix_resolve._well_known.document import parse_document
from matrix_resolve.publish import WELL_KNOWN_PATH, Delegation, write_well_known

DELEGATION = Delegation("matrix.example.org:443")
TEXT = b'{"m.server": "matrix.example.org:443"}\n'


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _umask(mask: int) -> Generator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _full_disk() -> Generator[None]:
    """Limit the size of files to four bytes. Writing more raises an error, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", [str, Path])
def test_the_file_is_where_web_servers_look_for_it(tmp_path: Path, kind: type[str | Path]) -> None:
    file = write_well_known(DELEGATION, kind(tmp_path))
    assert file == Path(f"{tmp_path}{WELL_KNOWN_PATH}")
    assert file.read_bytes() == TEXT
    assert parse_document(TEXT).delegated == DELEGATION.delegate_to


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277], ids=oct)
def test_all_may_read_it_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    with _umask(mask):
        file = write_well_known(DELEGATION, tmp_path)
    assert (_mode(file), _mode(file.parent), _mode(file.parent.parent)) == (0o644, 0o755, 0o755)


def test_folders_that_are_there_keep_their_modes(tmp_path: Path) -> None:
    folder = tmp_path / ".well-known"
    folder.mkdir()
    folder.chmod(0o2750)
    write_well_known(DELEGATION, tmp_path)
    assert _mode(folder) == 0o2750


def test_it_is_replaced_in_one_step(tmp_path: Path) -> None:
    """A reader that has the old file open can read it to its end."""
    file = write_well_known(Delegation("old.example.org"), tmp_path)
    file.chmod(0o600)
    with file.open("rb") as opened:
        assert write_well_known(DELEGATION, tmp_path) == file
        assert opened.read() == b'{"m.server": "old.example.org"}\n'
    assert (file.read_bytes(), _mode(file)) == (TEXT, 0o644)
    assert os.listdir(file.parent) == ["server"]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    file = write_well_known(DELEGATION, tmp_path)
    with _full_disk(), pytest.raises(OSError, match="File too large"):
        write_well_known(Delegation("new.example.org"), tmp_path)
    assert file.read_bytes() == TEXT
    assert os.listdir(file.parent) == ["server"]


def test_a_folder_in_its_place_stays(tmp_path: Path) -> None:
    place = Path(f"{tmp_path}{WELL_KNOWN_PATH}")
    place.mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        write_well_known(DELEGATION, tmp_path)
    assert os.listdir(place.parent) == ["server"]


def test_the_web_root_must_be_there(tmp_path: Path) -> None:
    """The folder is not created: no web server would serve a mistyped one."""
    for place in (tmp_path / "no-such-folder", write_well_known(DELEGATION, tmp_path)):
        with pytest.raises(NotADirectoryError, match=f"there is no folder {place}"):
            write_well_known(DELEGATION, place)
    assert os.listdir(tmp_path) == [".well-known"]


@pytest.mark.parametrize("name", [".well-known", ".well-known/matrix"])
def test_a_file_in_the_place_of_a_folder_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        write_well_known(DELEGATION, tmp_path)
    assert caught.value.filename == str(place)
    assert place.read_text() == ""


@pytest.mark.parametrize("name", [".well-known", ".well-known/matrix"])
@pytest.mark.parametrize("is_there", [True, False], ids=["folder", "dangling"])
def test_a_link_below_the_web_root_is_not_followed(tmp_path: Path, name: str, is_there: bool) -> None:  # noqa: FBT001 - a column
    """Otherwise, anybody who may write into the web root could make root write elsewhere."""
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (root / name).parent.mkdir(parents=True)
    if is_there:
        (elsewhere / "matrix").mkdir(parents=True)
    (root / name).symlink_to(elsewhere)
    with pytest.raises(OSError, match="it is a symbolic link") as caught:
        write_well_known(DELEGATION, root)
    assert caught.value.filename == str(root / name)
    assert [path.name for path in elsewhere.rglob("*")] == (["matrix"] if is_there else [])


def test_the_web_root_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "current").symlink_to("releases")
    file = write_well_known(DELEGATION, tmp_path / "current")
    assert file == tmp_path / "current" / ".well-known/matrix/server"
    assert (tmp_path / "releases/.well-known/matrix/server").read_bytes() == TEXT


def test_a_link_in_the_place_of_the_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".well-known/matrix").mkdir(parents=True)
    (tmp_path / "elsewhere").write_text("stays")
    (tmp_path / ".well-known/matrix/server").symlink_to(tmp_path / "elsewhere")
    file = write_well_known(DELEGATION, tmp_path)
    assert (file.is_symlink(), file.read_bytes(), (tmp_path / "elsewhere").read_text()) == (False, TEXT, "stays")
