#!/bin/sh
# Gets what only the tests use: Prometheus with promtool, and WebKit. Tests that need
# one of them say so; here a missing one is only warned of.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

TOOLS=$PWD/.venv/tools

# Unpacked, not installed: the package would start a service on this machine.
get_prometheus() {
    apt_knows prometheus || return 1
    say "fetching prometheus into .venv/tools"
    folder=$(mktemp -d)
    (cd "$folder" && chmod 755 . && apt-get download -qq prometheus >/dev/null 2>&1 &&
        dpkg-deb --extract prometheus_*.deb "$TOOLS") && got=0 || got=1
    rm -rf "$folder"
    return "$got"
}

if ! command -v promtool >/dev/null && [ ! -x "$TOOLS/usr/bin/promtool" ]; then
    get_prometheus || say "warning: prometheus cannot be had here: its tests will say so"
fi

.venv/bin/portalwatch browsers install webkit ||
    say "warning: WebKit cannot be had here: its tests will say so"
