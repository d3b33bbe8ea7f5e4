"""Hostile text and bytes, and small damage to something valid."""

from collections.abc import Sequence
from random import Random

CHARACTERS: Sequence[str] = (
    *'\0\t\n\r\x0b\x0c\x1b\x1c\x1f \x7f\x80\x85\x9b\xa0"%&+,-./:;=?@[\\]_`#$!{|}~<>()*0189aAfFxXzZ',
    *("\u00ad", "\u00df", "\u0130", "\u0131", "\u017f", "\u0660", "\u06f1", "\u200b", "\u200d", "\u202e", "\u2028"),
    *("\u2066", "\u212a", "\u2024", "\u3002", "\ufeff", "\uff0e", "\uff10", "\uff1a", "\uff61", "\uffff"),
    *("\ud800", "\udbff", "\udc80", "\udcff", "\udfff", "\U0001d7d8", "\U0001f984", "\U000e0001", "\U0010ffff"),
)
WORDS: Sequence[str] = (
    *("", "..", "::", "//", "0x", "\\u0000", "\\ud800", "%00", "%2e", "%25eth0", "\r\n", "\r\n\r\n", "xn--", "e9999"),
    *(
        "127.0.0.1",
        "localhost",
        "null",
        "NaN",
        "-1",
        "99999999999999999999",
        "m.server",
        "https://",
        "\x1b[2J",
        "'\"><",
    ),
)
MOST = 51_200  # bytes of a well-known response that are read


def hostile_text(random: Random, most: int = 40) -> str:
    """Return up to *most* characters that some parser treats in its own way."""
    return "".join(random.choices(CHARACTERS, k=int(random.random() * (most + 1))))


def rarely(random: Random, one_in: int) -> bool:
    """Return True once in *one_in* calls, for inputs that take much time."""
    return random.random() * one_in < 1


def damaged(random: Random, text: str) -> str:
    """Return *text* after a few random edits."""
    for _ in range(1 + int(random.random() * 3)):
        text = _edited(random, text)
    return text


def maybe_damaged(random: Random, text: str, part: float = 0.3) -> str:
    """Return *text*, damaged in about this *part* of all cases."""
    return damaged(random, text) if random.random() < part else text


def _edited(random: Random, text: str) -> str:
    here = int(random.random() * (len(text) + 1))
    there = min(len(text), here + int(random.random() * 4))
    edit = int(random.random() * 7)
    if edit == 0:
        return text[:here] + text[there:]
    if edit == 1:
        return text[:here] + random.choice(WORDS) + text[here:]
    if edit == 2:
        return text[:there] + text[here:there] * int(random.random() * 80) + text[there:]
    if edit == 3:
        return text[:here] + text[here:there].swapcase() + text[there:]
    if edit == 4:
        return text[:here]
    return text[:here] + random.choice(CHARACTERS) + text[here + (edit == 5) :]


def damaged_bytes(random: Random, data: bytes) -> bytes:
    """Return *data* with some bytes inserted, replaced, moved or cut off."""
    here = int(random.random() * (len(data) + 1))
    edit = int(random.random() * 4)
    if edit == 0:
        return data[:here]
    if edit == 1:
        return data[:here] + random.randbytes(1 + int(random.random() * 3)) + data[here:]
    if edit == 2:
        return data[:here] + bytes([int(random.random() * 256)]) + data[here + 1 :]
    return data[here:] + data[:here]
