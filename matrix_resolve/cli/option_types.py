"""Numbers in options. argparse itself would name Python's types in its error messages."""

from argparse import ArgumentTypeError

from .._util.argument_checks import shown


def whole_number(text: str) -> int:
    """Return the number in *text*.

    Raises:
        ArgumentTypeError: If it is not a whole number.
    """
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{shown(text)} is not a whole number") from None


def seconds(text: str) -> float:
    """Return the number of seconds in *text*.

    Raises:
        ArgumentTypeError: If it is not a number.
    """
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"{shown(text)} is not a number of seconds") from None
