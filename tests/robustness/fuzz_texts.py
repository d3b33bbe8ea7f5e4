"""Fuzzing of the address policy and of the escaping of text."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from random import Random

from matrix_resolve._util.escaping import printable
from matrix_resolve.address_policy import AddressPolicy

from .fuzz_mutations import WORDS, hostile_text, maybe_damaged, rarely
from .fuzz_names import make_ip_v4, make_ip_v6, make_server_name
from .fuzz_target import Target, must

_CARRIERS: tuple[tuple[str, int], ...] = (  # prefix, and by how many bits the IPv4 address in it is shifted to the left
    ("::ffff:0:0", 0),
    ("::", 0),
    ("64:ff9b::", 0),
    ("64:ff9b:1::", 0),
    ("2002::", 80),
    ("2001::", 64),
    ("2a01:db8::5efe:0:0", 0),
    ("2a01:db8::200:5efe:0:0", 0),
    ("2a01:4f8::", 0),
)
_EDGES = (
    "10.0.0.0",
    "10.255.255.255",
    "127.0.0.1",
    "169.254.169.254",
    "192.168.1.1",
    "224.0.0.1",
    "1.1.1.1",
    "8.8.8.8",
)
_GLOBAL_V6 = ip_network("2000::/3")
_TRANSLATED = ip_network("64:ff9b::/96")
_NEVER_ASKED = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24")))  # global for Python, but never a homeserver
_ISATAP = (0x00005EFE, 0x02005EFE)


def make_address(random: Random) -> str:
    """Return an address, often one inside another or at the edge of a special network, or something like an address."""
    kind = random.random()
    if kind < 0.35:
        return maybe_damaged(random, make_ip_v4(random), 0.2)
    if kind < 0.6:
        return maybe_damaged(random, make_ip_v6(random), 0.2)
    if kind < 0.92:
        return maybe_damaged(random, _carrying(random), 0.1)
    return random.choice((hostile_text, make_server_name))(random)


def _carrying(random: Random) -> str:
    prefix, shift = random.choice(_CARRIERS)
    inner = int(IPv4Address(random.choice(_EDGES))) if random.random() < 0.5 else random.getrandbits(32)
    noise = random.getrandbits(64) if shift and rarely(random, 3) else 0
    address = IPv6Address(int(IPv6Address(prefix)) | inner << shift | noise)
    return random.choice((str(address), address.exploded, str(address).upper()))


def check_address(refusal: Callable[[str], str | None], text: str) -> str:
    """Check that only global addresses are allowed, and that a refusal is a printable sentence."""
    refused = refusal(text)
    if refused is not None:
        must(refused and refused.isprintable() and len(refused) <= 200, "a refusal is short and printable")
    try:
        address = ip_address(text)
    except ValueError:
        must(refused == "not an IP address", "text that is not an address is refused as such")
        return "no address"
    if isinstance(address, IPv4Address):
        must((refused is None) == _is_global_v4(address), "an IPv4 address is allowed exactly if it is global")
    elif refused is None:
        must("%" not in text, "an address with a zone is refused")
        must(all(map(_is_global_v4, _inside(address))), "all IPv4 addresses inside an allowed IPv6 address are global")
        must(_may_be_connected_to(address), "only global unicast is allowed")
    return f"v{address.version} {'allowed' if refused is None else 'refused'}"


def _is_global_v4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER_ASKED)


def _may_be_connected_to(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None or address.teredo is not None or address in _TRANSLATED:
        return True  # the IPv4 address inside decides
    return address in _GLOBAL_V6 and address.is_global and not address.is_multicast and not address.is_site_local


def _inside(address: IPv6Address) -> list[IPv4Address]:
    """Return the IPv4 addresses inside, found with the standard library where it can do that."""
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    found = [one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one is not None]
    if address in _TRANSLATED or (int(address) >> 32 & 0xFFFFFFFF in _ISATAP and address.sixtofour is None):
        found.append(low)
    return found if address.teredo is None else list(address.teredo)


def make_text(random: Random) -> tuple[str, int]:
    """Return a text, and how many characters of it to show."""
    kind = random.random()
    if kind < 0.5:
        text = hostile_text(random, 60)
    elif kind < 0.8:
        text = "".join(chr(int(random.random() * 0x110000)) for _ in range(int(random.random() * 30)))
    else:
        text = maybe_damaged(random, "".join(random.choices(WORDS, k=8)), 0.5)
    if rarely(random, 500):
        text *= 1000
    return text, random.choice((0, 1, 5, 40, 200, 2000))


def check_printable(escape: Callable[..., str], given: tuple[str, int]) -> str:
    """Check that escaped text is printable, fits into UTF-8 and has a bounded length."""
    text, limit = given
    shown = escape(text, limit=limit)
    must(shown.isprintable(), "escaped text is printable")
    must(shown.encode("utf-8", "replace").decode() == shown, "escaped text fits into UTF-8")
    must(len(shown) <= 10 * limit + 1, "escaped text has a bounded length")
    must(escape(shown, limit=len(shown)) == shown, "escaped text is not escaped again")
    plain = text.isprintable() and len(text) <= limit
    must(shown == text or not plain, "short printable text is unchanged")
    must(shown.endswith("…") or len(text) <= limit, "cut text ends in an ellipsis")
    return "as it was" if plain else "cut" if len(text) > limit else "escaped"


ADDRESSES = Target(make_address, AddressPolicy().refusal, check_address)
PRINTABLE = Target(make_text, printable, check_printable)
