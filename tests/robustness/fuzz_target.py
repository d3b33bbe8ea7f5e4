"""A fuzz target: how inputs are made, what is run on them, and what must hold."""

from collections.abc import Callable
from random import Random
from typing import Generic, TypeVar

import attrs

Input = TypeVar("Input")
Subject = TypeVar("Subject")


class ViolationError(Exception):
    """The code under test did something that it must never do. The message is the broken promise."""


def must(holds: object, promise: str) -> None:
    """Raise an exception if a promise is broken. Unlike `assert`, this also works under ``python -O``.

    Raises:
        ViolationError: If *holds* is false.
    """
    if not holds:
        raise ViolationError(promise)


@attrs.frozen
class Target(Generic[Input, Subject]):
    """One entry point for text from outside.

    Attributes:
        make: Returns one input; all randomness comes from the argument.
        subject: The code under test; tests replace it with one that has a bug.
        check: Runs the subject on one input and returns the kind of outcome; raises an exception if a promise is
            broken.
    """

    make: Callable[[Random], Input]
    subject: Subject
    check: Callable[[Subject, Input], str]
