"""The plan for each combination of arguments, and the errors for those that are refused, which say what to change."""

from typing import Any

import pytest

from matrix_resolve.setup import DelegationMethod, Plan, plan_setup

Sites = list[tuple[str, int, str | None, bool]]

PLANNED: dict[str, tuple[dict[str, Any], DelegationMethod, Sites]] = {
    "nothing said: port 8448 of the name itself": ({}, DelegationMethod.PORT, [("example.com", 8448, None, True)]),
    "another machine: a well-known and port 443": (
        {"at": "matrix.example.com"},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "matrix.example.com:443", False), ("matrix.example.com", 443, None, True)],
    ),
    "another machine and port": (
        {"at": "matrix.example.com:8448"},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "matrix.example.com:8448", False), ("matrix.example.com", 8448, None, True)],
    ),
    "the same machine: one site does both": (
        {"at": "example.com"},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "example.com:443", True)],
    ),
    "the same name in other letters": (
        {"at": "EXAMPLE.com"},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "example.com:443", True)],
    ),
    "a well-known without a machine": (
        {"method": DelegationMethod.WELL_KNOWN},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "example.com:443", True)],
    ),
    "the same machine on another port": (
        {"at": "example.com:8443"},
        DelegationMethod.WELL_KNOWN,
        [("example.com", 443, "example.com:8443", False), ("example.com", 8443, None, True)],
    ),
    "SRV: the machine answers for the name": (
        {"at": "node.example.com:8443", "method": DelegationMethod.SRV},
        DelegationMethod.SRV,
        [("example.com", 8443, None, True)],
    ),
    "SRV without a port": (
        {"at": "node.example.com", "method": DelegationMethod.SRV},
        DelegationMethod.SRV,
        [("example.com", 8448, None, True)],
    ),
    "port 8448, said twice": (
        {"at": "example.com:8448", "method": DelegationMethod.PORT},
        DelegationMethod.PORT,
        [("example.com", 8448, None, True)],
    ),
    "a port in the name": (
        {"server_name": "example.com:9443"},
        DelegationMethod.PORT,
        [("example.com", 9443, None, True)],
    ),
    "a port in the name, and the same said": (
        {"server_name": "example.com:9443", "at": "example.com:9443", "method": DelegationMethod.PORT},
        DelegationMethod.PORT,
        [("example.com", 9443, None, True)],
    ),
}


def plan(wishes: dict[str, Any]) -> Plan:
    arguments: dict[str, Any] = {"server_name": "example.com", **wishes}
    return plan_setup(**arguments)


@pytest.mark.parametrize(("wishes", "method", "sites"), PLANNED.values(), ids=PLANNED)
def test_the_sites(wishes: dict[str, Any], method: DelegationMethod, sites: Sites) -> None:
    planned = plan(wishes)
    assert planned.method is method
    assert sites == [
        (site.host, site.port, str(site.delegation.delegate_to) if site.delegation else None, site.forwards)
        for site in planned.sites
    ]
    assert planned.remarks == ()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a user ID": ({"server_name": "@u:example.com"}, 'pass "example.com"'),
    "a URL to be at": ({"at": "https://matrix.example.com/"}, 'pass only the host and port, "matrix.example.com"'),
    "an address as the name": ({"server_name": "192.0.2.1"}, "use a hostname as the server name"),
    "an address to be at": ({"at": "[2001:db8::1]:443"}, "need a hostname, such as matrix.example.com"),
    "SRV to nowhere": ({"method": DelegationMethod.SRV}, "such as --at matrix.example.com:8448"),
    "another machine without a delegation": (
        {"at": "m.example.com", "method": DelegationMethod.PORT},
        "use --by well-known",
    ),
    "another port without a delegation": (
        {"at": "example.com:443", "method": DelegationMethod.PORT},
        "use --by well-known",
    ),
    "delegating a name with a port": (
        {"server_name": "example.com:443", "at": "m.example.com"},
        "leave out the port, or --at and --by",
    ),
    "SRV for a name with a port": (
        {"server_name": "example.com:443", "method": DelegationMethod.SRV},
        "leave out the port",
    ),
    "a backend without a port": ({"backend": "127.0.0.1"}, "such as 127.0.0.1:8008"),
    "a backend that is a URL": ({"backend": "http://127.0.0.1:8008"}, 'pass "127.0.0.1:8008"'),
    "an address that is none": ({"addresses": ["matrix.example.com"]}, '"matrix.example.com" is not an address'),
    "an address with a zone": ({"addresses": ["fe80::1%eth0"]}, '"fe80::1%eth0" is not an address'),
    "the port of plain HTTP": ({"at": "m.example.com:80"}, "port 80 is for HTTP without TLS"),
    "the port of plain HTTP in the name": ({"server_name": "example.com:80"}, "port 80 is for HTTP without TLS"),
    "no folder at all": ({"certificates": ""}, "must be an absolute path"),
    "certificates in a relative folder": ({"certificates": "certs"}, "must be an absolute path"),
    "a folder that would end the line": ({"certificates": "/a;b"}, "must be an absolute path"),
    "a web root with spaces": ({"web_root": "/var/my sites"}, "must be an absolute path without spaces"),
    "a lifetime that nobody would keep": (
        {"at": "m.example.com", "max_age": 10**6},
        "a whole number of seconds from 0 to 172800",
    ),
}


@pytest.mark.parametrize(("wishes", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_says_what_to_do(wishes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        plan(wishes)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("wishes", "remark"),
    [
        ({"server_name": "matrix.local"}, "matrix.local cannot be registered"),
        ({"server_name": "intranet"}, "intranet cannot be registered"),
        ({"at": "hs.home.arpa"}, "hs.home.arpa cannot be registered"),
        ({"server_name": "Example.com"}, "Use example.com"),
        ({"at": "example.com:8443", "method": DelegationMethod.SRV}, "changes only the port"),
        ({"addresses": ["10.0.0.1", "1.2.3.4"]}, "cannot reach 10.0.0.1, or refuse to: 10.0.0.0/8 private use"),
        ({"backend": "synapse:8008"}, "nginx and HAProxy look up synapse when they start"),
    ],
)
def test_what_is_valid_and_perhaps_not_meant_is_remarked(wishes: dict[str, Any], remark: str) -> None:
    (said,) = plan(wishes).remarks
    assert remark in said


def test_capitals_stay_in_the_name_and_nowhere_else() -> None:
    """Server names are compared letter by letter; hostnames are not."""
    planned = plan({"server_name": "Example.com", "at": "Matrix.Example.com"})
    assert (planned.server_name, planned.hosts()) == ("Example.com", ["example.com", "matrix.example.com"])


def test_an_address_given_twice_is_one() -> None:
    assert plan({"addresses": ["1.2.3.4", "1.2.3.4", "2A00::1"]}).addresses == ("1.2.3.4", "2a00::1")
