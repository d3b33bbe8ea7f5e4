"""The default TLS context."""

import ssl

from matrix_resolve import default_ssl_context


def suites(context: ssl.SSLContext) -> dict[str, str]:
    """Return the key exchange of each enabled cipher suite."""
    return {suite["name"]: str(dict(suite)["kea"]) for suite in context.get_ciphers()}


def test_suites_are_those_of_the_default_without_finite_field_diffie_hellman() -> None:
    expected = {name: kea for name, kea in suites(ssl.create_default_context()).items() if not kea.startswith("kx-dhe")}
    assert list(suites(default_ssl_context()).items()) == list(expected.items())
    assert expected
