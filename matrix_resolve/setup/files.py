"""Everything that follows from a plan: by file name, as sections for people, and on disk."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from ..publish.delegation import WELL_KNOWN_PATH
from . import advice
from .apache import apache_configuration
from .caddy import caddy_configuration
from .haproxy import haproxy_configuration
from .nginx import nginx_configuration
from .plan import Plan
from .records import dns_records

PROXIES: dict[str, tuple[str, Callable[[Plan], str]]] = {
    "nginx": ("nginx.conf", nginx_configuration),
    "haproxy": ("haproxy.cfg", haproxy_configuration),
    "caddy": ("Caddyfile", caddy_configuration),
    "apache": ("apache.conf", apache_configuration),
}
"""For each reverse proxy, the name of its file and what writes it."""
_DOCUMENT = f"www{WELL_KNOWN_PATH}"


def sections(plan: Plan, proxies: Collection[str] = tuple(PROXIES)) -> Iterator[tuple[str, str]]:
    """Give what is to be done, in that order, as pairs of a title and a text that ends in a line end."""
    yield "How others find the server", advice.choice(plan)
    yield "The homeserver", advice.homeserver(plan)
    yield "DNS records", dns_records(plan)
    are_automatic = plan.certificates is None and set(proxies) == {"caddy"}
    yield "Certificates", advice.certificates(plan, are_automatic=are_automatic)
    if plan.delegation:
        url = f"https://{plan.server_name.tls_server_name}{WELL_KNOWN_PATH}"
        yield f"The document, at {url}", f"{plan.delegation.document}\n"
    for proxy in proxies:
        file, configuration = PROXIES[proxy]
        yield f"The reverse proxy: {file} for {proxy}", configuration(plan)
    yield "Commands that verify it", advice.verification(plan)


def setup_files(plan: Plan, proxies: Collection[str] = tuple(PROXIES)) -> dict[str, str]:
    """Give the content of each file, by its path relative to a folder."""
    files = {file: write(plan) for proxy, (file, write) in PROXIES.items() if proxy in proxies}
    files["records.zone"] = dns_records(plan)
    if plan.delegation:
        files[_DOCUMENT] = f"{plan.delegation.document}\n"
    files["README.txt"] = "\n".join(f"{title}\n\n{text}" for title, text in sections(plan, ()))
    return files


def write_files(files: Mapping[str, str], folder: str | os.PathLike[str]) -> list[Path]:
    """Write files into a folder, which is made if it is not there.

    Args:
        files: The content by path.
        folder: Where.

    Returns:
        The paths of the files.

    Raises:
        FileExistsError: If one is there with another content; then none is written.
        OSError: If one cannot be written; then those that were are removed again.
    """
    paths = {Path(folder) / name: content.encode() for name, content in files.items()}
    others = [str(path) for path, content in paths.items() if _is_another(path, content)]
    if others:
        message = f"will not write over what is there (name another folder, or remove it): {', '.join(others)}"
        raise FileExistsError(message)
    written: list[Path] = []
    try:
        for path, content in paths.items():
            _write_new(path, content, written)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return list(paths)


def _is_another(path: Path, content: bytes) -> bool:
    if not path.exists() and not path.is_symlink():
        return False
    return not (path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content)


def _write_new(path: Path, content: bytes, written: list[Path]) -> None:
    """Write a file that is not there yet, and take down that it was begun; through no link, as the folder may be somebody else's."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            written.append(path)
            file.write(content)
    except OSError as error:
        raise OSError(error.errno, f"{path} cannot be written: {error.strerror}") from error
