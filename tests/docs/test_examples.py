"""The examples run as users run them: without arguments. Every warning is an error."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = ["bot_helper", "fan_out", "openid_fastapi"]  # tested in test_programs.py
EXAMPLES = Path(__file__).parents[2] / "examples"

PRINTED = {
    "resolve_once": """\
example.org: step 3.2, delegated to matrix.example.org:443
  [2001:db8::10]:443  Host: matrix.example.org:443  TLS name: matrix.example.org
  192.0.2.10:443  Host: matrix.example.org:443  TLS name: matrix.example.org
example.com: step 4
  192.0.2.20:8443  Host: example.com  TLS name: example.com
example.net: step 6
  192.0.2.30:8448  Host: example.net  TLS name: example.net
""",
    "connect": """\
GET /_matrix/federation/v1/version, Host: matrix.example.org:443
HTTP/1.1 200 OK
""",
    "probe_versions": """\
server1.example: Example 1
server2.example: unknown (response-not-json): matrix-federation://server2.example/_matrix/federation/v1/version, HTTP status 502: the body is not valid JSON at line 1, column 1
server3.example: unknown: HTTP status 404, without a version
server4.example: unknown (connect-failed): server4.example: no target could be connected to; 198.51.100.99:8448: the certificate for server4.example has expired; renew it, and make the server load the new one
server5.example: unknown (no-address): server5.example: step 6: server5.example has no address in the DNS
""",
    "where_command": """\
> hello
None
> !where
Tell me a server, a user or a room alias: !where example.org
> !where example.org
example.org is at [2001:db8::1]:443, 198.51.100.1:443: it delegates to matrix.example.org:443.
> !where #room:example.com
example.com is at [2001:db8::3]:8443, 198.51.100.3:8443: its DNS says so (SRV, in the deprecated form).
> !where nowhere.example
I cannot find it: nowhere.example: step 6: nowhere.example has no address in the DNS.
> !where https://example.org
I cannot find it: "https://example.org" is not a valid server name: it is a URL; pass only the host and port, "example.org".
""",
    "own_dns_backend": """\
[fd00::5]:8448 (Host: hs.lan, TLS name: hs.lan)
10.0.0.5:8448 (Host: hs.lan, TLS name: hs.lan)
""",
    "own_cache_backend": """\
example.org: step 3.1, delegated to 192.0.2.10:443; well-known requests: 1
example.org: step 3.1, delegated to 192.0.2.10:443; well-known requests: 0
""",
}


def run(name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - no input from outside


@pytest.mark.parametrize("name", PRINTED)
def test_prints(name: str) -> None:
    done = run(name)
    # before 14.3, rich ends a bar that it does not show with an empty line
    assert (done.returncode, done.stdout, done.stderr.strip()) == (0, PRINTED[name], "")


def test_every_example_is_tested() -> None:
    assert {file.stem for file in EXAMPLES.glob("*.py")} == {*PRINTED, *PROGRAMS}


def test_resolve_once_shows_why_a_real_name_has_no_targets() -> None:
    """With a name as argument no fake is asked; this one needs no network to be refused."""
    done = run("resolve_once", "127.0.0.1:8448")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("127.0.0.1:8448: step 1: the address policy refuses 127.0.0.1 (127.0.0.0/8 loopback)")
    assert done.stdout.endswith("[address-blocked]\n")


def test_probe_versions_has_a_bar_on_a_terminal() -> None:
    ours, its = pty.openpty()
    command = [sys.executable, "-W", "error", str(EXAMPLES / "probe_versions.py")]
    environment = {**os.environ, "TERM": "xterm"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=its, env=environment, timeout=60, check=True)  # noqa: S603 - no input from outside
    os.close(its)
    assert done.stdout.decode() == PRINTED["probe_versions"]
    assert b"Asking" in os.read(ours, 65_536)
    os.close(ours)


def test_connect_shows_why_a_real_name_cannot_be_reached() -> None:
    done = run("connect", "@alice:example.org")
    assert (done.returncode, done.stderr) == (1, "")
    assert 'pass "example.org"' in done.stdout
