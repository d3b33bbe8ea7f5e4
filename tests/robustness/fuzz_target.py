"""What a fuzz target is: how its inputs are made, what is run on them, and what must hold."""

from collections.abc import Callable
from random import Random
from typing import Generic, TypeVar

import attrs

Input = TypeVar("Input")
Subject = TypeVar("Subject")


class ViolationError(Exception):
    """The code under test did what it must never do; the message says which promise that breaks."""


def must(holds: object, promise: str) -> None:
    """Hold the code under test to a promise; unlike `assert` it is also in force under ``python -O``.

    Raises:
        ViolationError: If it does not hold.
    """
    if not holds:
        raise ViolationError(promise)


@attrs.frozen
class Target(Generic[Input, Subject]):
    """One entrance through which text of strangers comes in.

    Attributes:
        make: Makes one input; all its chance comes from the argument.
        subject: The code under test, to be replaced only to see that a bug in it is found.
        check: Runs the subject on one input and gives the kind of outcome; raises whatever it was that must never happen.
    """

    make: Callable[[Random], Input]
    subject: Subject
    check: Callable[[Subject, Input], str]
