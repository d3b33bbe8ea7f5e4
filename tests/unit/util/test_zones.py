"""The zone of a name, as far as the name alone shows it."""

import pytest

from matrix_resolve._util.zones import zone_of


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("example.com", "example.com"),
        ("matrix.example.com", "example.com"),
        ("_matrix-fed._tcp.a.b.example.com", "example.com"),
        ("matrix.example.co.uk", "example.co.uk"),
        ("_matrix._tcp.example.com.au", "example.com.au"),
        ("matrix.example.uk", "example.uk"),
        ("example.uk", "example.uk"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_the_zone_of_a_name(name: str, zone: str) -> None:
    assert zone_of(name) == zone
