#!/usr/bin/env bash
# Installs the newest versions that pyproject.toml allows in a fresh environment and writes down their
# names and versions, and nothing else: no index, no hash, so that any mirror serves.
set -euo pipefail
cd "$(dirname "$0")/.."
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"${PYTHON:-python3}" -m venv "$fresh"
"$fresh/bin/python" -m pip install --disable-pip-version-check '.[dev]'
{
    echo '# Names and versions that are known to work together; `make constraints` renews them.'
    "$fresh/bin/python" -m pip freeze --exclude tocsin | sort -f
} >"$fresh/constraints.txt"
mv "$fresh/constraints.txt" constraints.txt
git --no-pager diff --stat -- constraints.txt
