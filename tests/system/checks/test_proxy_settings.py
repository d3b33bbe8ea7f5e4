"""Proxies with one wrong setting: the check reports this setting and nothing else."""

from pathlib import Path

import pytest

from matrix_resolve.check import Verdict

from ..setups.proxies import PROXIES
from .certificates import HOME, MATRIX, NODE
from .deployment import NOBODY, Deployment, behind, checked, deployed
from .expected import Expected, assert_told
from .proxy_settings import MISTAKES, WWW

_NOBODY = Verdict.NOBODY
ROWS: dict[str, tuple[str, dict[str, str], Expected]] = {
    "only client": (
        "well-known",
        {},
        Expected("api-client-only", _NOBODY, ("only /_matrix/client", "/_matrix/federation/v1/version", "port 443")),
    ),
    "only federation": (
        "port-8448",
        {},
        Expected("api-partly-forwarded", _NOBODY, ("/_matrix/key/v2/server", "all requests for /_matrix", "port 8448")),
    ),
    "path changed": ("port-8448", {}, Expected("api-path-changed", _NOBODY, ("port 8448", "proxy_pass", "ProxyPass"))),
    "redirected": (
        "well-known",
        {},
        Expected("api-redirected", _NOBODY, (f"https://{WWW}/_matrix", f"Host header {MATRIX}")),
    ),
    "backend down": ("srv", {}, Expected("api-backend-down", _NOBODY, ("50", "Start the homeserver", "port 8443"))),
    "known by the machine only": (
        "srv",
        {HOME: "for-both"},
        Expected("api-by-other-host", _NOBODY, (f"is {NODE}, but", f"Add the name {HOME}")),
    ),
}
"""The way, the kinds of certificates, and what the check reports."""


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("proxy", PROXIES)
async def test_the_setting_is_named(proxy: str, row: str, tmp_path: Path, testbed: Path) -> None:
    way, certificates, expected = ROWS[row]
    edits = MISTAKES[row][proxy] if row in MISTAKES else behind(NOBODY)
    with deployed(Deployment(way, edits, certificates=certificates), proxy, tmp_path, testbed):
        report = await checked(HOME, testbed)
    assert_told(report, expected)
