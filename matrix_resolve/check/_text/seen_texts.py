"""The evidence of a finding, in words: what was seen at each place."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from ..._util.dates import as_day, as_minute
from ..._util.escaping import first_few, printable, quoted
from ...backends.dns import SrvRecord
from ..evidence import Certificate, DnsReply, KeyFacts, TargetProbe, WellKnownProbe
from ..exchanges import ConnectionProblem, HttpExchange, path_of
from ..faults import Seen
from ..findings import EvidenceLine
from .key_texts import difference
from .limit_texts import KINDS

_SHOWN_RECORDS = 8  # SRV records of one answer; very few domains have more
_SHOWN_NAMES = 5
_SHOWN_PLACES = 50  # of each kind; `Evidence` lists all of them
_LONGEST = 4_000  # characters of a line


def line_of(seen: Seen) -> EvidenceLine:
    """Return *seen* as a line of evidence."""
    return EvidenceLine(seen.place, _TEXTS[seen.kind](**dict(seen.facts)))


def _dns_reply(*, reply: DnsReply) -> str:
    return f"{reply.name} {reply.record_type}: {reply.failure or 'no such record'}"


def _srv_records(*, service: str, records: Sequence[SrvRecord]) -> str:
    each = (f"{one.priority} {one.weight} {one.port} {one.target}" for one in records)
    shown = first_few(each, total=len(records), at_most=_SHOWN_RECORDS, separator=", ")
    return f"{service}: {shown or 'nothing usable'}"


def _well_known(*, probe: WellKnownProbe) -> str:
    return "; ".join(_of_well_known(probe))


def _of_well_known(probe: WellKnownProbe) -> Iterator[str]:
    if probe.delegated is not None:
        yield f"delegates to {probe.delegated}"
        return
    yield probe.trouble.message if probe.trouble else probe.detail
    if probe.certificate is not None and probe.trouble is not None and probe.trouble.code.startswith("certificate"):
        yield f"the certificate is valid until {as_day(probe.certificate.not_after)}"
    beginning = probe.last.excerpt(60) if probe.last else ""
    if beginning and probe.reason != "not-json":  # the detail of "not-json" shows the beginning already
        yield f'the body begins with "{beginning}"'


def _target(*, probe: TargetProbe) -> str:
    if probe.trouble is None:
        return probe.tls_version
    if probe.certificate is None:
        return probe.trouble.message
    names = ", ".join(probe.certificate.names[:_SHOWN_NAMES]) or "no name"
    dates = f"valid from {as_minute(probe.certificate.not_before)} until {as_minute(probe.certificate.not_after)}"
    return f"a certificate for {names}, from {probe.certificate.issuer}, {dates}"


def _certificate_end(*, certificate: Certificate) -> str:
    return f"a certificate from {certificate.issuer}, valid until {as_minute(certificate.not_after)}"


def _api(*, probe: TargetProbe) -> str:
    exchanges = (probe.version, probe.keys, probe.client, probe.federation)
    return "; ".join(f"{path_of(one)}: {_answer(one)}" for one in exchanges if one is not None)


def _answer(exchange: HttpExchange) -> str:
    if exchange.trouble is not None:
        return exchange.trouble.message
    content_type = exchange.header("content-type") or "no content type"
    return f'{exchange.status} ({content_type}) "{exchange.excerpt(60)}"'


def _keys(*, facts: KeyFacts) -> str:
    return f"{quoted(facts.server_name)}, {', '.join(facts.key_ids) or 'no key'}"


def _clock(*, host: str, ip: str, ahead: float) -> str:
    return f"{host} ({ip}): {difference(ahead)}"


def _address(*, ip: str) -> str:
    return ip


def _trouble(*, trouble: ConnectionProblem) -> str:
    return trouble.message


def _left_out(*, what: str, places: Sequence[str]) -> str:
    more = f" and {len(places) - _SHOWN_PLACES} more" if len(places) > _SHOWN_PLACES else ""
    return printable(f"not checked ({KINDS[what]}): {', '.join(places[:_SHOWN_PLACES])}{more}", limit=_LONGEST)


_TEXTS: Mapping[str, Callable[..., str]] = {
    "dns-reply": _dns_reply,
    "srv-records": _srv_records,
    "well-known": _well_known,
    "target": _target,
    "certificate-end": _certificate_end,
    "api": _api,
    "keys": _keys,
    "clock": _clock,
    "address": _address,
    "trouble": _trouble,
    "left-out": _left_out,
}
