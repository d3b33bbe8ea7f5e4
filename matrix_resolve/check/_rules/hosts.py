"""What is said of hosts in more than one place."""

from ..._util.escaping import printable
from ..evidence import Evidence


def host_behind(alias: str, evidence: Evidence) -> str:
    """Give the host at the end of the CNAME chain of *alias*, or an empty text if it is none."""
    replies = [evidence.reply(alias, "AAAA"), evidence.reply(alias, "A")]
    names = [reply.canonical_name for reply in replies if reply and reply.canonical_name]
    return printable(next((name for name in names if name != alias), ""))


def repair_name_servers(host: str) -> str:
    """Say what name servers have to do that fail instead of answering."""
    return (
        f"Repair the name servers of {host}, if other names resolve from here: every question has to get an answer, "
        "and be it that there is no such record."
    )
