"""What people often pass instead of a server name by mistake, and what they mean."""

import re
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import unquote

from .escaping import quoted

_SIGILS = {"@": "a user ID", "#": "a room alias", "!": "a room ID", "$": "an event ID"}
_QUOTES = {"<": ">", "`": "`", '"': '"', "'": "'"}
_LINK = re.compile(r"\s*(?:(?:https?://)?(?:www\.)?matrix\.to/#/|matrix:[a-z]+/)", re.IGNORECASE)
"""The beginning of a link to a user, a room or an event, up to the identifier (Matrix appendices, "Matrix URI scheme", "matrix.to navigation")."""
_MAX_IDENTIFIER = 1_000  # characters of an identifier in a link: it has at most 255 bytes, which may be percent-encoded
_MAX_DNS_NAME = 253


class Mistake(NamedTuple):
    """What is wrong with a string, what to pass instead if that is obvious, and the advice to do so."""

    problem: str
    suggestion: str = ""
    advice: str = ""


def common_mistake(text: str) -> Mistake | None:
    """Return what is wrong with *text* if it is something that people often pass by mistake."""
    if not text:
        return Mistake("it is empty")
    return _mistake_as_a_whole(text) or _mistake_at_an_end(text) or _mistake_in_characters(text)


def _mistake_as_a_whole(text: str) -> Mistake | None:
    link = _LINK.match(text)
    if link is not None:
        return _linked(text[link.end() :])
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return _instead("it is in quotation marks or brackets", text[1:-1])
    if text[0] in _SIGILS and len(text) > 1:
        domain = text.partition(":")[2]
        advice = f"pass {quoted(domain)}, the part after the first colon (server_name_of() returns it)"
        return Mistake(f"it is {_SIGILS[text[0]]}", domain, advice if domain else "it has no domain part")
    if "://" in text:
        return _only_host_and_port("it is a URL", text.partition("://")[2])
    return None


def _mistake_at_an_end(text: str) -> Mistake | None:
    if text != text.strip():
        return _instead("it has whitespace around it", text.strip())
    if text.endswith("."):
        return _instead("it ends with a dot", text[:-1])
    return None


def _instead(problem: str, suggestion: str) -> Mistake:
    """Return a mistake with the advice to pass *suggestion*, or without advice if it is empty."""
    return Mistake(problem, suggestion, f"pass {quoted(suggestion)}" if suggestion else "")


def _linked(rest: str) -> Mistake:
    """Return what is wrong with a link, of which *rest* begins with the identifier. An event follows the identifier of its room."""
    identifier = re.split("[/?]", rest[:_MAX_IDENTIFIER], maxsplit=1)[0]
    return _instead("it is a link to a user, a room or an event", unquote(identifier).partition(":")[2])


def _only_host_and_port(problem: str, text: str) -> Mistake:
    authority = re.split("[/?#]", text, maxsplit=1)[0]
    return Mistake(problem, authority, f"pass only the host and port, {quoted(authority)}" if authority else "")


def _mistake_in_characters(text: str) -> Mistake | None:
    if not text.isascii():
        return _non_ascii(text)
    if "%" in text and ":" in text:
        return Mistake("it must not contain an IPv6 zone or percent-encoding")
    if "/" in text or "?" in text or "#" in text:
        return _only_host_and_port("it has a path", text)
    if "@" in text:
        return _instead('it has a user part before the "@"', text.rpartition("@")[2])
    if text.count(":") > 1 and "[" not in text and _is_ipv6(text):
        return Mistake("an IPv6 address must be in brackets", f"[{text}]", f'pass "[{text}]"')
    return None


def _is_ipv6(text: str) -> bool:
    try:
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _non_ascii(text: str) -> Mistake:
    """Suggest the A-label form. Python's codec implements the old IDNA 2003, which is good enough for a hint."""
    problem = "a non-ASCII name must be in its ASCII form"
    try:
        name = text.encode("idna").decode("ascii") if len(text) <= _MAX_DNS_NAME else ""
    except UnicodeError:
        return Mistake(f'{problem} ("xn--...")')
    return _instead(problem, name)
