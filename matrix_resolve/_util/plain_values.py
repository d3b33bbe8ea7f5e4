"""Strings and integers without the behaviour of their subclasses.

A ``class Name(str, Enum)`` has a ``__str__`` and a ``__format__`` that return ``"Name.MEMBER"``. So a string from a caller is converted once,
where it is passed.
"""


def plain_str(text: str) -> str:
    """Return the characters of *text* as a `str`, whatever its class."""
    return str.__str__(text)


def plain_int(number: int) -> int:
    """Return the value of *number* as an `int`, whatever its class."""
    return int.__int__(number)
