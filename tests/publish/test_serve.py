"""``matrix-resolve serve``: a process that strangers talk to, and that an operator starts, reloads and ends."""

import asyncio
import os
import signal
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from trustme import KeyType

from matrix_resolve.cli import main
from matrix_resolve.publish import WELL_KNOWN_PATH
from matrix_resolve.publish.server import ListenAddress

from ..support.certificates import client_context
from ..support.pem_files import PemFiles, encrypt, issue
from ..support.plain_http import Place, ask, connected, exchange, request
from ..support.serve_command import DELEGATE_TO, HERE, Serving, place_of, serving_command, start

BODY = b'{"m.server": "matrix.example.org:443"}'
ENDED_WELL = (0, "", "")
SIGNALS = [signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> PemFiles:
    """One certificate, and beside it what is none."""
    folder = tmp_path_factory.mktemp("pem")
    files = issue(folder, "own")
    issue(folder, "other")
    issue(folder, "rsa", KeyType.RSA)
    encrypt(files.key, folder / "locked-key.pem")
    (folder / "no-pem.pem").write_text("no PEM")
    (folder / "broken.pem").write_text(files.both.read_text().replace("M", "N"))
    return files


async def certificate_at(place: Place) -> bytes:
    """Give the certificate that a new connection gets."""
    async with connected(place, client_context()) as (_, writer):
        der: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        return der


async def test_http() -> None:
    async with serving_command("--max-age=60") as serving:
        assert serving.urls[0].startswith("http://127.0.0.1:")
        assert serving.urls[0].endswith(WELL_KNOWN_PATH)
        answer = await ask(serving.place, "GET", WELL_KNOWN_PATH)
        assert (answer.status, answer.body) == (200, BODY)
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert await serving.line() == f"127.0.0.1 GET {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


@pytest.mark.parametrize("is_one_file", [True, False])
async def test_https(pem: PemFiles, is_one_file: bool) -> None:  # noqa: FBT001 - a column
    options = [f"--cert={pem.both}"] if is_one_file else [f"--cert={pem.certificate}", f"--key={pem.key}"]
    async with serving_command(*options) as serving:
        assert serving.urls[0].startswith("https://127.0.0.1:")
        answer = await ask(serving.place, "HEAD", WELL_KNOWN_PATH, client_context())
        assert (answer.status, answer.headers["content-length"], answer.body) == (200, str(len(BODY)), b"")
        assert await serving.line() == f"127.0.0.1 HEAD {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


async def test_it_serves_nothing_else() -> None:
    async with serving_command() as serving:
        for method, path, status in [("GET", "/", 404), ("POST", WELL_KNOWN_PATH, 405)]:
            assert (await ask(serving.place, method, path)).status == status
            assert await serving.line() == f"127.0.0.1 {method} {path} {status}"


async def test_several_addresses_of_both_families() -> None:
    async with serving_command(listen=(HERE, "[::1]:0", HERE)) as serving:
        places = [place_of(url) for url in serving.urls]
        assert [ip for ip, _ in places] == ["127.0.0.1", "::1", "127.0.0.1"]
        for place in places:
            assert (await ask(place, "GET", WELL_KNOWN_PATH)).body == BODY
            assert await serving.line() == f"{place[0]} GET {WELL_KNOWN_PATH} 200"
        assert await serving.end() == ENDED_WELL


async def test_all_addresses() -> None:
    async with serving_command(listen=(":0",)) as serving:
        ip, port = serving.place
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}[ip]
        assert (await ask((here, port), "GET", WELL_KNOWN_PATH)).body == BODY


async def test_a_delegation_that_is_often_not_meant_is_remarked_on() -> None:
    async with serving_command("--delegate-to=matrix.example.org") as serving:
        assert (await serving.line()).startswith("note: matrix.example.org has no port: ")


HOSTILE = [
    request("GET", "/%1b[2J?a=%0d%0a%1b]0;x%07", "Connection: close"),
    request("GET", "/\u202e\u009b2J\u2028".encode(), "Connection: close"),
    request("GET", b"/\xff\xc3", "Connection: close"),
    request("GET", b"/\x1b[2J", "Connection: close"),
    request("GET", "/", "Connection: close", "X: \x1b[2J"),
    request("GET", "http://[/\x1b", "Connection: close"),
    request("\x1b[2J", "/", "Connection: close"),
    request("GET", "/a" * 3000, "Connection: close"),
    request("GET", "/a" * 5000, "Connection: close"),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]


@pytest.mark.parametrize("without_c", ["", "1"], ids=["C", "Python"])
async def test_what_strangers_send_is_one_escaped_line_each(without_c: str) -> None:
    """And nothing on stderr, be it read by aiohttp's parser in C or by that in Python, which lets more through."""
    async with serving_command(AIOHTTP_NO_EXTENSIONS=without_c) as serving:
        for data in HOSTILE:
            status = (await exchange(serving.place, data)).status
            line = await serving.line()
            assert line.isprintable()
            assert line.startswith("127.0.0.1 ")
            assert line.endswith((f" {status}", "…"))
            assert len(line) <= 2001
        assert await serving.end() == ENDED_WELL


async def test_a_line_has_the_path_as_it_was_sent() -> None:
    path = "//[/%1B[2J/./../%2e?b=%0a&&a"
    async with serving_command() as serving:
        await ask(serving.place, "GET", path)
        assert await serving.line() == f"127.0.0.1 GET {path} 404"


async def occupy(stack: AsyncExitStack, serving: Serving) -> asyncio.StreamReader:
    """Leave connections open, of which one has made a request, one has begun one, and one has said nothing, not even TLS."""
    tls = client_context() if serving.urls[0].startswith("https") else None
    idle, to_idle = await stack.enter_async_context(connected(serving.place, tls))
    to_idle.write(request("GET", WELL_KNOWN_PATH))
    await idle.readuntil(BODY)
    await serving.line()
    _, to_slow = await stack.enter_async_context(connected(serving.place, tls))
    to_slow.write(b"GET / HT")
    await stack.enter_async_context(connected(serving.place))
    return idle


@pytest.mark.parametrize("by", SIGNALS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_it_ends_well_whoever_is_connected(pem: PemFiles, scheme: str, by: signal.Signals) -> None:
    """It does not wait for the other side to close TLS, so asyncio would warn of connections that end with the process."""
    options = [f"--cert={pem.both}"] if scheme == "https" else []
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(
            serving_command(*options, PYTHONWARNINGS="error,ignore::ResourceWarning")
        )
        idle = await occupy(stack, serving)
        assert await serving.end(by) == ENDED_WELL
        assert await idle.read() == b""


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
        assert await serving.line() == "the certificate was read again"
        assert await certificate_at(serving.place) == new.der
        assert await serving.end() == ENDED_WELL


async def test_a_broken_certificate_leaves_the_old_one_until_a_good_one_comes(tmp_path: Path) -> None:
    old, new = issue(tmp_path, "old"), issue(tmp_path, "new")
    async with serving_command(f"--cert={old.certificate}", f"--key={old.key}") as serving:
        for content, reason in [
            (b"", "there is no certificate in"),
            (new.certificate.read_bytes(), "cannot be used together: "),
            (None, "No such file or directory"),
        ]:
            old.certificate.unlink() if content is None else old.certificate.write_bytes(content)
            serving.process.send_signal(signal.SIGHUP)
            complaint = await serving.complaint()
            assert complaint.startswith("matrix-resolve: the old certificate stays: ")
            assert reason in complaint
            assert str(old.certificate) in complaint
            assert await certificate_at(serving.place) == old.der
        new.certificate.replace(old.certificate)
        new.key.replace(old.key)
        serving.process.send_signal(signal.SIGHUP)
        assert await serving.line() == "the certificate was read again"
        assert await certificate_at(serving.place) == new.der
        assert await serving.end() == ENDED_WELL


async def test_sighup_means_nothing_without_a_certificate() -> None:
    async with serving_command() as serving:
        serving.process.send_signal(signal.SIGHUP)
        assert (await ask(serving.place, "GET", WELL_KNOWN_PATH)).status == 200
        await serving.line()
        assert await serving.end() == ENDED_WELL


async def test_a_port_in_use_ends_it_with_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        in_use = f"--listen=127.0.0.1:{other.getsockname()[1]}"
        process = await start(f"--listen={HERE}", in_use)
        printed, complaints = await process.communicate()
    assert (process.returncode, printed) == (2, b"")
    assert complaints.startswith(b"matrix-resolve: cannot serve: ")
    assert b"address already in use" in complaints
    assert complaints.count(b"\n") == 1


async def test_it_goes_on_when_nobody_reads_what_it_prints() -> None:
    """A logger that is restarted must not unpublish the delegation."""
    ours, its = os.pipe()
    process = await start(f"--listen={HERE}", stdout=its)
    os.close(its)
    with os.fdopen(ours) as printed:
        place = place_of(await asyncio.to_thread(printed.readline))
    for _ in range(3):
        assert (await ask(place, "GET", WELL_KNOWN_PATH)).body == BODY
    process.terminate()
    _, complaints = await process.communicate()
    assert process.returncode == 0
    assert complaints.startswith(b"matrix-resolve: the log cannot be written any more (")
    assert complaints.count(b"\n") == 1


BAD = [
    (["--cert={}/no-pem.pem"], "there is no certificate in {}/no-pem.pem"),
    (["--cert={}/own-key.pem"], "there is no certificate in {}/own-key.pem"),
    (["--cert={}/own-certificate.pem"], "there is no private key in {}/own-certificate.pem"),
    (["--cert={}/own.pem", "--key={}/no-pem.pem"], "there is no private key in {}/no-pem.pem"),
    (["--cert={}/broken.pem"], "the certificate {0}/broken.pem and the key {0}/broken.pem cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/other-key.pem"], "cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/rsa-key.pem"], "and the key {}/rsa-key.pem cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/locked-key.pem"], "the key has a password"),
    (["--cert={}/missing.pem"], "No such file or directory: '{}/missing.pem'"),
    (["--cert={}/own.pem", "--key={}/missing.pem"], "No such file or directory: '{}/missing.pem'"),
    (["--cert={}"], "Is a directory: '{}'"),
    (["--key={}/own-key.pem"], "--key needs --cert"),
    (["--cert="], "--cert and --key name a file each; an empty text is none"),
    (["--listen=localhost:80"], '"localhost:80" is no address to listen on: write 127.0.0.1:8080, '),
    (["--listen=\x1b[2J"], r'"\x1b[2J" is no address to listen on'),
    (["--delegate-to=https://a.example:8448"], 'pass only host and port, "a.example:8448"'),
    (["--delegate-to=@a:b.example"], 'pass "b.example"'),
    (["--delegate-to="], '"" is not a server name: it is empty'),
    (["--max-age=-1"], "max_age is a whole number of seconds from 0 to 172800"),
    (["--max-age=172801"], "max_age is a whole number of seconds from 0 to 172800"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[" ".join(options) for options, _ in BAD])
def test_bad_options_end_with_2(
    pem: PemFiles, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    folder = pem.both.parent
    given = [option.format(folder) for option in options]
    assert main(["serve", f"--delegate-to={DELEGATE_TO}", f"--listen={HERE}", *given]) == 2
    printed, complaint = capsys.readouterr()
    assert printed == ""
    assert complaint.startswith("matrix-resolve: ")
    assert message.format(folder) in complaint
    assert complaint.removesuffix("\n").isprintable()


@pytest.mark.parametrize("options", [[], ["--delegate-to=a.example", "--max-age=long"], ["a.example"]])
def test_bad_usage_ends_with_2(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", *options])
    assert ended.value.code == 2
    assert "usage: matrix-resolve serve" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "ip", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("127.0.0.1:0", "127.0.0.1", 0),
        ("0.0.0.0:65535", "0.0.0.0", 65535),
        ("[::1]:8080", "::1", 8080),
        ("[2001:DB8:0::1]:443", "2001:db8::1", 443),
        ("[::]:443", "::", 443),
        (":443", None, 443),
    ],
)
def test_where_to_listen(text: str, ip: str | None, port: int) -> None:
    assert ListenAddress.parse(text) == ListenAddress(ip, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "443",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:http",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 80",
        "127.0.0.1:65536",
        "127.0.0.1:\u0668\u0660",
        "127.0.0.1:" + "9" * 5000,
        "127.1:80",
        "256.0.0.1:80",
        " 127.0.0.1:80",
        "[127.0.0.1]:80",
        "::1:80",
        "::1",
        "[::1]",
        "[::1]80",
        "[::1:80",
        "::1]:80",
        "[[::1]]:80",
        "[]:80",
        "[fe80::1%lo]:80",
        "localhost:80",
        "*:80",
        "http://127.0.0.1:80",
    ],
    ids=lambda text: text[:30],
)
def test_what_is_no_place_to_listen_on(text: str) -> None:
    with pytest.raises(ValueError, match="is no address to listen on: write") as caught:
        ListenAddress.parse(text)
    assert len(str(caught.value)) < 400
