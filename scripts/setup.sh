#!/bin/sh
# Makes .venv with portalwatch in it, and sees to the browsers. What is there is left
# alone, so a second run takes about a second. Needs Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."
. scripts/common.sh

VENV=.venv
STAMP=$VENV/setup.stamp

# The folder is part of it: the scripts of a virtual environment hold its absolute path.
wanted() {
    { pwd; cat pyproject.toml constraints.txt scripts/*.sh; } | sha256sum
}

find_python() {
    for python in python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    fail "Python 3.11 or newer is needed, and there is none on PATH"
}

# Debian and Ubuntu keep ensurepip in a package of its own.
have_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null
}

make_venv() {
    python=$(find_python)
    if ! have_venv "$python"; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        say "installing $package"
        apt_install "$package" || fail "Python's venv is missing: install $package as root, then try again"
    fi
    say "making $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV"
}

if [ "$(cat "$STAMP" 2>/dev/null)" != "$(wanted)" ]; then
    # Its pip does not start in a folder that was moved, nor without its Python.
    "$VENV/bin/pip" --version >/dev/null 2>&1 || make_venv
    say "installing portalwatch and what it needs"
    # Twice quiet: without the warnings, which are about the machine's own configuration.
    "$VENV/bin/python" -m pip install --quiet --quiet --disable-pip-version-check \
        --constraint constraints.txt --editable '.[portal,postgresql,dev]' ||
        fail "pip could not install portalwatch's dependencies: see above"
    wanted >"$STAMP"
fi

"$VENV/bin/portalwatch" browsers install chromium firefox
