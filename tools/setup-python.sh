#!/usr/bin/env bash
# Makes the virtual environment .venv and installs the project in it, editable, with its development
# tools at the versions that constraints.txt names. PYTHON says which interpreter (default: python3).
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

command -v "$python" >/dev/null ||
    fail "$python was not found: install Python 3.11 or newer, or say where it is: make setup PYTHON=/path/to/python3"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$python is Python $version and Tocsin needs 3.11 or newer: make setup PYTHON=/path/to/newer/python3"

# Debian splits ensurepip off its Python: without it `python3 -m venv` stops half way.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package="python$version-venv"
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "setup: $python cannot make virtual environments yet: installing $package"
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$package"
    else
        fail "$python cannot make virtual environments: install the package $package (Debian, Ubuntu: sudo apt-get install $package)"
    fi
fi

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    echo "setup: making .venv with Python $version"
    "$python" -m venv --clear .venv
fi
echo "setup: installing the project and its tools into .venv"
.venv/bin/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
# As pip does for what it installs, whatever PYTHONDONTWRITEBYTECODE says: commands start sooner.
.venv/bin/python -m compileall -q tocsin relay daemonkit
