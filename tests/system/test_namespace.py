"""Runs `tests.system.inside` in a network of its own, where ports 53, 443 and 8448 are real."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .addresses import ALL

HERE = Path(__file__).parent


@pytest.mark.skipif(
    not (shutil.which("unshare") and shutil.which("ip")), reason="needs unshare (util-linux) and ip (iproute2)"
)
def test_inside() -> None:
    command = [
        str(HERE / "namespace.sh"),
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        str(HERE / "inside"),
    ]
    done = subprocess.run(  # noqa: S603 - our own script
        command,
        env={**os.environ, "ADDRESSES": " ".join(ALL)},
        cwd=HERE.parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
