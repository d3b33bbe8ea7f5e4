"""``matrix-resolve check`` with several names: no name waits for the connections of another one."""

import asyncio

import pytest

from matrix_resolve.cli import main
from matrix_resolve.cli.check_output import output_for
from matrix_resolve.cli.check_run import run_checks
from matrix_resolve.testing import LoopbackFederation
from tests._support.waiting import until
from tests.check.homeservers import KEYS_PATH, be_homeserver


async def test_silent_names_keep_no_other_waiting() -> None:
    """The check of the seventh name completes while six names with twenty silent targets each are being checked."""
    names = [f"silent{number}.example:8448" for number in range(6)]
    async with LoopbackFederation() as federation:
        be_homeserver(federation.server("example.org"), "example.org")
        for number, name in enumerate(names):
            addresses = [f"198.51.100.{20 + number * 20 + each}" for each in range(20)]
            federation.server(name.removesuffix(":8448"), addresses=addresses).stop("hang")
        output = output_for(in_json=False, verbose=False)
        checking = asyncio.create_task(run_checks(federation.resolver(), [*names, "example.org"], output, timeout=60))
        await until(lambda: KEYS_PATH in {request.path for request in federation.seen.requests})
        assert not checking.done()
        checking.cancel()
        await asyncio.wait([checking])


def test_the_time_for_each_name_is_the_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """The name server is silent, so the time limit of half a second ends the check."""
    with LoopbackFederation() as federation:
        for name in ("a.example", "_matrix._tcp.a.example", "_matrix-fed._tcp.a.example"):
            for kind in ("A", "AAAA", "SRV"):
                federation.zone.fail(name, kind, "silence")
        assert main(["check", "a.example", "--timeout", "0.5", "--nameserver", federation.nameserver]) == 3
    printed = capsys.readouterr().out
    assert printed.startswith("a.example: unknown, ")
    assert "  warning: check-cut-short\n" in printed
    assert "not checked (DNS records): a.example" in printed
    assert "not checked (the resolution): a.example" in printed
