"""Runs what needs ports 53, 443 and 8448 in a network of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .addresses import ALL

HERE = Path(__file__).parent
TESTS = ["-m", "pytest", "-q", "-p", "no:cacheprovider"]


def _needs(*tools: str) -> pytest.MarkDecorator:
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    missing = [tool for tool in tools if shutil.which(tool, path=path) is None]
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def _run_inside(*arguments: str) -> str:
    environment = {**os.environ, "ADDRESSES": " ".join(ALL), "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    done = subprocess.run(  # noqa: S603 - our own script
        [HERE / "namespace.sh", sys.executable, *arguments],
        env=environment,
        cwd=HERE.parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@_needs("unshare", "ip")
@pytest.mark.timeout(400)
def test_cases_and_trouble_on_real_ports() -> None:
    assert " passed" in _run_inside(*TESTS, str(HERE / "inside"))


@_needs("unshare", "ip", "unbound", "nginx")
def test_real_name_server_and_web_server() -> None:
    assert _run_inside("-m", "tests.system.real_servers").count("answered") == 4


@_needs("unshare", "ip", "unbound", "nginx", "haproxy", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_each_client_against_real_deployments() -> None:
    """Two Synapse behind nginx and behind HAProxy."""
    assert " passed" in _run_inside(*TESTS, str(HERE / "deployments"))


@_needs("unshare", "ip", "sysctl", "unbound", "nginx", "haproxy", "caddy", "apache2", "curl", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_what_setup_writes_on_each_proxy() -> None:
    assert " passed" in _run_inside(*TESTS, str(HERE / "setups"))


@_needs("unshare", "ip", "sysctl", "unbound", "nginx", "haproxy", "caddy", "apache2", "synapse_homeserver")
@pytest.mark.timeout(300)
def test_what_a_check_says_of_real_deployments() -> None:
    """As they should be, and with one thing wrong."""
    assert " passed" in _run_inside(*TESTS, str(HERE / "checks"))
