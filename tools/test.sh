#!/usr/bin/env bash
# Everything that must hold before a change is taken, cheapest first. Its last line is pytest's own.
# Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.tools/bin:$PWD/.venv/bin:$PATH

tools/lint.sh
# Two workers: what a small build machine has. Coverage joins what the workers and the programs they
# start have seen, and fails under the limit that pyproject.toml sets. A test that hangs shows where.
exec pytest -n 2 --dist worksteal -m "not slow" --cov --cov-report=term \
    -o faulthandler_timeout=240 "$@"
