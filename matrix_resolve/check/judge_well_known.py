"""The well-known: what each address answers, and whether they agree."""

from collections.abc import Iterator

from .evidence import Evidence, WellKnownProbe
from .findings import found
from .report import Finding
from .serving import is_served
from .stories import Story, tell
from .unreachable import is_missing_here, is_network_trouble
from .well_known_stories import document_story, failure_story


def judge_well_known(evidence: Evidence) -> Iterator[Finding]:
    """Judge what the addresses of the well-known host answered."""
    here = [probe for probe in evidence.well_knowns if not is_missing_here(probe.trouble, evidence)]
    dead = [probe for probe in here if is_network_trouble(probe.trouble)]
    answered = [probe for probe in here if probe not in dead]
    is_mild = is_served(evidence)
    if not answered:
        yield from _nobody_answers(dead)
        return
    if dead:
        yield _dead(dead, answered, evidence)
    if len({_answer(probe) for probe in answered}) > 1:
        yield _differ(answered, evidence)
    yield from tell(((failure_story(probe), _line(probe)) for probe in answered), mild=is_mild)
    yield from tell((story, _line(probe)) for probe in answered for story in document_story(probe))


def _nobody_answers(dead: list[WellKnownProbe]) -> Iterator[Finding]:
    """Judge silence: where connections are refused, others go on at once; where they vanish, others wait."""
    silent = [probe for probe in dead if probe.trouble and probe.trouble.code == "timeout"]
    story = Story(
        "well-known-timeout",
        "Port 443 drops connections instead of refusing them, so servers wait for the well-known for seconds before they go on.",
        "Let port 443 refuse connections, or serve the well-known there (404 if nothing is to be delegated).",
    )
    yield from tell((story, _line(probe)) for probe in silent)


def _dead(dead: list[WellKnownProbe], answered: list[WellKnownProbe], evidence: Evidence) -> Finding:
    """Judge addresses that nobody answers at, while others do."""
    is_ipv4_lost = all(":" in probe.ip for probe in answered) and any(probe.delegated for probe in answered)
    whom = (
        " IPv4-only servers never see the delegation."
        if is_ipv4_lost
        else " Servers that try these first wait, or miss the delegation."
    )
    ips = ", ".join(probe.ip for probe in dead)
    cause = f"Nobody answers at {ips} on port 443, where {evidence.server_name} serves its well-known at its other addresses.{whom}"
    repair = f"Let the web server listen on {ips}, or remove the address from the DNS."
    return found("well-known-address-dead", cause, repair, map(_line, dead), mild=not is_ipv4_lost)


def _differ(answered: list[WellKnownProbe], evidence: Evidence) -> Finding:
    cause = f"The addresses of {evidence.server_name} serve different well-knowns, so it depends on chance where other servers go."
    repair = "Let all addresses serve the same document: one of the web servers is out of date, or another virtual host answers there."
    return found("well-known-differs", cause, repair, map(_line, answered))


def _answer(probe: WellKnownProbe) -> tuple[str, str]:
    return probe.outcome, str(probe.delegated)


def _line(probe: WellKnownProbe) -> str:
    """Say what one address answered."""
    if probe.delegated is not None:
        return f"{probe.ip}: delegates to {probe.delegated}"
    told = probe.trouble.message if probe.trouble else probe.detail
    seen = f'; the body begins with "{probe.last.beginning[:60]}"' if probe.last and probe.last.body else ""
    return f"{probe.ip}: {told}{seen}"
