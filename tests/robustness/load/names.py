"""The server names of the load and their addresses. A name contains its kind: ``dead-17.test`` is a dead one.

Each name is in its own zone, as unrelated names on the Internet are.
"""

from typing import Literal

Kind = Literal["honest", "dead", "hanging", "flood", "srv", "addresses"]
"""What each kind does.

honest: delegates to itself with the prefix ``hs.``.
dead: its name servers are silent.
hanging: its web host accepts connections and is silent.
flood: its web host never stops sending.
srv: has 128 SRV records, whose targets are dead.
addresses: has 128 addresses, of which the first 20 are silent.
"""

WEB_HOST = ("2001:db8::1", "198.51.100.1")
HANGING_HOST = "198.51.100.2"
REFUSING_HOST = "198.51.100.3"
SRV_RECORDS = 128
MANY_ADDRESSES = tuple(f"192.0.2.{number}" for number in range(1, 129))
SILENT_ADDRESSES = frozenset(MANY_ADDRESSES[:20])
_FLOODS = "203.0.113."


def name_of(kind: Kind, number: int) -> str:
    """Return a server name of *kind*."""
    return f"{kind}-{number}.test"


def zone_of(name: str) -> str:
    """Return the first label of the zone that contains *name*."""
    return name.rpartition(".")[0].rpartition(".")[2]


def kind_and_number(zone: str) -> tuple[str, int]:
    """Return the kind and the number of the name with this zone."""
    kind, _, number = zone.partition("-")
    return kind, int(number.partition("-")[0])


def delegated_host(server_name: str) -> str:
    """Return the host to which an honest name delegates."""
    return f"hs.{server_name}"


def srv_targets(number: int) -> list[str]:
    """Return the targets of an SRV name: all in one dead zone if *number* is even, each in its own if it is odd."""
    if number % 2:
        return [f"dead-{number}-{target}.test" for target in range(SRV_RECORDS)]
    return [f"target-{target}.dead-{number}-srv.test" for target in range(SRV_RECORDS)]


def flood_address(number: int) -> str:
    """Return the address of a flooding host, which must be one of the first 254."""
    return f"{_FLOODS}{number + 1}"


def flood_number(ip: str) -> int | None:
    """Return the number of the flooding host at *ip*, or None if it is another host's address."""
    return int(ip.removeprefix(_FLOODS)) - 1 if ip.startswith(_FLOODS) else None
