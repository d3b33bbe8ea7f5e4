"""The reverse proxies of the distribution, run with only the files that ``matrix-resolve setup --write`` wrote.

Each proxy first checks the configuration with its own command.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import attrs

_AS_WWW_DATA = ["unshare", "--user", "--map-user=33", "--map-group=33"]
"""Apache refuses to run as root, and root is the only user in the network namespace. So it gets a user namespace."""
_NGINX = """
user root;
daemon off;
pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    include {folder}/nginx.conf;
}}
"""


@attrs.frozen
class Proxy:
    """The commands of a proxy.

    Attributes:
        check: Checks the configuration.
        run: Runs the proxy in the foreground.
        environment: The environment variables that it needs.
    """

    check: Sequence[str]
    run: Sequence[str]
    environment: Mapping[str, str] = attrs.field(factory=dict[str, str])


def nginx(folder: Path) -> Proxy:
    """Include the file where nginx's own configuration would."""
    (folder / "main.conf").write_text(_NGINX.format(folder=folder))
    command = ["nginx", "-c", str(folder / "main.conf"), "-e", "stderr"]
    return Proxy([*command, "-t"], command)


def haproxy(folder: Path) -> Proxy:
    """Check the file together with the configuration of the distribution, but run it alone.

    The configuration of the distribution needs another user.
    """
    for command in _commands(folder / "haproxy.cfg", "(umask 077"):
        subprocess.run(["bash", "-c", command], check=True)  # noqa: S603, S607 - a command from the file
    file = str(folder / "haproxy.cfg")
    return Proxy(["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg", "-f", file], ["haproxy", "-db", "-f", file])


def caddy(folder: Path) -> Proxy:
    options = ["--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    return Proxy(["caddy", "validate", *options], ["caddy", "run", *options], environment)


def apache(folder: Path) -> Proxy:
    """Put the file into a copy of the distribution's configuration, with the modules that its comments enable."""
    root = folder / "apache2"
    shutil.copytree("/etc/apache2", root, symlinks=True)
    shutil.copy(folder / "apache.conf", root / "sites-available" / "matrix.conf")
    enabled = {"APACHE_CONFDIR": str(root)}
    for command in _commands(folder / "apache.conf", "a2enmod"):
        enabling = " && ".join(part for part in command.split(" && ") if part.startswith(("a2enmod", "a2ensite")))
        subprocess.run(["bash", "-c", enabling], check=True, capture_output=True, env={**os.environ, **enabled})  # noqa: S603, S607 - from the file
    for command in _commands(folder / "apache.conf", "Create the document as a file: "):
        subprocess.run(["bash", "-c", command.partition(": ")[2]], check=True)  # noqa: S603, S607 - a command from the file
    environment = {
        "APACHE_CONFDIR": str(root),
        "APACHE_RUN_USER": "www-data",
        "APACHE_RUN_GROUP": "www-data",
        "APACHE_PID_FILE": str(folder / "apache.pid"),
        **dict.fromkeys(("APACHE_RUN_DIR", "APACHE_LOCK_DIR", "APACHE_LOG_DIR"), str(folder)),
    }
    run = [*_AS_WWW_DATA, "apache2", "-d", str(root)]
    return Proxy([*run, "-t"], [*run, "-D", "FOREGROUND"], environment)


PROXIES: dict[str, Callable[[Path], Proxy]] = {"nginx": nginx, "haproxy": haproxy, "caddy": caddy, "apache": apache}


def _commands(file: Path, beginning: str) -> list[str]:
    """Return the commands in the comments of a file."""
    lines = (line.removeprefix("#").strip() for line in file.read_text().splitlines() if line.startswith("#"))
    return [line for line in lines if line.startswith(beginning)]


@contextlib.contextmanager
def running_proxy(name: str, folder: Path, ports: Sequence[int]) -> Generator[None]:
    """Run a proxy with the files in *folder* during the block."""
    proxy = PROXIES[name](folder)
    environment = {**os.environ, **proxy.environment}
    checked = subprocess.run(proxy.check, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no input from outside
    assert checked.returncode == 0, checked.stderr
    log = folder / "log"
    with log.open("w") as file, subprocess.Popen(proxy.run, env=environment, stdout=file, stderr=file) as process:  # noqa: S603 - as above
        try:
            for port in ports:
                _wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(400):
        assert process.poll() is None, log.read_text()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
