"""Fuzzing of well-known bodies."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import NoReturn

from matrix_resolve._well_known.document import Document, InvalidDocument, parse_document
from matrix_resolve.server_name import ServerName

from .fuzz_mutations import MOST, damaged, damaged_bytes, hostile_text, rarely
from .fuzz_names import make_server_name, make_valid_name
from .fuzz_target import Target, must

_NUMBERS = (
    "0",
    "-0",
    "1e999",
    "-1e-999",
    "NaN",
    "Infinity",
    "-Infinity",
    "01",
    "1.",
    ".5",
    "9" * 4000,
    "9" * 5000,
    "1E+",
)
_LITERALS = (
    "null",
    "true",
    "false",
    "nul",
    "True",
    "undefined",
    "'x'",
    '""',
    '"\\ud800"',
    '"\\u0000"',
    '"\\x00"',
    "/**/1",
)
_KEYS = ("m.server", "m.server", "m.server", "m.homeserver", "m\\u002eserver", "M.SERVER", "m.server\\u0000", "a", "")
_SPACES = ("", "", "", "", "", "", "", "", " ", " ", "\n", "\t\r\n", "\x0b", "\xa0", "\ufeff", "\0", "/**/")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "utf-7", "latin-1")
_BOMBS: Sequence[tuple[str, str, str]] = (
    ("[", "", "]"),
    ('{"a":', "1", "}"),
    ('{"m.server":', '"a.example"', "}"),
    ('[{"m.server":"a.example","a":', "[]", "}]"),
)
_MOST_OF_A_SENTENCE = 3000


def make_body(random: Random) -> bytes:
    """Give a body of at most 51,200 bytes that is a document, or nearly, or a bomb."""
    if rarely(random, 100):
        return _bomb(random)[:MOST]
    kind = random.random()
    if kind < 0.05:
        return random.randbytes(int(random.random() * 60))
    text = _document(random) if kind < 0.9 else _value(random, 4)
    if random.random() < 0.2:
        text = damaged(random, text)
    encoding = random.choice(_ENCODINGS) if rarely(random, 25) else "utf-8"
    body = text.encode(encoding, "surrogatepass" if encoding.startswith("utf-8") else "replace")
    return (damaged_bytes(random, body) if random.random() < 0.15 else body)[:MOST]


def _document(random: Random) -> str:
    if random.random() < 0.4:
        return f'{{"a":[1,{{}}],"m.server":"{make_valid_name(random)}"}}'
    members = [_member(random) for _ in range(random.choice((1, 1, 1, 1, 2, 3, 0)))]
    if random.random() < 0.1:
        members.append(f'"m.server":"{make_valid_name(random)}"')
    space = random.choice(_SPACES)
    return f"{space}{{{','.join(members)}{random.choice(_SPACES)}}}{random.choice(_SPACES)}"


def _member(random: Random) -> str:
    value = json.dumps(make_server_name(random)) if random.random() < 0.7 else _value(random, 3)
    return f'"{random.choice(_KEYS)}":{random.choice(_SPACES[:12])}{value}'


def _value(random: Random, depth: int) -> str:
    kind = int(random.random() * (6 if depth else 4))
    if kind < 2:
        return random.choice((_NUMBERS, _LITERALS)[kind])
    if kind == 2:
        return json.dumps(make_server_name(random), ensure_ascii=random.random() < 0.5)
    if kind == 3:
        return f'"{hostile_text(random, 12)}"'
    parts = [_value(random, depth - 1) for _ in range(int(random.random() * 3))]
    if kind == 4:
        return f"[{','.join(parts)}]"
    members = [f'"{random.choice(_KEYS)}":{part}' for part in parts]
    return f"{{{','.join(members)}}}"


def _bomb(random: Random) -> bytes:
    """Make what is deep, long or large."""
    kind = int(random.random() * 4)
    if kind == 0:
        opening, inner, closing = random.choice(_BOMBS)
        depth = random.choice((100, 900, 3000, 60_000))
        return f"{opening * depth}{inner}{closing * depth}".encode()
    if kind == 1:
        return f'{{"m.server":{random.choice("19")}{random.choice("0e.") * MOST}}}'.encode()
    if kind == 2:
        members = [*([_member(random)] * 1500), _member(random)]
        return f"{{{','.join(members)}}}".encode("utf-8", "surrogatepass")
    name = random.choice(("a", "a.", "@a:", "é", "\\u00e9", "\\ud83e\\udd84", "https://", "[::", " ")) * (MOST // 12)
    return f'{{"m.server":"{name}"}}'.encode()


def check_body(read: Callable[[bytes], Document], body: bytes) -> str:
    """A body gives exactly the name that strict JSON has in it, or a printable sentence."""
    expected = _strictly(body)
    try:
        document = read(body)
    except InvalidDocument as error:
        sentence = str(error)
        must(sentence and sentence.isprintable(), "the sentence about a body is printable")
        must(len(sentence) <= _MOST_OF_A_SENTENCE, "the sentence about a body is short")
        must(expected is None, "a valid body is accepted")
        return sentence.partition(";")[0].partition(":")[0]
    must(document.delegated == expected, "the name is the one that strict JSON has in it")
    must(type(document.delegated) is ServerName, "the name is a server name")
    return "accepted, though ambiguous" if document.is_ambiguous else "accepted"


def _strictly(body: bytes) -> str | None:
    """Read a body by the shortest possible means."""
    try:
        document = json.loads(body.decode("utf-8"), parse_constant=_refuse)
        return ServerName.parse(document["m.server"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


BODIES = Target(make_body, parse_document, check_body)
