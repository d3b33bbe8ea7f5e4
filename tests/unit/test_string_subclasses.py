"""A string of another class, such as a member of ``class Name(str, Enum)``, counts as its characters and not as its ``str()``."""

from enum import Enum
from typing import Any

import pytest

from matrix_resolve import AddressPolicy, DelegateTo, ResolverPolicy, ServerNameResolver, UseAddresses
from matrix_resolve.backends._arguments.nameservers import check_nameservers
from matrix_resolve.clients.aiohttp import QueryValue, federation_url
from matrix_resolve.clients.httpx import federation_request
from matrix_resolve.overrides import parse_host_overrides, parse_overrides
from matrix_resolve.server_name import ServerName
from matrix_resolve.testing import LoopbackFederation


class Text(str, Enum):  # noqa: UP042 - a StrEnum has the __str__ of str
    """Strings, each with a ``__str__`` that returns ``"Text.MEMBER"``."""

    NAME = "A.example"
    PATH = "/path"
    PART = "part"
    IP = "198.51.100.9"
    NETWORK = "198.51.100.0/24"


class Number(int, Enum):
    """An integer with such a ``__str__``."""

    FIVE = 5


def test_a_server_name_is_its_characters() -> None:
    for name in (ServerName(Text.NAME), ServerName.parse(Text.NAME), DelegateTo(Text.NAME).server_name):
        assert f"{name}" == str(name) == name.hostname == "A.example"


def test_urls_have_the_characters() -> None:
    query: dict[str, QueryValue] = {Text.PART: [Number.FIVE, Text.PART, True], "n": Number.FIVE}
    expected = "matrix-federation://A.example/path/part?part=5&part=part&part=true&n=5"
    assert str(federation_url(Text.NAME, Text.PATH, Text.PART, query=query)) == expected
    assert str(federation_url(Text.NAME, Text.PATH)) == "matrix-federation://A.example/path"
    request = federation_request(Text.NAME, Text.PATH)
    assert request["url"] == "matrix-federation://A.example/path"
    assert [type(value) for value in request["extensions"].values()] == [str, str]


def test_addresses_and_ports_are_their_values() -> None:
    override = UseAddresses(Text.IP, port=Number.FIVE)
    assert (override.addresses, repr(override.port)) == (("198.51.100.9",), "5")
    assert check_nameservers([Text.IP]) == ["198.51.100.9"]
    (host,) = parse_host_overrides({Text.NAME: Text.IP}).values()
    assert host.ips == ("198.51.100.9",)


def test_an_override_is_reported_by_its_characters() -> None:
    (override,) = parse_overrides({Text.NAME: (Text.IP, 1)}).values()
    assert f"{override.applied.name}" == "A.example"


def test_an_address_policy_reads_the_characters() -> None:
    policy = AddressPolicy(allow=[Text.NETWORK])
    assert policy.refusal(Text.IP) is None
    assert AddressPolicy(deny=[Text.NETWORK]).refusal(Text.IP) == "198.51.100.0/24 denied by the address policy"


async def test_a_resolution_is_that_of_the_characters() -> None:
    with LoopbackFederation() as federation:
        federation.server("a.example")
        async with federation.resolver(policy=ResolverPolicy()) as resolver:
            assert f"{(await resolver.resolve(Text.NAME)).server_name}" == "A.example"


async def test_what_is_not_a_name_is_a_type_error_that_says_so() -> None:
    async with ServerNameResolver() as resolver:
        bad: tuple[Any, ...] = ([], 5, b"a.example")
        for not_a_name in bad:
            with pytest.raises(TypeError, match=r"must be a str"):
                await resolver.resolve(not_a_name)
            with pytest.raises(TypeError, match=r"must be a str"):
                await resolver.resolve_all([not_a_name])
            with pytest.raises(TypeError, match=r"must be a str"):
                async with resolver.resolve_many([not_a_name]) as outcomes:
                    assert [outcome async for outcome in outcomes] == []
