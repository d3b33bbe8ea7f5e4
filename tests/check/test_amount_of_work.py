"""The amount of work for the findings is limited, whatever a hostile domain sends."""

import json

import pytest

from matrix_resolve import ConnectionTarget, ServerName
from matrix_resolve.check.evidence import Evidence, TargetProbe
from matrix_resolve.check.exchanges import HttpExchange

from .sample_evidence import evaluate

TARGETS = 20
_DATE = ("Date", "Sat, 01 Jan 2000 00:00:00 GMT")


def evidence() -> Evidence:
    """Return twenty targets whose versions are large and whose clocks are wrong."""
    probes: list[TargetProbe] = []
    for number in range(TARGETS):
        target = ConnectionTarget(f"9.9.9.{number}", 8448, "a.example", "a.example", dns_name="hs.example")
        body = json.dumps({"server": {"name": "x"}, "z": list(range(2_000))}).encode()
        version = HttpExchange(f"https://{target.ip}/", target.ip, 200, (_DATE,), body)
        probes.append(TargetProbe(target, version=version))
    return Evidence(server_name=ServerName("a.example"), checked_at=1_700_000_000.0, targets=tuple(probes))


def test_each_body_and_each_date_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    loads, header = json.loads, HttpExchange.header

    def counted_loads(text: bytes) -> object:
        read.append("body")
        return loads(text)

    def counted_header(exchange: HttpExchange, name: str) -> str:
        read.append(name)
        return header(exchange, name)

    monkeypatch.setattr("matrix_resolve.check.exchanges.json.loads", counted_loads)
    monkeypatch.setattr(HttpExchange, "header", counted_header)
    evaluate(evidence())
    assert read.count("body") <= TARGETS
    assert read.count("date") <= TARGETS
