"""The federation API behind the connections: whether a homeserver answers, and what stands in its way."""

from collections.abc import Iterator

from .api_stories import api_story, is_compressed, path_of
from .evidence import Evidence, HttpExchange, TargetProbe
from .report import Finding
from .serving import is_json, is_spared
from .stories import Sighting, Story, tell

_OK = 200


def judge_api(evidence: Evidence) -> Iterator[Finding]:
    """Judge the answers of each target."""
    yield from tell(
        Sighting(_story(probe), probe.target.address, _line(probe), is_spared(probe, evidence))
        for probe in evidence.targets
        if probe.version is not None and probe.trouble is None
    )


def _story(probe: TargetProbe) -> Story | None:
    version, keys = probe.version, probe.keys
    if version is None or keys is None:
        return None
    if not is_json(version):
        return api_story(probe, version)
    if keys.status != _OK or is_compressed(keys):
        return api_story(probe, keys)
    return None


def _line(probe: TargetProbe) -> str:
    """Say what was answered."""
    told = [f"{path_of(one)}: {_answer(one)}" for one in (probe.version, probe.keys, probe.client) if one is not None]
    return f"{probe.target.address}: " + "; ".join(told)


def _answer(exchange: HttpExchange) -> str:
    if exchange.trouble is not None:
        return exchange.trouble.message
    kind = exchange.header("content-type") or "no content type"
    return f'{exchange.status} ({kind}) "{exchange.excerpt(60)}"'
