"""A short soak; the long one is a command. What it has to find is planted here."""

import asyncio

import pytest

from matrix_resolve import DnsAnswer, RecordType

from . import soak as module
from .soak import CHECKPOINTS, MAX_DNS_ANSWERS, MAX_NAMES, MAX_RECORDS, SoakError, main, soak
from .soak_testbed import SoakDns


def test_a_short_soak() -> None:
    soaked = soak(4_000, seed=1)
    last = soaked.checkpoints[-1]
    assert len(soaked.checkpoints) == CHECKPOINTS
    assert sum(soaked.outcomes.values()) == 4_000
    assert (last.names, last.dns_answers, last.records) == (MAX_NAMES, MAX_DNS_ANSWERS, MAX_RECORDS), "no limit is met"
    steps = {f"step {step}" for step in ("1", "2", "3.1", "3.2", "3.3", "3.4", "3.5", "4", "5", "6")}
    assert set(soaked.outcomes) >= steps | {"cancelled", "dns-temporary", "service-not-provided", "no-address"}


class _Hoarder(SoakDns):
    """Keeps some kilobytes of each question."""

    kept: list[bytes] = []  # noqa: RUF012 - for good, which is the fault

    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        self.kept.append(bytes(8192))
        return await super().lookup(name, record_type, refresh=refresh)


class _Forgetful(SoakDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        asyncio.get_running_loop().create_task(asyncio.sleep(1e6))
        return await super().lookup(name, record_type, refresh=refresh)


class _OtherName(SoakDns):
    async def lookup(self, name: str, record_type: RecordType, *, refresh: bool = False) -> DnsAnswer:
        answer = await super().lookup(name, record_type, refresh=refresh)
        return DnsAnswer(("9.9.9.9",), answer.ttl, name) if record_type == "A" else answer


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [(_Hoarder, "memory grew by"), (_Forgetful, "more than 1"), (_OtherName, "which is another's")],
)
def test_a_planted_fault_is_found(fault: type[SoakDns], complaint: str) -> None:
    with pytest.raises(SoakError, match=complaint):
        soak(500, seed=1, make_dns=fault)


def test_the_command_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(module, "MAX_GROWTH", -(10**9))
    assert main(["--resolves", "200", "--seed", "7"]) == 1
    assert capsys.readouterr().out.splitlines()[-1].startswith("seed 7: memory grew by ")
