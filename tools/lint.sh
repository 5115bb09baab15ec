#!/usr/bin/env bash
# What is judged without running the code.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PWD/.venv/bin:$PATH

ruff check
ruff format --check
mypy
mypy -p demo
mypy -p dashboards
lint-imports --no-logo
