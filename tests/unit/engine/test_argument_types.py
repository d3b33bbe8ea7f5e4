"""The types of the resolver's arguments are checked when it is created."""

import ssl
from typing import Any

import pytest

from matrix_resolve import AddressPolicy, ResolverPolicy, ServerNameResolver
from matrix_resolve.backends.aiohttp import AiohttpBackend
from matrix_resolve.backends.memory import MemoryCache
from matrix_resolve.testing import FakeDns, FakeHttp

WRONG: list[tuple[str, Any, str]] = [
    ("ssl_context", False, "False"),
    ("ssl_context", True, "True"),
    ("ssl_context", ssl.create_default_context, "SSLContext"),
    ("address_policy", ["10.0.0.0/8"], "AddressPolicy(allow=["),
    ("address_policy", [], "AddressPolicy(allow=["),
    ("address_policy", AddressPolicy, "AddressPolicy"),
    ("policy", {"deadline": 3}, "ResolverPolicy"),
    ("policy", {}, "ResolverPolicy"),
    ("policy", AddressPolicy(), "ResolverPolicy"),
    ("dns", "192.0.2.53", "lookup()"),
    ("dns", FakeDns, "instance"),
    ("http", object(), "get()"),
    ("http", AiohttpBackend, "instance"),
    ("cache", {}, "set() and delete()"),
    ("cache", MemoryCache, "instance"),
    ("connect_to", ("127.0.0.1", 8448), "function or None"),
    ("on_lookup", "print", "function or None"),
    ("clock", 0.0, "function"),
    ("clock", None, "function"),
    ("random", 0.5, "function"),
    ("user_agent", b"bot", "str"),
    ("user_agent", {"User-Agent": "bot"}, "str"),
    ("overrides", [], "mapping"),
    ("overrides", "", "mapping"),
    ("host_overrides", (), "mapping"),
]


@pytest.mark.parametrize(("argument", "value", "accepted"), WRONG)
def test_a_wrong_type_is_refused_with_the_argument_and_what_is_accepted(
    argument: str, value: Any, accepted: str
) -> None:
    with pytest.raises(TypeError) as caught:
        ServerNameResolver(**{argument: value})
    assert str(caught.value).startswith(argument)
    assert accepted in str(caught.value)
    assert len(str(caught.value)) < 250


def test_what_is_documented_is_accepted() -> None:
    ServerNameResolver(
        dns=FakeDns(),
        http=FakeHttp(),
        cache=MemoryCache(),
        policy=ResolverPolicy(),
        address_policy=AddressPolicy(),
        overrides={},
        host_overrides={},
        user_agent="bot",
        ssl_context=ssl.create_default_context(),
        connect_to=lambda ip, port: (ip, port),
        on_lookup=print,
    )


@pytest.mark.parametrize("value", [False, True, "certificates.pem"])
def test_the_http_backend_never_takes_a_bool_as_its_context(value: Any) -> None:
    """For aiohttp, False means that certificates are not verified."""
    with pytest.raises(TypeError, match=r"^ssl_context is "):
        AiohttpBackend(ssl_context=value)


@pytest.mark.parametrize("nameserver", ["tls://1.1.1.1", "https://1.1.1.1/dns-query"])
def test_encrypted_name_servers_need_another_backend(nameserver: str) -> None:
    with pytest.raises(ValueError, match="DnspythonBackend"):
        ServerNameResolver(nameservers=[nameserver])
