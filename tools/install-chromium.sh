#!/usr/bin/env bash
# Chromium takes the screenshots. It needs its libraries in place, so it cannot run unpacked in .tools.
set -euo pipefail
if command -v chromium >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tools: screenshots need chromium: install it (Debian: sudo apt-get install chromium)" >&2
    exit 1
fi
apt-get update
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium fonts-liberation fonts-noto-color-emoji
