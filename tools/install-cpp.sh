#!/usr/bin/env bash
# A compiler and prometheus-cpp, for the tests that build the daemons of examples/ and measure the C++
# client. Without them these tests are skipped, or in CI fail; nothing else needs them.
set -euo pipefail
packages=(g++ make prometheus-cpp-dev)
if command -v g++ >/dev/null && [ -e /usr/include/prometheus/exposer.h ]; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tools: the tests of daemons in C++ will be skipped: install ${packages[*]}" >&2
    exit 0
fi
echo "tools: installing a C++ compiler and prometheus-cpp for the tests"
export DEBIAN_FRONTEND=noninteractive
apt-get update && apt-get install --yes --no-install-recommends "${packages[@]}" ||
    echo "tools: ${packages[*]} could not be installed" >&2
