from .snapshot import SNAPSHOT, public_api


def test_the_public_api_is_the_one_that_was_agreed_on() -> None:
    """To fix a failure, run ``python -m tests.api.snapshot``; CONTRIBUTING.md says what such a change needs."""
    assert public_api() == SNAPSHOT.read_text()
