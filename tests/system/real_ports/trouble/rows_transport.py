"""Faults below HTTP, on the port of the well-known document."""

from tests.spec.testbed import addresses, fed, old

from .row import HS, Row
from .row_makers import T1, UNSEEN, delegated, fallback

SRV_T1 = "_matrix-fed._tcp.example.org SRV 10 0 8443 t1.example.com"
NO_443 = {"192.0.2.10:443": "refuse", "2001:db8::10:443": "refuse"}
AT_T1 = [fed("example.org"), *addresses("t1.example.com")]


def _both(kind: str) -> dict[str, str]:
    return {"192.0.2.10:443": kind, "2001:db8::10:443": kind}


TRANSPORT: dict[str, Row] = {
    "443-blackholed-then-srv": Row(
        at=_both("blackhole"),
        zone=[SRV_T1],
        targets=[T1.format(8443)],
        step="4",
        asked=[*addresses("example.org"), *AT_T1],
    ),
    "443-blackholed-then-8448": fallback(at=_both("blackhole"), asked=UNSEEN),
    "443-mute-then-srv": Row(
        at=_both("mute"), zone=[SRV_T1], targets=[T1.format(8443)], step="4", asked=[*addresses("example.org"), *AT_T1]
    ),
    "443-resets": fallback(at=_both("reset"), asked=UNSEEN),
    "443-speaks-plain-http": fallback(at=_both("plain"), asked=UNSEEN),
    "443-wrong-certificate": fallback(at=_both("wrong"), asked=UNSEEN),
    "443-refuses": fallback(at=NO_443, asked=UNSEEN),
    "v6-refused-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "refuse"}),
    "v6-blackholed-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "blackhole"}),
    "v4-refused-v6-fine": delegated(wk=HS, at={"192.0.2.10:443": "refuse"}),
    "v6-mute-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "mute"}),
    "v6-wrong-certificate-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "wrong"}),
    "v6-resets-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "reset"}),
    "v6-plain-v4-fine": delegated(wk=HS, at={"2001:db8::10:443": "plain"}),
    "443-blackholed-and-srv-silent": fallback(
        at=_both("blackhole"),
        zone=[f"{fed('example.org')[4:]} SRV TIMEOUT", f"{old('example.org')[4:]} SRV TIMEOUT"],
        asked=UNSEEN,
    ),
}
