from .snapshot import SNAPSHOT, public_api


def test_the_public_api_is_the_one_that_was_agreed_on() -> None:
    """Write it anew with ``python -m tests.api.snapshot``, and see CONTRIBUTING.md for what a change asks for."""
    assert public_api() == SNAPSHOT.read_text()
