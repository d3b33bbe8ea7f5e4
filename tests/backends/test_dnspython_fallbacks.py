"""The dnspython backend with name servers that need another kind of query, and how it reads resolv.conf."""

from pathlib import Path

import dns.message
import pytest

from matrix_resolve.backends._dnspython.nameservers import system_nameservers
from matrix_resolve.backends._dnspython.transports import Plain
from matrix_resolve.backends.dns import NameServerError
from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from matrix_resolve.testing.loopback.zone import DnsFailure, Zone

from .helpers_dnspython import FOUND, RIGHT, backend_before, filled, forged, zone_with


def lame(query: dns.message.Message) -> bytes:
    return filled(dns.message.make_response(query), [], ["example. 300 IN NS ns.test."], "NOERROR").to_wire()


@pytest.mark.parametrize("other", ["SERVFAIL", "silence"])
async def test_a_lame_answer_says_less_than_a_failure(other: DnsFailure) -> None:
    zone = Zone()
    zone.reply("a.example", "A", lame)
    async with (
        serve_zone(zone) as first,
        backend_before(zone_with(other, times=99), first.address, timeout=0.5) as both,
    ):
        with pytest.raises((NameServerError, TimeoutError)):
            await both.lookup("a.example", "A")
        assert (await DnspythonBackend([first.address]).lookup("a.example", "A")).records == ()


async def test_silence_is_met_with_other_ways_to_ask() -> None:
    """The query is repeated without EDNS, and then over TCP."""
    ways: list[int] = []

    def only_over_tcp(query: dns.message.Message) -> bytes:
        ways.append(query.edns)
        return forged(RIGHT)(query) if len(ways) > 2 else b""

    zone = Zone()
    zone.reply("a.example", "A", only_over_tcp)
    async with backend_before(zone) as backend:
        assert await backend.lookup("a.example", "A") == FOUND
    assert (ways, len(zone.asked_over_tcp)) == ([0, -1, -1], 1)


def test_lines_of_resolv_conf_are_read_as_glibc_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_bytes(
        b"nameserver 192.0.2.1\t# own\n nameserver 192.0.2.2\nNAMESERVER 192.0.2.3\r\nnameserver 192.0.2.4 ; x\r\n"
        b"nameserver\nnameserver [192.0.2.5]\nnameserver 192.0.2.6:53\nnameserver ::1%lo\nnameserver fe80::1%lo"
    )
    addresses = ["192.0.2.1", "192.0.2.4", "::1", "fe80::1%lo"]
    assert system_nameservers(str(file)) == [Plain(address, 53) for address in addresses]
