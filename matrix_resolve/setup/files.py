"""The texts made from a plan: as sections to print, as files, and written to disk."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

from .._util.escaping import quoted
from .._well_known.document import WELL_KNOWN_PATH
from ..publish.target_folder import Folder, folder_below, target_folder
from . import advice
from .dns_records import dns_records
from .plan import Plan
from .proxies.apache import apache_configuration
from .proxies.caddy import caddy_configuration
from .proxies.haproxy import haproxy_configuration
from .proxies.nginx import nginx_configuration

PROXIES: dict[str, tuple[str, Callable[[Plan], str]]] = {
    "nginx": ("nginx.conf", nginx_configuration),
    "haproxy": ("haproxy.cfg", haproxy_configuration),
    "caddy": ("Caddyfile", caddy_configuration),
    "apache": ("apache.conf", apache_configuration),
}
"""For each reverse proxy, the name of its configuration file, and the function that makes its content."""
_DOCUMENT = f"www{WELL_KNOWN_PATH}"


def sections(plan: Plan, proxies: Collection[str] = tuple(PROXIES)) -> Iterator[tuple[str, str]]:
    """Yield the sections in the order in which to work, as pairs of a title and a text that ends with a newline."""
    yield "How other servers find the homeserver", advice.choice(plan)
    yield "The homeserver", advice.homeserver(plan)
    yield "DNS records", dns_records(plan)
    are_automatic = plan.certificates is None and set(proxies) == {"caddy"}
    yield "Certificates", advice.certificates(plan, are_automatic=are_automatic)
    if plan.delegation:
        url = f"https://{plan.server_name.tls_server_name}{WELL_KNOWN_PATH}"
        yield f"The well-known document, at {url}", f"{plan.delegation.document}\n"
    for proxy in proxies:
        file, configuration = PROXIES[proxy]
        yield f"The reverse proxy: {file} for {proxy}", configuration(plan)
    yield "Commands that verify it", advice.verification(plan)


def setup_files(plan: Plan, proxies: Collection[str] = tuple(PROXIES)) -> dict[str, str]:
    """Return the content of each file, by its path relative to the folder."""
    files = {file: write(plan) for proxy, (file, write) in PROXIES.items() if proxy in proxies}
    files["records.zone"] = dns_records(plan)
    if plan.delegation:
        files[_DOCUMENT] = f"{plan.delegation.document}\n"
    files["README.txt"] = "\n".join(f"{title}\n\n{text}" for title, text in sections(plan, ()))
    return files


def write_files(files: Mapping[str, str], folder: str | os.PathLike[str]) -> list[Path]:
    """Write files into a folder, which is created if it does not exist.

    The path *folder* may contain links; below it, no link is followed (on Windows, this is only checked before writing).

    Args:
        files: The content by path, relative to *folder*.
        folder: The folder.

    Returns:
        The paths of the files.

    Raises:
        FileExistsError: If a file exists with different content. Then no file is written.
        OSError: If a file cannot be written, or a folder below *folder* is a link. Then the files written until then are removed.
        ValueError: If a path is absolute or contains ``..``. Then no file is written.
    """
    contents = {_parts(name): content.encode() for name, content in files.items()}
    Path(folder).mkdir(parents=True, exist_ok=True)
    with target_folder(folder) as root:
        missing = _missing(root, contents)
        written: list[tuple[str, ...]] = []
        try:
            for parts in missing:
                _create(root, parts, contents[parts])
                written.append(parts)
        except BaseException:
            for parts in written:
                with folder_below(root, parts[:-1]) as parent:
                    parent.remove(parts[-1])
            raise
    return [Path(folder, *parts) for parts in contents]


def _parts(name: str) -> tuple[str, ...]:
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts:
        message = f"{quoted(name)} is not a path below a folder"
        raise ValueError(message)
    return path.parts


def _missing(root: Folder, contents: Mapping[tuple[str, ...], bytes]) -> list[tuple[str, ...]]:
    """Return the files that do not exist yet; raise `FileExistsError` if one exists with different content."""
    found = {parts: _find(root, parts, content) for parts, content in contents.items()}
    others = [str(root.path.joinpath(*parts)) for parts, is_same in found.items() if is_same is False]
    if others:
        message = (
            f"these files exist with different content; remove them, or choose another folder: {', '.join(others)}"
        )
        raise FileExistsError(message)
    return [parts for parts, is_same in found.items() if is_same is None]


def _find(root: Folder, parts: tuple[str, ...], content: bytes) -> bool | None:
    """Return whether the file has the expected content; None if it does not exist."""
    try:
        with folder_below(root, parts[:-1]) as parent:
            return parent.read(parts[-1], len(content) + 1) == content
    except (FileNotFoundError, NotADirectoryError):
        return None


def _create(root: Folder, parts: tuple[str, ...], content: bytes) -> None:
    try:
        with folder_below(root, parts[:-1], make=True) as parent:
            parent.create(parts[-1], content)
    except OSError as error:
        path = root.path.joinpath(*parts)
        raise OSError(error.errno, f"{path} cannot be written: {error.strerror}") from error
