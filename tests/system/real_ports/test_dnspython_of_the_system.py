"""The dnspython backend with the name servers of the system; `namespace.sh` writes resolv.conf."""

from matrix_resolve.backends.dnspython import DnspythonBackend
from matrix_resolve.testing.loopback.name_server import serve_zone
from matrix_resolve.testing.loopback.zone import Zone


async def test_the_name_server_of_resolv_conf_is_asked_and_its_search_list_is_not_applied() -> None:
    zone = Zone()
    zone.a("a.example", "192.0.2.1")
    zone.a("b.trap.example.net", "192.0.2.66")
    async with serve_zone(zone, port=53):
        backend = DnspythonBackend()
        assert (await backend.lookup("a.example", "A")).records == ("192.0.2.1",)
        assert (await backend.lookup("b", "A")).records == ()
    assert zone.asked == ["A a.example", "A b"]
