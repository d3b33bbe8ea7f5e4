"""The algorithm alone, run without an event loop: each step, each kind of result, and the order of the lookups."""

from collections.abc import Coroutine, Mapping

import pytest

from matrix_resolve import ServerName, ServiceNotProvided, SrvRecord
from matrix_resolve.discovery.srv import NO_RECORD, SrvAnswer
from matrix_resolve.discovery.steps import Discovery, discover
from matrix_resolve.reasons import Reason

RECORD = SrvAnswer(found=True, records=(SrvRecord(10, 5, 8443, "t1.example.com"),))
UNUSABLE = SrvAnswer(found=True, skipped=(Reason.of("srv-port-not-valid", target="a.example", port=0),))
NOT_PROVIDED = SrvAnswer(found=True, provided=False)
FED, OLD = "_matrix-fed._tcp", "_matrix._tcp"


class Lookups:
    """Returns answers from tables and never suspends."""

    def __init__(self, delegated: str | None, srv: Mapping[str, SrvAnswer]) -> None:
        self.asked: list[str] = []
        self._delegated = delegated
        self._srv = srv

    async def delegation(self, hostname: str) -> ServerName | None:
        self.asked.append(f"WK {hostname}")
        return None if self._delegated is None else ServerName.parse(self._delegated)

    async def srv(self, service: str, hostname: str) -> SrvAnswer:
        self.asked.append(f"{service}.{hostname}")
        return self._srv.get(f"{service}.{hostname}", NO_RECORD)


def drive(coroutine: Coroutine[object, object, Discovery]) -> Discovery:
    """Run a coroutine that never suspends, and return its result."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: Discovery = done.value
        return result
    raise AssertionError("discovery waited for something that it was not given")


WK, FED_ORG, OLD_ORG = "WK example.org", f"{FED}.example.org", f"{OLD}.example.org"
FED_HS, OLD_HS = f"{FED}.hs.example.net", f"{OLD}.hs.example.net"


@pytest.mark.parametrize(
    ("name", "delegated", "srv", "step", "effective_name", "endpoint", "asked"),
    [
        ("192.0.2.1", None, {}, "1", "192.0.2.1", ("192.0.2.1", 8448), []),
        ("[2001:DB8::1]:5", None, {}, "1", "[2001:DB8::1]:5", ("2001:db8::1", 5), []),
        ("Example.org:443", "x.example", {FED_ORG: RECORD}, "2", "Example.org:443", ("example.org", 443), []),
        ("example.org", "192.0.2.7", {}, "3.1", "192.0.2.7", ("192.0.2.7", 8448), [WK]),
        ("example.org", "[2001:db8::7]:1", {}, "3.1", "[2001:db8::7]:1", ("2001:db8::7", 1), [WK]),
        (
            "example.org",
            "HS.example.net:443",
            {FED_HS: RECORD},
            "3.2",
            "HS.example.net:443",
            ("hs.example.net", 443),
            [WK],
        ),
        (
            "example.org",
            "hs.example.net",
            {FED_HS: RECORD},
            "3.3",
            "hs.example.net",
            ("t1.example.com", 8443),
            [WK, FED_HS],
        ),
        (
            "example.org",
            "hs.example.net",
            {OLD_HS: RECORD},
            "3.4",
            "hs.example.net",
            ("t1.example.com", 8443),
            [WK, FED_HS, OLD_HS],
        ),
        (
            "example.org",
            "hs.example.net",
            {FED_ORG: RECORD},
            "3.5",
            "hs.example.net",
            ("hs.example.net", 8448),
            [WK, FED_HS, OLD_HS],
        ),
        ("example.org", "example.org", {}, "3.5", "example.org", ("example.org", 8448), [WK, FED_ORG, OLD_ORG]),
        (
            "example.org",
            None,
            {FED_ORG: RECORD, OLD_ORG: UNUSABLE},
            "4",
            "example.org",
            ("t1.example.com", 8443),
            [WK, FED_ORG],
        ),
        ("example.org", None, {OLD_ORG: RECORD}, "5", "example.org", ("t1.example.com", 8443), [WK, FED_ORG, OLD_ORG]),
        ("EXAMPLE.org", None, {}, "6", "EXAMPLE.org", ("example.org", 8448), [WK, FED_ORG, OLD_ORG]),
        ("example.org", None, {FED_ORG: UNUSABLE, OLD_ORG: RECORD}, "4", "example.org", None, [WK, FED_ORG]),
        ("example.org", "hs.example.net", {OLD_HS: UNUSABLE}, "3.4", "hs.example.net", None, [WK, FED_HS, OLD_HS]),
    ],
)
def test_step(  # noqa: PLR0917 - the columns of the table
    name: str,
    delegated: str | None,
    srv: Mapping[str, SrvAnswer],
    step: str,
    effective_name: str,
    endpoint: tuple[str, int] | None,
    asked: list[str],
) -> None:
    lookups = Lookups(delegated, srv)
    found = drive(discover(ServerName.parse(name), lookups))
    assert (found.step, found.effective_name) == (step, effective_name)
    assert found.delegated == (delegated if step.startswith("3") else None)
    assert [(one.host, one.port) for one in found.endpoints] == ([] if endpoint is None else [endpoint])
    assert lookups.asked == asked


@pytest.mark.parametrize(
    ("delegated", "owner", "step"),
    [(None, FED_ORG, "4"), (None, OLD_ORG, "5"), ("hs.example.net", FED_HS, "3.3"), ("hs.example.net", OLD_HS, "3.4")],
)
def test_a_service_that_is_not_provided_ends_it(delegated: str | None, owner: str, step: str) -> None:
    lookups = Lookups(delegated, {owner: NOT_PROVIDED})
    with pytest.raises(ServiceNotProvided) as caught:
        drive(discover(ServerName.parse("example.org"), lookups))
    assert caught.value.reason is not None
    assert (caught.value.step, caught.value.reason.text("record")) == (step, owner)
    assert lookups.asked[-1] == owner


def test_priority_and_weight_are_handed_on() -> None:
    (endpoint,) = drive(discover(ServerName.parse("example.org"), Lookups(None, {FED_ORG: RECORD}))).endpoints
    assert (endpoint.priority, endpoint.weight) == (10, 5)
