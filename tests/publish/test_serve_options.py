"""The options of ``matrix-resolve serve``, and the errors for bad values."""

import pytest
from trustme import KeyType

from matrix_resolve.cli import main
from matrix_resolve.publish.server import ListenAddress
from tests._support.pem_files import PemFiles, encrypt, issue
from tests._support.serve_command import DELEGATE_TO, HERE


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> PemFiles:
    """Return the files of a certificate. Files that cannot be used with it are in the same folder."""
    folder = tmp_path_factory.mktemp("pem")
    files = issue(folder, "own")
    issue(folder, "other")
    issue(folder, "rsa", KeyType.RSA)
    encrypt(files.key, folder / "locked-key.pem")
    (folder / "no-pem.pem").write_text("no PEM")
    (folder / "broken.pem").write_text(files.both.read_text().replace("M", "N"))
    return files


BAD = [
    (["--cert={}/no-pem.pem"], "there is no certificate in {}/no-pem.pem"),
    (["--cert={}/own-key.pem"], "there is no certificate in {}/own-key.pem"),
    (["--cert={}/own-certificate.pem"], "there is no private key in {}/own-certificate.pem"),
    (["--cert={}/own.pem", "--key={}/no-pem.pem"], "there is no private key in {}/no-pem.pem"),
    (["--cert={}/broken.pem"], "the certificate {0}/broken.pem and the key {0}/broken.pem cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/other-key.pem"], "cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/rsa-key.pem"], "and the key {}/rsa-key.pem cannot be used together: "),
    (["--cert={}/own.pem", "--key={}/locked-key.pem"], "the key has a password"),
    (["--cert=/dev/zero"], "/dev/zero is larger than 1 MB, so it is not a PEM file with a certificate"),
    (
        ["--cert={}/own.pem", "--key=/dev/zero"],
        "/dev/zero is larger than 1 MB, so it is not a PEM file with a certificate",
    ),
    (["--cert={}/missing.pem"], "{}/missing.pem: no such file or directory"),
    (["--cert={}/own.pem", "--key={}/missing.pem"], "{}/missing.pem: no such file or directory"),
    (["--cert={}"], "{}: is a directory"),
    (["--key={}/own-key.pem"], "--key works only with --cert"),
    (["--cert="], "--cert and --key need the name of a file"),
    (["--listen=localhost:80"], '"localhost:80" is not an address to listen on; write 127.0.0.1:8080, '),
    (["--listen=\x1b[2J"], r'"\x1b[2J" is not an address to listen on'),
    (["--delegate-to=https://a.example:8448"], 'pass only the host and port, "a.example:8448"'),
    (["--delegate-to=@a:b.example"], 'pass "b.example"'),
    (["--delegate-to="], '"" is not a valid server name: it is empty'),
    (["--max-age=-1"], "it must be a whole number of seconds from 0 to 172800"),
    (["--max-age=172801"], "it must be a whole number of seconds from 0 to 172800"),
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
    with pytest.raises(ValueError, match="not an address to listen on") as caught:
        ListenAddress.parse(text)
    assert len(str(caught.value)) < 400
