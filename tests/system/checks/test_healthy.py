"""A check finds nothing wrong in what `matrix-resolve setup` writes, for each proxy and each way."""

from pathlib import Path

import pytest

from matrix_resolve.check import Verdict

from ..setups.proxies import PROXIES
from .certificates import HOME
from .deployment import Deployment, checked, deployed
from .expected import told

INFORMATION = {"well-known": [], "srv": ["srv-in-use"], "port-8448": []}


@pytest.mark.parametrize("way", INFORMATION)
@pytest.mark.parametrize("proxy", PROXIES)
async def test_nothing_is_found(proxy: str, way: str, tmp_path: Path, testbed: Path) -> None:
    with deployed(Deployment(way), proxy, tmp_path, testbed):
        report = await checked(HOME, testbed)
    assert report.verdict is Verdict.EVERYBODY, told(report)
    assert [finding.code for finding in report.findings] == INFORMATION[way], told(report)
