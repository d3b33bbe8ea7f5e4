#!/usr/bin/env bash
# Run a command in a network namespace. It has only a loopback interface with the public addresses in ADDRESSES, and
# resolv.conf names the name server 127.0.0.1. No packet can leave it. Every user can listen on ports 53, 443 and 8448.
#   ADDRESSES="45.76.2.10 2a01:4f8::10" namespace.sh COMMAND...
set -eu
if [ "${IN_NAMESPACE:-}" != yes ]; then
    IN_NAMESPACE=yes exec unshare --net --mount --map-root-user "$0" "$@"
fi
ip link set lo up
sysctl --quiet --write net.ipv4.ip_unprivileged_port_start=0 # Apache refuses to run as root
for address in $ADDRESSES; do
    case $address in
        *:*) ip addr add "$address/128" dev lo nodad ;;
        *) ip addr add "$address/32" dev lo ;;
    esac
done
file=$(mktemp)
printf 'nameserver 127.0.0.1\nsearch trap.example.net\n' >"$file"
resolv_conf=$(readlink -m /etc/resolv.conf)
if [ ! -e "$resolv_conf" ]; then # a link to a file of systemd-resolved, which does not run here
    mount -t tmpfs tmpfs /run
    mkdir -p "${resolv_conf%/*}"
    touch "$resolv_conf"
fi
mount --bind "$file" "$resolv_conf"
rm -f "$file"
exec "$@"
