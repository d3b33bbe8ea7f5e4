"""Runs the tests that need ports 53, 443 and 8448 in a network namespace."""

from pathlib import Path

import pytest

from tests._support.namespace import needs, run_inside

from .addresses import ALL

HERE = Path(__file__).parent
TESTS = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]


def _run_inside(*arguments: str) -> str:
    return run_inside(*arguments, addresses=ALL)


@needs("unshare", "ip")
@pytest.mark.timeout(400)
def test_cases_and_trouble_on_real_ports() -> None:
    assert " passed" in _run_inside(*TESTS, str(HERE / "real_ports"))


@needs("unshare", "ip", "unbound", "nginx")
def test_real_name_server_and_web_server() -> None:
    assert _run_inside("-m", "tests.system.real_servers").count("answered") == 4


@needs("unshare", "ip", "unbound", "nginx", "haproxy", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_each_client_against_real_deployments() -> None:
    """Two Synapse homeservers behind nginx and HAProxy."""
    assert " passed" in _run_inside(*TESTS, str(HERE / "deployments"))


@needs("unshare", "ip", "sysctl", "unbound", "nginx", "haproxy", "caddy", "apache2", "curl", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_what_setup_writes_on_each_proxy() -> None:
    assert " passed" in _run_inside(*TESTS, str(HERE / "setups"))


@needs("unshare", "ip", "sysctl", "unbound", "nginx", "haproxy", "caddy", "apache2", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_what_a_check_says_of_real_deployments() -> None:
    """Without mistakes, and with one mistake each."""
    assert " passed" in _run_inside(*TESTS, str(HERE / "checks"))
