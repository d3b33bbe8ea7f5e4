"""Every special-purpose network at its edges, every embedding, and the lists of the caller."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matrix_resolve import AddressPolicy
from matrix_resolve._util.argument_checks import shown

DEFAULT = AddressPolicy()

NOT_GLOBAL = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    "255.255.255.255/32", "::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "2001:2::/48", "2001:10::/28", "2001:20::/28",
    "2001:30::/28", "2001:1::/32", "2001:100::/24", "2001:db8::/32", "3fff::/20", "4000::/3", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8", "ff02::1/128", "1::/16",
]  # fmt: skip

GLOBAL = [
    "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0",
    "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255",
    "223.255.255.255", "2000::1", "2001:200::1", "2001:db7:ffff::1", "2001:db9::1", "2606:4700::1111", "2a01:4f8::1", "3ffe::1",
]  # fmt: skip


@pytest.mark.parametrize("network", NOT_GLOBAL)
def test_special_purpose_networks_are_refused(network: str) -> None:
    addresses = ip_network(network)
    for address in (addresses.network_address, addresses.broadcast_address):
        assert DEFAULT.refusal(str(address)) is not None


@pytest.mark.parametrize("address", GLOBAL)
def test_global_unicast_is_allowed(address: str) -> None:
    assert DEFAULT.refusal(address) is None


def embeddings(inner: str) -> dict[str, str]:
    """Return each IPv6 address that can carry *inner*, by the kind of embedding."""
    bits = int(IPv4Address(inner))
    return {
        "mapped": f"::ffff:{inner}",
        "NAT64": str(IPv6Address(int(IPv6Address("64:ff9b::")) | bits)),
        "6to4": str(IPv6Address(int(IPv6Address("2002::")) | bits << 80)),
        "Teredo server": str(IPv6Address(int(IPv6Address("2001::")) | bits << 64 | (0x01010101 ^ 0xFFFFFFFF))),
        "Teredo client": str(IPv6Address(int(IPv6Address("2001::")) | 0x01010101 << 64 | (bits ^ 0xFFFFFFFF))),
        "ISATAP": str(IPv6Address(int(IPv6Address("2a01::5efe:0:0")) | bits)),
        "ISATAP, global": str(IPv6Address(int(IPv6Address("2a01::200:5efe:0:0")) | bits)),
    }


@pytest.mark.parametrize("kind", embeddings("1.1.1.1"))
def test_an_embedded_address_decides(kind: str) -> None:
    assert DEFAULT.refusal(embeddings("8.8.8.8")[kind]) is None
    for inner in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1", "224.0.0.1"):
        refusal = DEFAULT.refusal(embeddings(inner)[kind])
        assert refusal is not None
        assert "inside an IPv6 address" in refusal


def test_compatible_and_local_nat64_addresses_are_refused_whatever_is_inside() -> None:
    for address in ("::8.8.8.8", "64:ff9b:1::808:808"):
        assert DEFAULT.refusal(address) is not None


@given(
    st.ip_addresses(v=4).filter(lambda address: address.is_private or address.is_loopback),
    st.sampled_from(sorted(embeddings("1.1.1.1"))),
)
def test_no_embedding_leads_to_a_private_address(inner: IPv4Address, kind: str) -> None:
    if DEFAULT.refusal(str(inner)) is not None:
        assert DEFAULT.refusal(embeddings(str(inner))[kind]) is not None


@given(st.ip_addresses())
def test_nothing_private_is_allowed(address: IPv4Address | IPv6Address) -> None:
    if DEFAULT.refusal(str(address)) is None:
        # Newer Pythons call no 6to4 address global, whatever IPv4 address is in it.
        inner = address.sixtofour if isinstance(address, IPv6Address) else None
        assert (inner or address).is_global


def test_allow_beats_deny_and_the_table() -> None:
    policy = AddressPolicy(allow=["10.1.0.0/16", "::1"], deny=["10.0.0.0/8", "8.8.8.0/24"])
    verdicts = {
        address: policy.refusal(address)
        for address in ("10.1.2.3", "::1", "::ffff:10.1.2.3", "10.2.0.0", "8.8.8.8", "8.8.4.4")
    }
    assert verdicts == {
        "10.1.2.3": None,
        "::1": None,
        "::ffff:10.1.2.3": None,
        "10.2.0.0": "10.0.0.0/8 denied by the address policy",
        "8.8.8.8": "8.8.8.0/24 denied by the address policy",
        "8.8.4.4": None,
    }


@pytest.mark.parametrize("text", ["", "example.org", "fe80::1%eth0", "2a01::1%1", "1.2.3", "0x7f.1", "1.2.3.4\n"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert DEFAULT.refusal(text) is not None


def test_allow_all() -> None:
    assert AddressPolicy.allow_all().refusal("127.0.0.1") is None


@pytest.mark.parametrize(
    ("given", "error", "sentence"),
    [
        ("10.0.0.0/8", TypeError, ' is the single string "10.0.0.0/8"; pass a list, such as ["10.0.0.0/8"]'),
        (b"10.0.0.0/8", TypeError, " is the single string b'10.0.0.0/8'; pass a list, such as [\"10.0.0.0/8\"]"),
        (5, TypeError, ' is 5; pass a list, such as ["10.0.0.0/8"]'),
        (None, TypeError, ' is None; pass a list, such as ["10.0.0.0/8"]'),
        ([5], TypeError, ' contains 5; write it as a string, such as "10.0.0.0/8"'),
        ([ip_address("10.0.0.1")], TypeError, " contains IPv4Address('10.0.0.1'); write it as a string"),
        (
            ["10.0.0.0/8", "10.0.0.1/8"],
            ValueError,
            ' contains "10.0.0.1/8", which has bits set after its prefix; write "10.0.0.0/8" for the network, or "10.0.0.1" for the address alone',
        ),
        (
            ["2001:db8::1/32"],
            ValueError,
            'write "2001:db8::/32" for the network, or "2001:db8::1" for the address alone',
        ),
        (["192.0.2.1/255.255.255.0"], ValueError, 'write "192.0.2.0/24" for the network, or "192.0.2.1" for'),
        (["fe80::1%eth0"], ValueError, ' contains "fe80::1%eth0", which has a zone'),
        (["fe80::%1/10"], ValueError, ' contains "fe80::%1/10", which has a zone'),
        *[
            ([text], ValueError, f" contains {shown(text)}, which is not a network or an address, such as 10.0.0.0/8")
            for text in (
                "",
                "ten",
                "10.0.0.0/33",
                "10.0.0/8",
                "::/129",
                " 10.0.0.0/8",
                "10.0.0.0/8/8",
                "x\n" * 999,
                "/8",
            )
        ],
    ],
)
@pytest.mark.parametrize("argument", ["allow", "deny"])
def test_lists_are_checked(argument: str, given: Any, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=f"^AddressPolicy.{argument} ") as caught:
        AddressPolicy(**{argument: given})
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "10.0.0.1", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.0/255.0.0.0", "::1", "::/0"]
)
def test_networks_and_addresses_are_accepted(text: str) -> None:
    assert AddressPolicy(allow=iter([text]), deny=(text,)) is not None


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (AddressPolicy(), "AddressPolicy()"),
        (AddressPolicy(allow=["10.0.0.0/8"]), "AddressPolicy(allow=['10.0.0.0/8'])"),
        (
            AddressPolicy(allow=["10.0.0.1"], deny=["fd00::/8"]),
            "AddressPolicy(allow=['10.0.0.1/32'], deny=['fd00::/8'])",
        ),
        (AddressPolicy.allow_all(), "AddressPolicy.allow_all()"),
    ],
)
def test_the_repr_shows_the_networks(policy: AddressPolicy, text: str) -> None:
    assert repr(policy) == text


@pytest.mark.parametrize("entry", ["10.0.0.1:8448", "[fd00::1]", "[fd00::1]:8448", "[fd00::]/8"])
def test_an_entry_with_a_port_or_brackets_has_a_hint(entry: str) -> None:
    with pytest.raises(ValueError, match="without brackets and port"):
        AddressPolicy(allow=[entry])
