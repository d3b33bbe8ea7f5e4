"""Fuzzing of the Location header of redirects."""

from collections.abc import Callable
from ipaddress import ip_address
from random import Random
from urllib.parse import urlsplit

from yarl import URL

from matrix_resolve._well_known.redirects import authority_of, next_url

from .fuzz_mutations import hostile_text, maybe_damaged
from .fuzz_names import make_server_name, make_valid_name
from .fuzz_target import Target, must

Step = tuple[str, str]
_FROM = (
    "https://example.org/.well-known/matrix/server",
    "https://[2001:db8::1]:8443/",
    "https://192.0.2.1/a/b;c?d=e",
    "https://a.example:65535//x//../y",
)
_SCHEMES = ("https", "https", "https", "https", "HTTPS", "http", "ftp", "javascript", "data", "https+http", "httpſ", "")
_SLASHES = ("://", "://", "://", "://", ":", ":/", ":///", ":\\\\", "//", ":/\\")
_USERS = ("", "", "", "", "", "", "user@", "a:b@", "@", "example.org@", "x%40", "#@", "?@", "\\@")
_PARTS = (
    "/",
    "/",
    "..",
    ".",
    "x",
    ";p",
    "%2e%2e",
    "%2F",
    "%00",
    "%",
    "?q=1",
    "?",
    "#f",
    "#",
    "\\",
    "//",
    ":",
    "@",
    "[",
    "]",
    "&",
)
_MOST_OF_A_SENTENCE = 3000


def make_step(random: Random) -> Step:
    """Return the URL of a redirect response, and its Location."""
    return random.choice(_FROM), _location(random)


def _location(random: Random) -> str:
    kind = random.random()
    if kind < 0.06:
        return hostile_text(random, 60)
    if kind < 0.4:
        return f"https://{make_valid_name(random)}{random.choice(('', '/'))}{''.join(random.choices(_PARTS, k=4))}"
    path = "".join(random.choices(_PARTS, k=int(random.random() * 6)))
    if kind < 0.55:
        return maybe_damaged(random, path, 0.2)
    authority = random.choice(_USERS) + make_server_name(random)
    absolute = random.choice(_SCHEMES) + random.choice(_SLASHES) + authority
    return maybe_damaged(random, f"{absolute}/{path}" if random.random() < 0.7 else absolute + path, 0.15)


def check_step(follow: Callable[[str, str], str], step: Step) -> str:
    """Check that only https URLs are followed, to a host that all parsers read in the same way."""
    url, location = step
    try:
        followed = follow(url, location)
    except ValueError as error:
        sentence = str(error)
        must(sentence.startswith("which ") and sentence.isprintable(), "a refusal is a printable end of a sentence")
        must(len(sentence) <= _MOST_OF_A_SENTENCE, "a refusal is short")
        return sentence.partition(":")[0]
    must(followed.startswith("https://"), "only https is followed")
    must(followed.isascii() and followed.isprintable() and " " not in followed, "a URL is printable ASCII")
    must("#" not in followed, "a URL has no fragment")
    _check_authority(followed)
    must(follow(followed, followed) == followed, "a URL that redirects to itself is recognised as a loop")
    return (
        "followed to another host" if urlsplit(url).netloc != urlsplit(followed).netloc else "followed to the same host"
    )


def _check_authority(url: str) -> None:
    authority = authority_of(url)
    must(authority.hostname == authority.hostname.lower() and authority.port != 443, "the authority is normalised")
    parts, other = urlsplit(url), URL(url)
    must(parts.username is None and other.user is None, "a URL has no user part")
    must(_same_host(parts.hostname, authority.tls_server_name), "the standard library reads the same host")
    must(_same_host(other.raw_host, authority.tls_server_name), "the HTTP client reads the same host")
    must(parts.port == authority.port and other.port == (authority.port or 443), "all parsers read the same port")


def _same_host(read: str | None, expected: str) -> bool:
    return read == expected or (read is not None and ":" in read and ip_address(read) == ip_address(expected))


REDIRECTS = Target(make_step, next_url, check_step)
