"""The command line with a real name server on loopback: its output and its exit status."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

import matrix_resolve
from matrix_resolve.cli import main
from matrix_resolve.testing.loopback.name_server import serve_zone
from tests._support.zone_lines import LineZone

ADDRESSES = ("--allow", "192.0.2.0/24", "--allow", "2001:db8::/32")
# Only localhost has an address that a well-known request may go to, so all other names cause only DNS queries.
NAMES = (
    "example.org SRV 0 0 1 unused.example.org",
    "_matrix-fed._tcp.example.org SRV 10 0 8443 hs.example.org",
    "_matrix-fed._tcp.example.com SRV 0 0 0 .",
    "hs.example.org AAAA 2001:db8::20",
    "hs.example.org A 192.0.2.20",
    "private.example.org A 10.0.0.1",
    "broken.example.org A SERVFAIL",
    "broken.example.org AAAA SERVFAIL",
)
Printed = pytest.CaptureFixture[str]
Run = Callable[..., "asyncio.Future[int]"]


@pytest.fixture
async def zone() -> LineZone:
    return LineZone(NAMES)


@pytest.fixture
async def run(zone: LineZone) -> AsyncGenerator[Run]:
    """Return a function that runs the command in a thread. The name server of the zone runs on this event loop."""
    async with serve_zone(zone) as server:

        def run(*arguments: str) -> "asyncio.Future[int]":
            command = [*arguments, "--nameserver", server.address, *ADDRESSES]
            return asyncio.ensure_future(asyncio.to_thread(main, command))

        yield run


async def test_text(run: Run, capsys: Printed) -> None:
    """Lookups, skipped lookups, targets and warnings. Without a command, the arguments are those of ``resolve``."""
    assert await run("example.org") == 0
    printed, errors = capsys.readouterr()
    lines = printed.splitlines()
    assert lines[:2] == ["example.org", "  lookups"]
    assert sorted(line.rpartition(" (")[0] for line in lines if "example.org A" in line or "SRV" in line) == [
        "    _matrix-fed._tcp.example.org SRV: 10 0 8443 hs.example.org",
        "    example.org A: no such record",
        "    example.org AAAA: no such record",
        "    hs.example.org A: 192.0.2.20",
        "    hs.example.org AAAA: 2001:db8::20",
    ]
    assert lines[lines.index("  step 4") - 1 :] == [
        "    (no _matrix._tcp: there is a _matrix-fed._tcp record)",
        "  step 4",
        "  targets, in the order in which to try them",
        "    [2001:db8::20]:8443  Host: example.org  TLS name: example.org",
        "    192.0.2.20:8443      Host: example.org  TLS name: example.org",
    ]
    assert errors == ""


async def test_resolve_may_be_said(run: Run, capsys: Printed) -> None:
    assert await run("resolve", "192.0.2.1:8448") == 0
    assert capsys.readouterr().out == (
        "192.0.2.1:8448\n"
        "  no lookups\n"
        "    (no well-known and no SRV: the server name is an IP address)\n"
        "  step 1\n"
        "  targets, in the order in which to try them\n"
        "    192.0.2.1:8448  Host: 192.0.2.1:8448  TLS name: 192.0.2.1\n"
    )


async def test_json_is_one_object_per_line(run: Run, capsys: Printed) -> None:
    assert await run("--json", "192.0.2.1:8448", "@alice:example.org", "example.org") == 1
    literal, invalid, delegated = map(json.loads, capsys.readouterr().out.splitlines())
    assert (literal["server_name"], literal["step"], literal["trace"]) == ("192.0.2.1:8448", "1", [])
    assert [target["ip"] for target in delegated["targets"]] == ["2001:db8::20", "192.0.2.20"]
    assert delegated["warnings"] == []
    assert set(delegated["trace"][0]) == {"kind", "question", "answer", "error", "seconds", "cached"}
    assert invalid["server_name"] == "@alice:example.org"
    assert invalid["trace"] == []
    assert (invalid["error"]["kind"], invalid["error"]["code"]) == ("InvalidServerName", "invalid-name")
    assert 'pass "example.org"' in invalid["error"]["message"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("example.com", "service-not-provided"),
        ("nowhere.example.org", "no-address"),
        ("private.example.org:8448", "address-blocked"),
        ("broken.example.org:8448", "dns-temporary"),
        ("some.onion", "zone-refused"),
        ("exa mple.org", "invalid-name"),
    ],
)
async def test_what_is_not_resolved_ends_with_1(run: Run, capsys: Printed, name: str, code: str) -> None:
    assert await run(name) == 1
    printed, errors = capsys.readouterr()
    reason = printed.splitlines()[-1]
    assert printed.startswith(f"{name}\n")
    assert reason.startswith("  not resolved: ")
    assert reason.endswith(f" [{code}]")
    assert errors == ""


async def test_names_are_printed_in_their_order(run: Run, capsys: Printed) -> None:
    """The other names are resolved, and the exit status is that of the name that fails."""
    names = ["example.org", "example.com", "192.0.2.1"]
    assert await run(*names) == 1
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if not line.startswith(" ")] == names
    assert printed.count("  targets, in the order ") == 2


async def test_names_from_a_file_have_a_line_each(run: Run, capsys: Printed, tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("example.org\nnowhere.example.org:1\nhs.example.org:8443\n")
    assert await run("--from", str(file), "--fresh") == 1
    printed, errors = capsys.readouterr()
    assert sorted(printed.splitlines()) == [
        "example.org: step 4, at [2001:db8::20]:8443 and 1 more",
        "hs.example.org:8443: step 2, at [2001:db8::20]:8443 and 1 more",
        "nowhere.example.org:1: not resolved: step 2: nowhere.example.org has no address in the DNS [no-address]",
    ]
    assert errors.splitlines()[0].startswith("3 names in ")
    assert errors.splitlines()[1:] == [
        "       1  step 2",
        "       1  step 4",
        "       1  not resolved: no-address",
    ]


async def test_fresh_asks_past_the_caches(run: Run, zone: LineZone, capsys: Printed) -> None:
    """A name given twice is looked up once, even with --fresh, because both are resolved at the same time."""
    assert await run("--fresh", "hs.example.org:8443", "hs.example.org:8443") == 0
    assert sorted(zone.asked) == ["A hs.example.org", "AAAA hs.example.org"]
    assert "cached" not in capsys.readouterr().out


@pytest.mark.parametrize("hostile", ["\x1b[2Jexample.org", "example.org\r\nexample.com", "\u202eexample.org"])
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "json"])
async def test_escape_sequences_are_not_printed_raw(
    run: Run, capsys: Printed, hostile: str, form: tuple[str, ...]
) -> None:
    assert await run(*form, hostile) == 1
    printed = capsys.readouterr().out
    assert "example.org" in printed
    assert all(character.isprintable() for line in printed.split("\n") for character in line)
    assert printed.count("\n") == (1 if form else 2)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--nameserver", "resolver", ': the name server "resolver" is not an IP address, optionally with a port'),
        ("--nameserver", "192.0.2.1:99999", ': the name server "192.0.2.1:99999" is not an IP address, optionally'),
        ("--allow", "10.0.0.0/99", ' "10.0.0.0/99" is not a network or an address, such as 10.0.0.0/8 or 10.0.0.1\n'),
        ("--allow", "10.0.0.1/8", ' "10.0.0.1/8" has bits set after its prefix; write "10.0.0.0/8" for the network,'),
        ("--allow", "foo", ' "foo" is not a network or an address, such as'),
        ("--cafile", "no-such-file.pem", ' "no-such-file.pem" cannot be read: No such file or directory\n'),
        ("--cafile", "", ' "" cannot be read: No such file or directory\n'),
        ("--cafile", "/", ' "/" cannot be read: Is a directory\n'),
        ("--cafile", os.devnull, f' "{os.devnull}" does not contain a certificate in PEM format ('),
    ],
)
@pytest.mark.parametrize("command", [[], ["check"]], ids=["resolve", "check"])
def test_a_bad_value_ends_with_2(capsys: Printed, command: list[str], option: str, value: str, message: str) -> None:
    """The error names the option, the value and what is wrong with it, even if another option has a good value."""
    assert main([*command, "--allow", "10.0.0.1", option, value, "example.org"]) == 2
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert errors.startswith(f"matrix-resolve: {option}{message}")
    assert errors.count("\n") == 1


def test_without_arguments_it_prints_the_commands(capsys: Printed) -> None:
    assert main([]) == 2
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert errors.startswith("usage: matrix-resolve ")
    for command in ("resolve", "check", "setup", "serve", "demo"):
        assert f"\n    {command}  " in errors


@pytest.mark.parametrize(
    ("name", "command"), [("chekc", "check"), ("Check", "check"), ("server", "serve"), ("resolv", "resolve")]
)
def test_a_mistyped_command_is_no_name(capsys: Printed, name: str, command: str) -> None:
    assert main([name, "example.org"]) == 2
    printed, errors = capsys.readouterr()
    assert printed == ""
    assert errors == (
        f'matrix-resolve: there is no command "{name}"; did you mean "{command}"? '
        f"To resolve a server with this name, use: matrix-resolve resolve {name}\n"
    )


@pytest.mark.parametrize("name", ["check.org", "serve:8448", "hs", "localhost:1"])
async def test_what_may_be_a_name_is_one(run: Run, capsys: Printed, name: str) -> None:
    await run(name)
    assert capsys.readouterr().out.startswith(f"{name}\n")


async def test_a_name_like_a_command_can_be_resolved(run: Run, capsys: Printed) -> None:
    await run("resolve", "chekc")
    assert capsys.readouterr().out.startswith("chekc\n")


@pytest.mark.parametrize("command", ["check", "setup", "demo"])
def test_a_mistyped_option_gets_the_usage_of_its_command(capsys: Printed, command: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--josn\x1b", *([] if command == "demo" else ["example.org"])])
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"usage: matrix-resolve {command} [-h]")
    assert errors.endswith(f"matrix-resolve {command}: error: unrecognized arguments: --josn\\x1b\n")


@pytest.mark.parametrize("arguments", [["resolve"], ["--no-such-option"], ["example.org", "--no-such-option"]])
def test_bad_usage_ends_with_2(capsys: Printed, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: matrix-resolve" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "printed"),
    [("--version", f"matrix-resolve {matrix_resolve.__version__}"), ("--help", "matrix-resolve example.org")],
)
def test_what_is_asked_about_the_command_itself(capsys: Printed, option: str, printed: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([option])
    assert ended.value.code == 0
    assert printed in capsys.readouterr().out


async def test_the_demo_shows_every_step(capsys: Printed) -> None:
    """The demo makes one request to each of the 19 targets, and five for well-known documents."""
    assert await asyncio.to_thread(main, ["demo"]) == 0
    printed, errors = capsys.readouterr()
    lines = printed.splitlines()
    rows = [line for line in lines if line[:1].isdigit()]
    assert [row.split()[0] for row in rows] == ["1", "1", "2", "3.1", "3.2", "3.3", "3.4", "3.5", "4", "5", "6"]
    assert sum("  200 from " in line for line in lines) == 19
    assert re.findall(r" (\d+) (queries|requests)", lines[-2]) == [("40", "queries"), ("24", "requests")]
    assert errors == ""


def test_the_demo_says_which_extra_it_needs() -> None:
    code = "import sys; sys.modules['trustme'] = None; from matrix_resolve.cli import main; sys.exit(main(['demo']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "matrix-resolve: LoopbackFederation needs dnspython, trustme and cryptography: "
        'pip install "matrix-resolve[testing]"\n'
    )
