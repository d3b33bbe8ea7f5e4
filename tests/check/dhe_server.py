"""A TLS 1.2 server that offers only finite-field Diffie-Hellman key exchange."""

import asyncio
import contextlib
import ssl
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import trustme

from tests._support.waiting import settle

from .broken_deployments import NAME

_FFDHE2048 = bytes.fromhex(
    "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202AEC4617A"
    "D3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73530ACCA4F483A797A"
    "BC0AB182B324FB61D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FCE1CDF7E2ECC03404CD28342F61"
    "9172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2EFFA886B423861285C97FFFFFFFFFFFFFFFF"
)
"""RFC 7919, appendix A.1."""
_DER = bytes.fromhex("308201080282010100") + _FFDHE2048 + bytes.fromhex("020102")
"""The prime and the generator, in the format of PKCS #3."""


def dhe_context() -> ssl.SSLContext:
    """Return the TLS context of such a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(NAME, key_type=trustme.KeyType.RSA).configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("kDHE:!aNULL")
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / "dh.pem").write_text(
            ssl.DER_cert_to_PEM_cert(_DER).replace("CERTIFICATE", "DH PARAMETERS")
        )
        context.load_dh_params(str(file))
    return context


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read until the client disconnects."""
    with contextlib.suppress(OSError):
        await reader.read()
    writer.close()


@contextlib.asynccontextmanager
async def dhe_only() -> AsyncGenerator[tuple[str, int]]:
    """Serve TLS with only DHE suites. No request is answered."""
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0, ssl=dhe_context())
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        await settle()
