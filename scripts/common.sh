# Sourced by the other scripts.
# shellcheck shell=sh

say() {
    printf 'setup: %s\n' "$1"
}

fail() {
    printf 'setup: %s\n' "$1" >&2
    exit 1
}

# Runs its arguments as root, or fails: a sudo that asks for a password would stop CI.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo -n "$@" 2>/dev/null
    fi
}

# True where there is a package $1. The lists are refreshed first, once a script: old ones
# name versions that the mirrors no longer have.
apt_knows() {
    command -v apt-get >/dev/null || return 1
    if [ -z "${apt_is_fresh:-}" ]; then
        as_root apt-get update -qq >/dev/null 2>&1 || true
        apt_is_fresh=1
    fi
    apt-cache show "$1" >/dev/null 2>&1
}

apt_install() {
    apt_knows "$1" &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
            --no-install-recommends -o DPkg::Lock::Timeout=120 "$1" >/dev/null 2>&1
}
