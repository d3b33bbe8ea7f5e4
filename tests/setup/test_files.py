"""The files and the output for a plan. ``tests/system/setups`` runs the configurations with the real programs."""

import json
import re
from pathlib import Path

import pytest

from matrix_resolve.cli import main
from matrix_resolve.setup import DelegationMethod, Plan, plan_setup, setup_files, write_files
from matrix_resolve.setup.files import sections

WAYS = {
    "well-known": plan_setup("example.com", at="matrix.example.com"),
    "itself": plan_setup("example.com", at="example.com"),
    "srv": plan_setup("example.com", at="node.example.com:8443", method=DelegationMethod.SRV),
    "port": plan_setup("example.com"),
}
CONFIGURATIONS = ["nginx.conf", "haproxy.cfg", "Caddyfile", "apache.conf"]
DOCUMENT = "www/.well-known/matrix/server"


@pytest.mark.parametrize("plan", WAYS.values(), ids=WAYS)
def test_there_is_a_document_if_it_is_delegated(plan: Plan) -> None:
    files = setup_files(plan)
    assert set(files) >= {*CONFIGURATIONS, "records.zone", "README.txt"}
    assert (DOCUMENT in files) == bool(plan.delegation)
    if plan.delegation:
        assert json.loads(files[DOCUMENT]) == {"m.server": str(plan.delegation.delegate_to)}


@pytest.mark.parametrize("file", CONFIGURATIONS)
@pytest.mark.parametrize("plan", WAYS.values(), ids=WAYS)
def test_each_configuration_names_what_it_needs(plan: Plan, file: str) -> None:
    text = setup_files(plan)[file]
    assert "127.0.0.1:8008" in text
    assert all(site.host in text and str(site.port) in text for site in plan.sites)
    assert f"{plan.delegation.document}" in text if plan.delegation else "well-known/matrix/server'" not in text
    assert not re.search(r"@\{?[a-z]+_?[a-z]*\}?(?<!@leads_out)\b", text), "a field was not filled in"


@pytest.mark.parametrize(
    ("plan", "records"),
    [
        (WAYS["port"], ["example.com. 3600 IN A 192.0.2.1", "example.com. 3600 IN AAAA 2001:db8::1"]),
        (
            plan_setup("example.com", at="m.example.com", addresses=["192.0.2.7"]),
            ["example.com. 3600 IN A 192.0.2.7", "m.example.com. 3600 IN A 192.0.2.7"],
        ),
        (
            plan_setup("example.com", at="n.example.com:8443", method=DelegationMethod.SRV, addresses=["2001:DB8::7"]),
            [
                "n.example.com. 3600 IN AAAA 2001:db8::7",
                "_matrix-fed._tcp.example.com. 3600 IN SRV 10 10 8443 n.example.com.",
                "_matrix._tcp.example.com. 3600 IN SRV 10 10 8443 n.example.com.",
            ],
        ),
    ],
)
def test_the_records(plan: Plan, records: list[str]) -> None:
    lines = setup_files(plan)["records.zone"].splitlines()
    assert [line for line in lines if not line.startswith(";")] == records
    assert any("addresses of your own machine" in line for line in lines) == (plan.addresses[0] == "192.0.2.1")


@pytest.mark.parametrize("file", CONFIGURATIONS)
def test_certificates_elsewhere(file: str) -> None:
    text = setup_files(plan_setup("example.com", certificates="/srv/certs/"))[file]
    assert "/srv/certs/example.com/" in text
    assert "letsencrypt" not in text


def test_caddy_gets_certificates_itself_unless_their_folder_is_given() -> None:
    assert "tls " not in setup_files(WAYS["well-known"])["Caddyfile"]
    assert (
        "tls /c/example.com/fullchain.pem /c/example.com/privkey.pem"
        in setup_files(plan_setup("example.com", certificates="/c"))["Caddyfile"]
    )


def test_the_command_prints_what_it_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "example.com", "--at", "matrix.example.com", "--write", str(tmp_path / "new")]) == 0
    printed = capsys.readouterr().out
    files = setup_files(WAYS["well-known"])
    for name, content in files.items():
        assert (tmp_path / "new" / name).read_text() == content
        assert f"written: {tmp_path / 'new' / name}" in printed
        assert all(line in printed for line in content.splitlines())


def test_only_the_proxy_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "example.com", "--proxy", "caddy", "--write", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"Caddyfile", "records.zone", "README.txt"}
    printed = capsys.readouterr().out
    assert "server_name example.com" not in printed
    assert "--proxy" not in printed


def test_it_says_how_to_get_one_proxy_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "example.com"]) == 0
    assert "--proxy nginx" in capsys.readouterr().out.splitlines()[-1]


def test_nothing_is_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder may contain a configuration that is in use."""
    (tmp_path / "nginx.conf").write_text("in use")
    assert main(["setup", "example.com", "--write", str(tmp_path)]) == 2
    assert f"{tmp_path / 'nginx.conf'}" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["nginx.conf"]


def test_writing_the_same_again_is_fine(tmp_path: Path) -> None:
    assert write_files(setup_files(WAYS["srv"]), tmp_path) == write_files(setup_files(WAYS["srv"]), tmp_path)


def test_what_is_refused_is_a_sentence_and_not_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "example.com:443", "--at", "matrix.example.com"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("matrix-resolve: example.com:443 has a port")


def test_notes_are_printed_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "matrix.local", "--write", str(tmp_path)]) == 0
    for text in (capsys.readouterr().out, (tmp_path / "README.txt").read_text()):
        assert "Note: matrix.local " in text


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file that was written in part would be published, and make the next attempt fail."""
    (tmp_path / "www").write_text("a file where a folder has to be")
    with pytest.raises(OSError, match=r"www/\.well-known/matrix/server cannot"):
        write_files(setup_files(WAYS["well-known"]), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["www"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError, match=r"nginx\.conf"):
        write_files(setup_files(WAYS["port"]), tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("method", "proxies", "said"),
    [
        ("well-known", ("caddy",), "Caddy gets them itself"),
        ("well-known", ("caddy", "nginx"), "/etc/letsencrypt/live/example.com/fullchain.pem"),
    ],
)
def test_certificates_are_asked_for_where_the_proxy_needs_them(
    method: str, proxies: tuple[str, ...], said: str
) -> None:
    text = dict(sections(WAYS[method], proxies))["Certificates"]
    assert said in text
    assert ("letsencrypt" in text) == ("letsencrypt" in said)


@pytest.mark.parametrize("method", WAYS)
def test_what_clients_need_is_explained(method: str) -> None:
    """Only a plan with a well-known document has a host on port 443 that forwards requests of clients."""
    text = dict(sections(WAYS[method]))["The homeserver"]
    assert ("Clients also need a hostname" in text) == (WAYS[method].delegation is None)


def test_binary_files_in_the_way_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_bytes(b"\xff\xfe")
    (tmp_path / "nginx.conf").mkdir()
    with pytest.raises(FileExistsError, match=r"nginx\.conf, .*Caddyfile"):
        write_files(setup_files(WAYS["port"]), tmp_path)


@pytest.mark.parametrize("name", ["www", "www/.well-known", "www/.well-known/matrix"])
def test_no_linked_folder_is_followed(tmp_path: Path, name: str) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / name).parent.mkdir(parents=True)
    (root / name).symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"symbolic link.*" + name):
        write_files(setup_files(WAYS["well-known"]), root)
    assert not list(elsewhere.iterdir())
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "link").symlink_to("new")
    files = setup_files(WAYS["well-known"])
    assert write_files(files, tmp_path / "link") == [tmp_path / "link" / name for name in files]
    assert all((tmp_path / "new" / name).read_text() == content for name, content in files.items())


@pytest.mark.parametrize("name", ["{tmp_path}/x", "../x", "a/../../x", ""])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not a path below a folder"):
        write_files({"a": "first", name.format(tmp_path=tmp_path): "x"}, tmp_path / "new")
    assert not (tmp_path / "new").exists()
