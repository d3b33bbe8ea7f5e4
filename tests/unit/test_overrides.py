"""The values of overrides, and the parser of hosts files."""

import pickle
from typing import Any

import pytest

from matrix_resolve import AppliedOverride, ConnectFailed, DelegateTo, InvalidServerName, UseAddresses, parse_hosts_file
from matrix_resolve.applied_overrides import remark_on
from matrix_resolve.overrides import parse_overrides


def test_the_values_are_shown_as_they_are_written() -> None:
    for value in (UseAddresses("10.0.0.5"), UseAddresses("10.0.0.5", "fd00::5", port=1), DelegateTo("[fd00::5]:1")):
        assert eval(repr(value), {"UseAddresses": UseAddresses, "DelegateTo": DelegateTo}) == value  # noqa: S307 - our own


def test_an_address_and_a_port_are_short_for_use_addresses() -> None:
    short, full = (
        parse_overrides({"a.example": ("10.0.0.5", 1)}),
        parse_overrides({"a.example": UseAddresses("10.0.0.5", port=1)}),
    )
    assert short == full


def test_server_names_match_in_any_case_and_otherwise_as_they_are_written() -> None:
    with pytest.raises(ValueError, match="more than once"):
        parse_overrides(dict.fromkeys(["[2001:db8::1]", "[2001:DB8::1]"], ("10.0.0.5", 1)))
    two = ["[2001:db8::1]", "[2001:db8:0::1]", "a.example:8448", "a.example:08448"]
    assert list(parse_overrides(dict.fromkeys(two, ("10.0.0.5", 1)))) == two


@pytest.mark.parametrize(
    ("arguments", "port", "kind"),
    [
        ((), None, ValueError),
        (("",), None, ValueError),
        (("10.0.0.5:1",), None, ValueError),
        (("[fd00::5]",), None, ValueError),
        ((8448,), None, TypeError),
        ((["10.0.0.5"],), None, TypeError),
        (("10.0.0.5",), 0, ValueError),
        (("10.0.0.5",), "1", TypeError),
    ],
)
def test_use_addresses_accepts_only_addresses(arguments: tuple[Any, ...], port: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"\w"):
        UseAddresses(*arguments, port=port)


def test_delegate_to_accepts_only_a_server_name() -> None:
    for bad in ("https://a.example", "a.example.", "", "fd00::5"):
        with pytest.raises(InvalidServerName):
            DelegateTo(bad)  # pyright: ignore[reportArgumentType] - a string is converted


def test_long_overrides_are_cut_in_messages() -> None:
    ips = [f"10.0.{high}.{low}" for high in range(9) for low in range(200)]
    (override,) = parse_overrides({"a.example": UseAddresses(*ips)}).values()
    assert len(override.applied.value) <= 201
    assert len(remark_on([override.applied] * 1000)) < 1000


def test_a_name_cannot_break_the_line_of_a_message() -> None:
    assert "\n" not in str(AppliedOverride("overrides", "a\nb", "c"))


def test_connect_failed_keeps_its_overrides_when_it_is_pickled() -> None:
    override = AppliedOverride("overrides", "a.example", "DelegateTo")
    error = ConnectFailed("a.example", [], overrides=[override])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - the pickle is our own
    assert (again.overrides, str(again)) == ((override,), str(error))


HOSTS = """\
# made by hand
127.0.0.1\tlocalhost  ip6-localhost
10.0.0.5   hs.lan HS2.lan # the homeserver

fd00:0::5  hs.lan
10.0.0.5   hs.lan
10.0.0.6   my_service my-service
127.0.0.1  a.localhost
"""


def test_a_hosts_file() -> None:
    assert parse_hosts_file(HOSTS) == {
        "hs.lan": ("10.0.0.5", "fd00::5"),
        "hs2.lan": ("10.0.0.5",),
        "my-service": ("10.0.0.6",),
    }


def test_an_empty_hosts_file() -> None:
    assert parse_hosts_file("\n  \n# nothing\n") == {}


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("hs.lan 10.0.0.5", '"hs.lan"'),
        ("10.0.0 hs.lan", '"10.0.0"'),
        ("fe80::1%lo0 hs.lan", "fe80::1%lo0"),
        ("10.0.0.5", "10.0.0.5"),
        ("10.0.0.5 # hs.lan", "10.0.0.5"),
        ("10.0.0.5 hs.lan:8448", "hs.lan:8448"),
        ("10.0.0.5 10.0.0.6", "10.0.0.6"),
        ("10.0.0.5 hs.lan..", "hs.lan."),
        ("10.0.0.5 hs.lan,", "hs.lan,"),
    ],
)
def test_a_bad_line_of_a_hosts_file_is_named(line: str, shown: str) -> None:
    with pytest.raises(ValueError, match=r"^line 3 of the hosts file") as caught:
        parse_hosts_file(f"\n10.0.0.1 a.example\n{line}\n")
    assert shown in str(caught.value)
    assert type(caught.value) is ValueError


def test_a_hosts_file_that_is_too_long() -> None:
    with pytest.raises(ValueError, match="10,000,000"):
        parse_hosts_file("#" * 10_000_001)


def test_any_text_is_read_or_refused_in_one_short_sentence() -> None:
    for text in ("\0", "\x1b[31m x", "10.0.0.5 " + "a" * 5000, "1" * 5000 + " a", "10.0.0.5 \ud800"):
        with pytest.raises(ValueError, match="line 1") as caught:
            parse_hosts_file(text)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 1000
