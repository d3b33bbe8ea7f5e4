"""``matrix-resolve serve`` reloads its certificate after SIGHUP."""

import signal
from pathlib import Path

import pytest
from trustme import KeyType

from matrix_resolve.publish import WELL_KNOWN_PATH
from tests._support.certificates import client_context
from tests._support.pem_files import issue
from tests._support.plain_http import Place, ask, connected
from tests._support.serve_command import ENDED_WELL, serving_command


async def certificate_at(place: Place) -> bytes:
    """Return the certificate that a new connection gets."""
    async with connected(place, client_context()) as (_, writer):
        der: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return der


@pytest.mark.parametrize(
    "kinds",
    [
        (KeyType.ECDSA, KeyType.ECDSA),
        (KeyType.ECDSA, KeyType.RSA),
        (KeyType.RSA, KeyType.ECDSA),
    ],
    ids=lambda kinds: "-".join(kind.name for kind in kinds),
)
async def test_sighup_reads_the_certificate_again(tmp_path: Path, kinds: tuple[KeyType, KeyType]) -> None:
    old, new = (issue(tmp_path, name, kind) for name, kind in zip(("old", "new"), kinds, strict=True))
    async with serving_command(f"--cert={old.both}") as serving:
        assert await certificate_at(serving.place) == old.der
        new.both.replace(old.both)
        assert await certificate_at(serving.place) == old.der
        serving.process.send_signal(signal.SIGHUP)
        assert await serving.line() == "the certificate was reloaded"
        assert await certificate_at(serving.place) == new.der
        assert await serving.end() == ENDED_WELL


async def test_a_broken_certificate_leaves_the_old_one_until_a_good_one_comes(tmp_path: Path) -> None:
    old, new = issue(tmp_path, "old"), issue(tmp_path, "new")
    async with serving_command(f"--cert={old.certificate}", f"--key={old.key}") as serving:
        for content, reason in [
            (b"", "there is no certificate in"),
            (new.certificate.read_bytes(), "cannot be used together: "),
            (None, "no such file or directory"),
        ]:
            old.certificate.unlink() if content is None else old.certificate.write_bytes(content)
            serving.process.send_signal(signal.SIGHUP)
            complaint = await serving.complaint()
            assert complaint.startswith("matrix-resolve: the old certificate stays in use: ")
            assert reason in complaint
            assert str(old.certificate) in complaint
            assert await certificate_at(serving.place) == old.der
        new.certificate.replace(old.certificate)
        new.key.replace(old.key)
        serving.process.send_signal(signal.SIGHUP)
        assert await serving.line() == "the certificate was reloaded"
        assert await certificate_at(serving.place) == new.der
        assert await serving.end() == ENDED_WELL


async def test_sighup_means_nothing_without_a_certificate() -> None:
    async with serving_command() as serving:
        serving.process.send_signal(signal.SIGHUP)
        assert (await ask(serving.place, "GET", WELL_KNOWN_PATH)).status == 200
        await serving.line()
        assert await serving.end() == ENDED_WELL
