"""One homeserver for all deployments."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .deployment import serving_synapse


@pytest.fixture(scope="session")
def testbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of certificates and configurations, while Synapse runs."""
    folder = tmp_path_factory.mktemp("testbed")
    with serving_synapse(folder):
        yield folder
