"""``matrix-resolve check``: what it prints and with which status it ends, on a federation on loopback."""

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest

from matrix_resolve import AddressPolicy, __version__
from matrix_resolve.check import check_server
from matrix_resolve.cli import main
from matrix_resolve.cli.check_output import output_for
from matrix_resolve.cli.check_run import run_checks
from matrix_resolve.testing import LoopbackFederation, Reply
from tests.check.homeservers import be_homeserver

WELL_KNOWN = "/.well-known/matrix/server"
Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _unknown_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture
def federation() -> Iterator[LoopbackFederation]:
    with LoopbackFederation() as federation:
        yield federation


@pytest.fixture
def healthy(federation: LoopbackFederation) -> LoopbackFederation:
    """A federation with one working server, whose well-known request is answered with 404."""
    be_homeserver(federation.server("example.org"), "example.org")
    federation.server("example.org", port=443).reply(WELL_KNOWN, Reply(status=404))
    return federation


async def checked(federation: LoopbackFederation, *names: str, in_json: bool = False, verbose: bool = False) -> int:
    show = output_for(in_json=in_json, verbose=verbose)
    return await run_checks(federation.resolver(), names, show, timeout=60)


async def test_what_works(healthy: LoopbackFederation, capsys: Printed) -> None:
    assert await checked(healthy, "example.org") == 0
    printed, errors = capsys.readouterr()
    assert errors == ""
    assert printed == (
        "example.org: works for everybody\n"
        "  Other servers connect to example.org, port 8448 (step 6: no valid well-known document and no SRV record).\n"
        "  They send Host example.org and expect a certificate for example.org.\n"
        f"    [2001:db8::1]:8448  TLSv1.3, LoopbackFederation {__version__}\n"
        f"    198.51.100.1:8448   TLSv1.3, LoopbackFederation {__version__}\n"
    )


async def test_what_is_broken(federation: LoopbackFederation, capsys: Printed) -> None:
    be_homeserver(federation.server("matrix.example.org", port=443, certificate="expired"), "example.org")
    federation.well_known("example.org", "matrix.example.org:443")
    assert await checked(federation, "example.org") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:7] == [
        "example.org: works for nobody",
        "  Other servers connect to matrix.example.org, port 443 (step 3.2: the well-known document delegates to matrix.example.org:443).",
        "  They send Host matrix.example.org:443 and expect a certificate for matrix.example.org.",
        "    [2001:db8::1]:443  the certificate for matrix.example.org has expired",
        "    198.51.100.1:443   the certificate for matrix.example.org has expired",
        "",
        "  error: certificate-expired",
    ]
    assert lines[7].startswith("    The certificate for matrix.example.org ")
    assert lines[8].startswith("    Repair: Renew ")
    (seen,) = lines[9:]
    assert seen.startswith("      [2001:db8::1]:443, 198.51.100.1:443: ")


async def test_what_works_for_some(healthy: LoopbackFederation, capsys: Printed) -> None:
    document = Reply.json({"m.server": "example.org:8448"})
    answers = [document, document, Reply(status=404)]  # one for the resolver, and one for each address
    healthy.server("example.org", port=443).reply(WELL_KNOWN, *answers)
    assert await checked(healthy, "example.org") == 1
    printed = capsys.readouterr().out
    assert "example.org: works for some " in printed
    assert "\n  error: well-known-differs\n" in printed


async def test_a_warning_ends_with_3(healthy: LoopbackFederation, capsys: Printed) -> None:
    document = Reply(headers={"Content-Type": "text/plain"}, body=b'{"m.server": "example.org:8448"}')
    healthy.server("example.org", port=443).reply(WELL_KNOWN, document)
    assert await checked(healthy, "example.org") == 3
    printed = capsys.readouterr().out
    assert "example.org: works for everybody\n" in printed
    assert "\n  warning: well-known-content-type\n" in printed


async def test_names_are_printed_in_their_order(healthy: LoopbackFederation, capsys: Printed) -> None:
    """The exit status is that of the worst name. An invalid name has a finding, too."""
    names = ["nowhere.example", "example.org", "@alice:example.org"]
    assert await checked(healthy, *names) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line[:1].strip()] == [
        "nowhere.example: works for nobody",
        "example.org: works for everybody",
        '"@alice:example.org" is not a valid server name',
        "3 names: 1 works for everybody, 1 for nobody, 1 invalid name",
    ]
    assert [before for before, line in itertools.pairwise(lines) if line[:1].strip()] == [""] * 3


async def test_a_check_that_breaks_down_ends_no_other(healthy: LoopbackFederation, capsys: Printed) -> None:
    """An exception in one check stands for a bug in this library."""

    class Mistaken(AddressPolicy):
        def refusal(self, ip: str) -> str | None:
            if ip == "198.51.100.66":
                raise LookupError("a mistake")
            return super().refusal(ip)

    healthy.server("broken.example", addresses=["198.51.100.66"])
    resolver = healthy.resolver(address_policy=Mistaken(allow=["198.51.100.0/24", "2001:db8::/32"]))
    output = output_for(in_json=False, verbose=False)
    assert await run_checks(resolver, ["broken.example", "example.org"], output, timeout=60) == 1
    printed = capsys.readouterr()
    assert "example.org: works for everybody\n" in printed.out
    assert "matrix-resolve: broken.example: " in printed.err
    assert "LookupError('a mistake')" in printed.err


async def test_names_beyond_the_limit_wait(healthy: LoopbackFederation, capsys: Printed) -> None:
    """With concurrency=1 the names are checked one after another."""
    names = ["nowhere.example", "example.org", "gone.example"]
    show = output_for(in_json=False, verbose=False)
    assert await run_checks(healthy.resolver(), names, show, timeout=60, concurrency=1) == 1
    printed = [line for line in capsys.readouterr().out.splitlines() if line[:1].strip()]
    assert [line.partition(":")[0] for line in printed[:-1]] == names
    assert printed[-1] == "3 names: 1 works for everybody, 2 for nobody"
    asked = [
        question.split()[-1].removeprefix("_matrix._tcp.").removeprefix("_matrix-fed._tcp.")
        for question in healthy.zone.asked
    ]
    assert list(dict.fromkeys(asked)) == names
    assert asked == sorted(asked, key=names.index)


async def test_json_is_one_object_per_line(healthy: LoopbackFederation, capsys: Printed) -> None:
    assert await checked(healthy, "example.org", "nowhere.example", "exa mple.org", in_json=True) == 1
    good, nowhere, invalid = map(json.loads, capsys.readouterr().out.splitlines())
    assert (good["schema"], good["server_name"], good["verdict"]) == (1, "example.org", "everybody")
    assert [finding["code"] for finding in nowhere["findings"]] == ["no-address"]
    assert (invalid["server_name"], invalid["error"]["code"]) == ("exa mple.org", "invalid-name")


async def test_verbose_shows_everything_that_was_seen(healthy: LoopbackFederation, capsys: Printed) -> None:
    assert await checked(healthy, "example.org", verbose=True) == 0
    printed = capsys.readouterr().out
    for line in (
        "    example.org A: 198.51.100.1\n",
        "    _matrix._tcp.example.org SRV: no such record\n",
        "    2001:db8::1, 198.51.100.1: absent",
        "    [2001:db8::1]:8448, 198.51.100.1:8448: TLSv1.3, LoopbackFederation",
        "      https://example.org/.well-known/matrix/server: 404\n",
        "      certificate for example.org\n        from OU=",
        "        valid from 2000-01-01 00:00 UTC to 3000-01-01 00:00 UTC\n",
        "      https://example.org/_matrix/federation/v1/version: 200\n",
        "      keys of example.org: ed25519:a until 20",
    ):
        assert line in printed


async def test_verbose_says_that_a_certificate_is_not_believed(federation: LoopbackFederation, capsys: Printed) -> None:
    """The certificate is invalid, and the check made requests to the server all the same."""
    be_homeserver(federation.server("example.org", certificate="expired"), "example.org")
    assert await checked(federation, "example.org", verbose=True) == 1
    printed = capsys.readouterr().out
    note = "      other servers refuse this certificate; the check continues, but does not trust the responses below\n"
    assert printed.count(note) == 1
    assert " UTC\n" + note + "      https://example.org/_matrix/federation/v1/version: 200\n" in printed


async def test_a_report_prints_itself(healthy: LoopbackFederation, capsys: Printed) -> None:
    healthy.server("example.org").reply("/_matrix/key/v2/server", Reply(status=404))
    assert await checked(healthy, "example.org") == 1
    report = await check_server(healthy.resolver(), "example.org", timeout=60)
    assert f"{report}\n" == capsys.readouterr().out


async def test_long_lines_are_wrapped(
    federation: LoopbackFederation, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``COLUMNS`` sets the width. Without it, a pipe gets each sentence on one line, which can be searched."""
    monkeypatch.setenv("COLUMNS", "60")
    await checked(federation, "nowhere.example")
    wrapped = capsys.readouterr().out
    monkeypatch.delenv("COLUMNS")
    await checked(federation, "nowhere.example")
    whole = capsys.readouterr().out
    assert wrapped.split() == whole.split()
    assert (
        max(len(line) for line in wrapped.splitlines() if WELL_KNOWN not in line)
        <= 60
        < len(max(whole.splitlines(), key=len))
    )


async def test_a_web_page_full_of_escapes(federation: LoopbackFederation, capsys: Printed) -> None:
    page = Reply(headers={"Content-Type": "text/html", "Server": "[red]"}, body=b"<html>[red]\x1b[2J")
    federation.server("example.org", port=443).reply("/*", page)
    be_homeserver(federation.server("example.org"), "example.org")
    await checked(federation, "example.org", verbose=True)
    printed = capsys.readouterr().out
    assert "well-known-html" in printed
    assert "        server: [red]\n" in printed
    assert all(character.isprintable() for line in printed.split("\n") for character in line)


async def test_the_whole_command(federation: LoopbackFederation, capsys: Printed, tmp_path: Path) -> None:
    """The command makes its own resolver from --nameserver, --allow and --cafile."""
    server = federation.server("hs.example", names=["example.org"])
    _, port = federation.connect_to(server.addresses[0], 8448)
    be_homeserver(server, f"example.org:{port}")
    federation.zone.a("example.org", "127.0.0.1")
    (authority := tmp_path / "ca.pem").write_bytes(federation.authority_pem)
    options = ["--nameserver", federation.nameserver, "--allow", "127.0.0.0/8", "--cafile", str(authority)]
    assert await asyncio.to_thread(main, ["check", f"example.org:{port}", "--timeout", "60", *options]) == 0
    assert capsys.readouterr().out == (
        f"example.org:{port}: works for everybody\n"
        f"  Other servers connect to example.org, port {port} (step 2: the name has a port).\n"
        f"  They send Host example.org:{port} and expect a certificate for example.org.\n"
        f"    127.0.0.1:{port}  TLSv1.3, LoopbackFederation {__version__}\n"
    )


def test_a_name_that_is_none_is_a_finding(capsys: Printed) -> None:
    assert main(["check", "@alice:example.org"]) == 1
    assert capsys.readouterr().out.startswith(
        '"@alice:example.org" is not a valid server name\n\n  error: invalid-name\n'
    )


def test_nothing_is_no_name(capsys: Printed) -> None:
    assert main(["check", ""]) == 1
    assert capsys.readouterr().out.startswith('"" is not a valid server name\n\n  error: invalid-name\n')


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf"])
def test_a_timeout_is_a_time(capsys: Printed, seconds: str) -> None:
    assert main(["check", f"--timeout={seconds}", "example.org"]) == 2
    assert "finite number of seconds above 0" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["check"], ["check", "--timeout", "soon", "example.org"]])
def test_bad_usage_ends_with_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_it_says_which_extra_it_needs() -> None:
    code = "import sys; sys.modules['cryptography'] = None; from matrix_resolve.cli import main; sys.exit(main(['check', 'a.example']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own code
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'matrix-resolve: a check needs cryptography: pip install "matrix-resolve[check]"\n'


async def test_interrupted_it_ends_with_130() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(30)
        command = ["check", "example.org", "--nameserver", f"127.0.0.1:{silent.getsockname()[1]}"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-m", "matrix_resolve", *command, stdout=PIPE, stderr=PIPE
        )
        await asyncio.to_thread(silent.recv, 1)
        process.send_signal(signal.SIGINT)
        printed = await process.communicate()
    assert (process.returncode, *printed) == (130, b"", b"")


async def test_a_reader_that_has_gone_gets_no_more() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-W", "error", "-m", "matrix_resolve", "check", "exa mple.org", "@a:b"]
    process = await asyncio.create_subprocess_exec(*command, stdout=theirs, stderr=PIPE)
    os.close(theirs)
    _, complaints = await process.communicate()
    assert (process.returncode, complaints) == (1, b"")
