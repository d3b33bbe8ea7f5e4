"""The well-known: what each address answers, and whether they agree."""

from collections.abc import Iterator, Sequence

import attrs

from ..values import Step
from .evidence import Evidence, WellKnownProbe
from .findings import found
from .report import Finding
from .serving import is_served
from .stories import Sighting, Story, tell
from .unreachable import is_missing_here, is_network_trouble
from .well_known_stories import document_story, failure_story


def judge_well_known(evidence: Evidence) -> Iterator[Finding]:
    """Judge what the addresses of the well-known host answered."""
    here = [probe for probe in evidence.well_knowns if not is_missing_here(probe.trouble, evidence)]
    dead = [probe for probe in here if _is_dead(probe) or _is_unused(probe, evidence)]
    answered = [probe for probe in here if probe not in dead]
    if not answered:
        yield from _nobody_answers(dead, evidence)
        return
    if dead and not _is_told_of_targets(dead, evidence):
        yield _dead(dead, answered, evidence)
    elif _is_ipv6_only(evidence):
        yield _ipv6_only(evidence, answered)
    if len({str(probe.delegated) for probe in answered if failure_story(probe) is None}) > 1:
        yield _differ(answered, evidence)
    is_mild = is_served(evidence) and not _delegates(answered) and not _was_delegated(evidence)
    ending = "; so servers go to port 8448, where nobody answers." if hides_targets(evidence) else "."
    yield from tell(Sighting(_failure(probe, ending), probe.ip, _line(probe), is_mild) for probe in answered)
    yield from tell(sighting for probe in answered for sighting in _oddities(probe))


def hides_targets(evidence: Evidence) -> bool:
    """Say whether a broken well-known is why servers go where nobody answers: the default port, which nobody may ever have meant."""
    broken = [probe for probe in evidence.well_knowns if not _is_dead(probe)]
    is_broken = bool(broken) and all(failure_story(probe) is not None for probe in broken)
    is_default = evidence.resolution is not None and evidence.resolution.step is Step.DEFAULT_PORT
    return is_broken and is_default and all(is_network_trouble(probe.trouble) for probe in evidence.targets)


def _failure(probe: WellKnownProbe, ending: str) -> Story | None:
    story = failure_story(probe)
    return story and attrs.evolve(story, cause=story.cause.removesuffix(".") + ending)


def _is_dead(probe: WellKnownProbe) -> bool:
    """Say whether there was not even a handshake."""
    return is_network_trouble(probe.trouble) and len(probe.exchanges) == 1 and probe.certificate is None


def _is_unused(probe: WellKnownProbe, evidence: Evidence) -> bool:
    """Say whether port 443 speaks plain HTTP while servers are at another port: it is as good as closed.

    Debian's Apache does so once TLS is enabled for any port.
    """
    is_plain = probe.trouble is not None and probe.trouble.code == "not-tls" and len(probe.exchanges) == 1
    is_elsewhere = any(each.certificate is not None for each in evidence.targets)
    return is_plain and is_elsewhere and not _delegates(evidence.well_knowns)


def _is_told_of_targets(dead: Sequence[WellKnownProbe], evidence: Evidence) -> bool:
    """Say whether these addresses are those of targets, too, of which the same is said: one dead address is one thing to repair."""
    ips = {probe.target.ip for probe in evidence.targets if is_network_trouble(probe.trouble)}
    return is_served(evidence) and all(probe.ip in ips for probe in dead)


def _delegates(probes: Sequence[WellKnownProbe]) -> bool:
    return any(probe.delegated is not None for probe in probes)


def _was_delegated(evidence: Evidence) -> bool:
    """Say whether this resolver went where the well-known led, be it by an answer of another moment: others, who have none, do not."""
    return evidence.resolution is not None and evidence.resolution.delegated is not None and not evidence.is_overridden


def _oddities(probe: WellKnownProbe) -> Iterator[Sighting]:
    stories: list[Story | None] = [*document_story(probe)]
    for story in stories or [None]:
        yield Sighting(story, probe.ip, _line(probe))


def _nobody_answers(dead: list[WellKnownProbe], evidence: Evidence) -> Iterator[Finding]:
    """Judge silence: where connections are refused, others go on at once; where they vanish, others wait."""
    silent = [probe for probe in dead if probe.trouble and probe.trouble.code == "timeout"]
    story = Story(
        "well-known-timeout",
        f"Port 443 of {evidence.server_name} neither answers nor refuses connections, so servers wait for the well-known for seconds before they go on.",
        f"Let port 443 of {evidence.server_name} refuse connections, or answer there (404 if nothing is to be delegated).",
    )
    yield from tell(Sighting(story if probe in silent else None, probe.ip, _line(probe)) for probe in dead)


def _dead(dead: list[WellKnownProbe], answered: list[WellKnownProbe], evidence: Evidence) -> Finding:
    """Judge addresses that nobody answers at, while others do."""
    is_ipv4_lost = all(":" in probe.ip for probe in answered) and _delegates(answered)
    whom = (
        "IPv4-only servers never see the delegation"
        if is_ipv4_lost
        else "servers that try these first wait, or miss the delegation"
    )
    ips = ", ".join(probe.ip for probe in dead)
    cause = f"Nobody answers at {ips} on port 443, while {evidence.server_name} answers for its well-known at its other addresses: {whom}."
    repair = f"Let the web server listen on {ips}, or remove the address from the DNS."
    return found("well-known-address-dead", cause, repair, map(_line, dead), severe=is_ipv4_lost)


def _is_ipv6_only(evidence: Evidence) -> bool:
    """Say whether a delegation is to be had over IPv6 only, and not because all is."""
    name = evidence.server_name
    reply = evidence.reply(name.dns_name, "A") if name is not None and name.dns_name is not None else None
    is_empty = reply is not None and not reply.records and not reply.failure
    return is_empty and _delegates(evidence.well_knowns) and any(":" not in each.target.ip for each in evidence.targets)


def _ipv6_only(evidence: Evidence, answered: list[WellKnownProbe]) -> Finding:
    name = evidence.server_name
    cause = f"{name} has IPv6 addresses only, so servers without IPv6 never see that its well-known delegates to another host."
    return found("well-known-ipv6-only", cause, f"Publish an A record for {name}.", map(_line, answered))


def _differ(answered: list[WellKnownProbe], evidence: Evidence) -> Finding:
    cause = f"The addresses of {evidence.server_name} serve different well-knowns, so it depends on chance where other servers go."
    repair = (
        f"Let {', '.join(probe.ip for probe in answered)} serve the same document at /.well-known/matrix/server: "
        "one of the web servers is out of date, or another virtual host answers there."
    )
    return found("well-known-differs", cause, repair, map(_line, answered))


def _line(probe: WellKnownProbe) -> str:
    """Say what one address answered."""
    if probe.delegated is not None:
        return f"{probe.ip}: delegates to {probe.delegated}"
    told = probe.trouble.message if probe.trouble else probe.detail
    beginning = probe.last.excerpt(60) if probe.last else ""
    seen = f'; the body begins with "{beginning}"' if beginning and "begins with" not in told else ""
    return f"{probe.ip}: {told}{seen}"
