"""Configurations of the real servers, in a network namespace: each has the zone ``example.`` and its own address."""

from pathlib import Path

LARGE = [f"198.51.100.{number}" for number in range(1, 96)]
"""Too many addresses for a datagram of 1232 octets, but not too many for BIND, which accepts 100."""
ADDRESSES = {
    "unbound": "127.0.1.1",
    "BIND": "127.0.1.2",
    "dnsmasq": "127.0.1.3",
    "knot-resolver": "127.0.1.4",
    "systemd-resolved": "127.0.0.53",
}
SILENT = "127.0.1.12"
BROKEN = {
    "alone": "",
    "behind a silent one": SILENT,
    "behind one that refuses": "127.0.1.11",
    "behind a lame one": "127.0.1.13",
}
"""The name server before the real one in ``resolv.conf``."""
COMMANDS = {
    "unbound": ("unbound", "-d", "-c", "{directory}/unbound.conf"),
    "refusing": ("unbound", "-d", "-c", "{directory}/refusing.conf"),
    "BIND": ("named", "-g", "-n", "1", "-c", "{directory}/named.conf"),
    "lame": ("named", "-g", "-n", "1", "-c", "{directory}/lame.conf"),
    "dnsmasq": ("dnsmasq", "--no-daemon", "--conf-file={directory}/dnsmasq.conf"),
    "knot-resolver": ("kresd", "-n", "-c", "{directory}/kresd.conf", "{directory}"),
    "systemd-resolved": ("systemd-resolved",),
}
_RECORDS = """\
a 300 IN A 192.0.2.1
aaaa 300 IN AAAA 2001:db8::1
_matrix-fed._tcp.srv 300 IN SRV 10 5 8448 target.example.
alias 300 IN CNAME a.example.
long-alias 300 IN CNAME alias.example.
"""
_ZONE = (
    "$ORIGIN example.\n@ 300 IN SOA ns.example. host.example. 1 3600 600 86400 60\n@ 300 IN NS ns.example.\nns 300 IN A 127.0.1.2\n"
    + _RECORDS
    + "".join(f"large 300 IN A {address}\n" for address in LARGE)
)
_ROOT = """\
$ORIGIN .
@ 300 IN SOA a.root. host.root. 1 3600 600 86400 60
@ 300 IN NS a.root.
a.root. 300 IN A 127.0.1.13
example. 300 IN NS ns.elsewhere.example.
ns.elsewhere.example. 300 IN A 192.0.2.53
"""
_UNBOUND = """\
server:
    interface: {address}
    access-control: 127.0.0.0/8 {access}
    do-daemonize: no
    use-syslog: no
    chroot: ""
    username: ""
    pidfile: ""
    directory: "{directory}"
    module-config: "iterator"
    do-not-query-localhost: no
remote-control:
    control-enable: no
auth-zone:
    name: "example."
    zonefile: "{directory}/example.zone"
    for-upstream: yes
    for-downstream: no
    fallback-enabled: no
"""
_NAMED = """\
options {{
    directory "{directory}";
    pid-file none;
    session-keyfile none;
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    recursion {recursion};
    dnssec-validation no;
    allow-query {{ any; }};
    max-udp-size 1232;
}};
controls {{ }};
zone "{zone}" {{ type master; file "{file}"; }};
"""
_DNSMASQ = """\
port=53
listen-address=127.0.1.3
bind-interfaces
no-resolv
no-hosts
pid-file=
user=root
local=/example/
host-record=a.example,192.0.2.1
host-record=aaaa.example,2001:db8::1
srv-host=_matrix-fed._tcp.srv.example,target.example,8448,10,5
cname=alias.example,a.example
cname=long-alias.example,alias.example
addn-hosts={directory}/hosts
"""
_KRESD = """\
net.listen('127.0.1.4', 53, {{ kind = 'dns' }})
trust_anchors.remove('.')
cache.size = 10 * MB
policy.add(policy.suffix(policy.STUB('127.0.1.2'), policy.todnames({{'example.'}})))
"""
_RESOLVED = """\
[Resolve]
DNS=127.0.1.2
FallbackDNS=
LLMNR=no
MulticastDNS=no
DNSSEC=no
"""


def write_etc(directory: Path) -> None:
    """Write the files of /etc that the servers read.

    systemd-resolved switches to a user that does not exist in the namespace, so these files make that user root.
    """
    texts = {
        "passwd": "root:x:0:0::/:/bin/sh\nsystemd-resolve:x:0:0::/:/bin/false\n",
        "group": "root:x:0:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
        "systemd/resolved.conf": _RESOLVED,
    }
    (directory / "systemd").mkdir()
    for name, text in texts.items():
        (directory / name).write_text(text)


def write_configurations(directory: Path) -> None:
    """Write all files that the servers read."""
    texts = {
        "example.zone": _ZONE,
        "root.zone": _ROOT,
        "unbound.conf": _UNBOUND.format(address="127.0.1.1", access="allow", directory=directory),
        "refusing.conf": _UNBOUND.format(address="127.0.1.11", access="refuse", directory=directory),
        "named.conf": _NAMED.format(
            address="127.0.1.2", recursion="yes", zone="example", file="example.zone", directory=directory
        ),
        "lame.conf": _NAMED.format(
            address="127.0.1.13", recursion="no", zone=".", file="root.zone", directory=directory
        ),
        "dnsmasq.conf": _DNSMASQ.format(directory=directory),
        "hosts": "".join(f"{address} large.example\n" for address in LARGE),
        "kresd.conf": _KRESD.format(),
    }
    for name, text in texts.items():
        (directory / name).write_text(text)
