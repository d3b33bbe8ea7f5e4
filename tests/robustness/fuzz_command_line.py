"""Fuzzing of the command line without a network: no argument is a name for which the command would send a DNS query."""

import json
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from random import Random

import attrs

from matrix_resolve.cli import main
from matrix_resolve.errors import InvalidServerName
from matrix_resolve.server_name import ServerName

from .fuzz_mutations import hostile_text, maybe_damaged, rarely
from .fuzz_names import make_ip_v4, make_ip_v6, make_server_name
from .fuzz_target import Target, must

_OPTIONS = (
    "--json",
    "--json",
    "--fresh",
    "--nameserver",
    "--allow",
    "--cafile",
    "--from",
    "--concurrency",
    "--help",
    "-h",
    "--version",
    "--",
    "-",
    "--j",
    "--n",
    "-x",
)
_VALUES = (
    "0.0.0.0/0",
    "::/0",
    "192.0.2.0/24",
    "10.0.0.0/99",
    "192.0.2.53:53",
    "[::1]:53",
    "127.0.0.1%lo",
    "no such file",
    "-",
    "0",
    "\0",
    "/",
    "",
)
_BEGINNINGS: Sequence[tuple[str, ...]] = ((), (), ("resolve",), ("--json",), ("resolve", "--json"))
_ENCODINGS = ("utf-8", "utf-8", "utf-8", "ascii", "latin-1")


@attrs.frozen
class Call:
    """A list of arguments, and the encoding of the terminal."""

    arguments: tuple[str, ...]
    encoding: str = "utf-8"


def make_call(random: Random) -> Call:
    """Return hostile arguments. None of them is a name that would be looked up."""
    arguments = [_argument(random) for _ in range(int(random.random() * 5))]
    command = random.choice(_BEGINNINGS) if not rarely(random, 50) else (random.choice(_OPTIONS),)
    return Call((*command, *map(harmless, arguments)), random.choice(_ENCODINGS))


def _argument(random: Random) -> str:
    kind = random.random()
    if kind < 0.3:
        return maybe_damaged(random, random.choice(_OPTIONS), 0.1)
    if kind < 0.4:
        return f"{random.choice(_OPTIONS[3:8])}={_value(random)}"
    if kind < 0.55:
        return random.choice((make_ip_v4(random), f"[{make_ip_v6(random)}]:8448", "192.0.2.1:8448", "1.1.1.1"))
    if kind < 0.65:
        return _value(random)
    return make_server_name(random) * (1 if not rarely(random, 20) else 400)


def _value(random: Random) -> str:
    return maybe_damaged(random, random.choice(_VALUES), 0.3) if random.random() < 0.8 else hostile_text(random)


def harmless(argument: str) -> str:
    """Return *argument*, made invalid if the command would look it up or read a device.

    The part after an equals sign counts, too.
    """
    parts = (argument, argument.partition("=")[2])
    return f"{argument}!" if any(map(_would_be_looked_up, parts)) or argument.startswith("--cafile=/dev") else argument


def _would_be_looked_up(text: str) -> bool:
    try:
        return ServerName.parse(text).ip is None
    except InvalidServerName:
        return False


def check_call(run: Callable[[Sequence[str]], int], call: Call) -> str:
    """Check that the command ends with a known status and prints nothing that affects a terminal, in any encoding."""
    out, err = _terminal(call.encoding), _terminal(call.encoding)
    err.reconfigure(errors="backslashreplace")
    with redirect_stdout(out), redirect_stderr(err), _no_input():
        try:
            status: object = run(call.arguments)
        except SystemExit as ended:
            status = f"exit {ended.code}"
    printed, errors = _printed(out), _printed(err)
    must(status in {0, 1, 2, "exit 0", "exit 2"}, "the exit status is 0, 1 or 2")
    must("Traceback" not in errors, "no traceback is printed")
    for line in (printed + errors).split("\n"):
        must(line.isprintable(), "the output has no control characters")
    must(bool(errors) == (status in {2, "exit 2"}), "there is an error message exactly if the usage is wrong")
    must(bool(printed) == (status in {0, 1, "exit 0"}), "there is output exactly if the usage is right")
    if status in {0, 1} and _asks_for_json(call.arguments):
        must(all(map(_is_object, printed.splitlines())), "with --json each line is a JSON object")
    return f"{status}"


@contextmanager
def _no_input() -> Generator[None]:
    """Make standard input empty, so that nothing waits for a terminal."""
    before, sys.stdin = sys.stdin, _terminal("utf-8")
    try:
        yield
    finally:
        sys.stdin = before


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Return True only if ``--json`` is certainly an option: after ``--`` or another option it may be a value."""
    return arguments[:1] == ("--json",) or arguments[:2] == ("resolve", "--json")


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _terminal(encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding=encoding, newline="\n")


def _printed(terminal: TextIOWrapper) -> str:
    terminal.flush()
    buffer = terminal.buffer
    return buffer.getvalue().decode(terminal.encoding) if isinstance(buffer, BytesIO) else ""


COMMAND_LINES = Target(make_call, main, check_call)
