#!/bin/sh
# Gets what only the tests use: Prometheus with promtool, a PostgreSQL server, Dovecot, and
# WebKit.
# Tests that need one of them say so; here a missing one is only warned of.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

TOOLS=$PWD/.venv/tools

# Unpacked, not installed: the packages would start services on this machine.
unpack() {
    folder=$(mktemp -d)
    (cd "$folder" && chmod 755 . && apt-get download -qq "$@" >/dev/null 2>&1 &&
        for deb in *.deb; do dpkg-deb --extract "$deb" "$TOOLS" || exit 1; done) && got=0 || got=1
    rm -rf "$folder"
    return "$got"
}

get_prometheus() {
    apt_knows prometheus || return 1
    say "fetching prometheus into .venv/tools"
    unpack prometheus
}

have_postgresql() {
    for folder in "$TOOLS"/usr/lib/postgresql/*/bin /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && return
    done
    command -v initdb >/dev/null
}

# The server, and those libraries that it would bring along and this machine lacks. LLVM,
# which it compiles long queries with where it is there, is larger than all the rest.
get_postgresql() {
    apt_knows postgresql || return 1
    server=$(apt-cache depends postgresql | awk '/Depends: postgresql-[0-9]+$/ { print $2; exit }')
    [ -n "$server" ] || return 1
    say "fetching $server into .venv/tools"
    client=$(printf '%s' "$server" | sed s/postgresql-/postgresql-client-/)
    libraries=$(apt-get install --simulate --no-install-recommends "$server" 2>/dev/null |
        awk '/^Inst lib/ && !/^Inst libllvm/ { print $2 }')
    # shellcheck disable=SC2086 # a word for each of them
    unpack "$server" "$client" $libraries
}

if ! command -v promtool >/dev/null && [ ! -x "$TOOLS/usr/bin/promtool" ]; then
    get_prometheus || say "warning: prometheus cannot be had here: its tests will say so"
fi

have_postgresql || get_postgresql ||
    say "warning: PostgreSQL cannot be had here: its tests will say so"

# Installed, not unpacked: it runs from nowhere but its own place. Never started: where
# policy-rc.d says 101, a package starts no service.
get_dovecot() {
    apt_knows dovecot-imapd || return 1
    say "installing dovecot-imapd, without starting it"
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] && policy=
    [ -z "$policy" ] || as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy" || return 1
    apt_install dovecot-imapd && got=0 || got=1
    [ -z "$policy" ] || as_root rm -f "$policy"
    command -v systemctl >/dev/null && as_root systemctl disable dovecot >/dev/null 2>&1 || true
    return "$got"
}

[ -x /usr/sbin/dovecot ] || get_dovecot ||
    say "warning: Dovecot cannot be had here: its tests will say so"

.venv/bin/portalwatch browsers install webkit ||
    say "warning: WebKit cannot be had here: its tests will say so"
