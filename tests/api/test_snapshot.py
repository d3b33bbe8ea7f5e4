from .snapshot import SNAPSHOT, public_api


def test_the_public_api_is_the_one_that_was_agreed_on() -> None:
    """After an intended change, run ``python -m tests.api.snapshot``; CONTRIBUTING.md says what else it needs."""
    assert public_api() == SNAPSHOT.read_text()
