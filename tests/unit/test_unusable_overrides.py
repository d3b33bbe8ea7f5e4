"""Overrides with addresses to which nothing can connect, and the lines of a hosts file that are no overrides."""

from typing import Any

import pytest

from matrix_resolve import DelegateTo, ServerNameResolver, UseAddresses, parse_hosts_file

UNUSABLE = ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "::ffff:0.0.0.0", "::ffff:224.0.0.1"]


@pytest.mark.parametrize("ip", UNUSABLE)
def test_an_address_of_no_host_is_refused(ip: str) -> None:
    with pytest.raises(ValueError, match="nothing can connect"):
        UseAddresses(ip)
    with pytest.raises(ValueError, match=r"^overrides\["):
        ServerNameResolver(overrides={"example.org": (ip, 8448)})
    with pytest.raises(ValueError, match=r"^host_overrides\["):
        ServerNameResolver(host_overrides={"example.org": ip})


@pytest.mark.parametrize("ip", UNUSABLE)
def test_a_line_of_a_hosts_file_that_blocks_a_host_is_left_out(ip: str) -> None:
    assert parse_hosts_file(f"{ip} ads.example\n192.0.2.1 example.org\n") == {"example.org": ("192.0.2.1",)}


def test_the_names_of_the_system_itself_are_left_out() -> None:
    text = """
        127.0.0.1 localhost
        255.255.255.255 broadcasthost
        ::1 localhost ip6-localhost ip6-loopback
        fe00::0 ip6-localnet
        ff00::0 ip6-mcastprefix
        ff02::1 ip6-allnodes
        ff02::2 IP6-allrouters
        192.0.2.1 example.org. Matrix.example.org
    """
    assert parse_hosts_file(text) == {"example.org": ("192.0.2.1",), "matrix.example.org": ("192.0.2.1",)}


@pytest.mark.parametrize(
    "line", ["0.0.0.0", "0.0.0.300 example.org", "192.0.2.1 example..org", "192.0.2.1 example.org.."]
)
def test_a_line_that_is_not_valid_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 1 of the hosts file"):
        parse_hosts_file(line)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"host_overrides": {"example.org": ("192.0.2.1", 8448)}}, "a port is not possible"),
    ({"overrides": {1: ("192.0.2.1", 8448)}}, "a key of overrides is 1"),
    ({"host_overrides": {None: "192.0.2.1"}}, "a key of host_overrides is None"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_an_error_names_the_argument(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError) as caught:
        ServerNameResolver(**arguments)
    assert sentence in str(caught.value)


def test_a_delegation_to_something_else_than_a_name_is_refused() -> None:
    wrong: Any = ("192.0.2.1", 8448)
    with pytest.raises(TypeError, match=r"^DelegateTo\.server_name is \('192\.0\.2\.1', 8448\)"):
        DelegateTo(wrong)
