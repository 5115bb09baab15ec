#!/usr/bin/env bash
# Fills .tools/bin with links, of one name each everywhere, to the programs that demo and tests run.
# What PATH has is used. What it lacks is downloaded from Debian's archive and unpacked under .tools:
# nothing is installed, no service starts, and root is not needed.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$PWD/.tools/bin
unpacked=$PWD/.tools/root

# our name, Debian's name for it, Debian's package
programs="
prometheus        prometheus                   prometheus
promtool          promtool                     prometheus
alertmanager      prometheus-alertmanager      prometheus-alertmanager
amtool            amtool                       prometheus-alertmanager
node_exporter     prometheus-node-exporter     prometheus-node-exporter
process-exporter  prometheus-process-exporter  prometheus-process-exporter
"

# make puts .tools/bin first on PATH: a link must not be found as its own target.
PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -vxF "$bin" | paste -sd: -)

missing() {
    while read -r name _ package; do
        if [ -n "$name" ] && [ ! -x "$bin/$name" ]; then echo "$package"; fi
    done <<<"$programs" | sort -u
}

link_found() {
    local name debian_name _ found
    while read -r name debian_name _; do
        [ -n "$name" ] || continue
        if [ -x "$bin/$name" ]; then continue; fi
        for found in "$(command -v "$name")" "$(command -v "$debian_name")" "$unpacked/usr/bin/$debian_name"; do
            if [ -x "$found" ]; then
                ln -sfn "$found" "$bin/$name"
                break
            fi
        done
    done <<<"$programs"
}

# Lists of our own, beside the machine's, for those who may not renew the machine's.
use_private_lists() {
    mkdir -p .tools/apt/lists/partial .tools/apt/cache/archives/partial
    apt_options+=(-o "Dir::State::Lists=$PWD/.tools/apt/lists" -o "Dir::Cache=$PWD/.tools/apt/cache"
        -o "APT::Update::Post-Invoke=" -o "APT::Update::Post-Invoke-Success=")
}

download() {
    (cd .tools/deb && apt-get "${apt_options[@]}" download "$@")
}

fetch() {
    echo "tools: fetching $* into .tools"
    rm -rf .tools/deb && mkdir -p .tools/deb "$unpacked"
    if ! download "$@" 2>/dev/null; then
        echo "tools: the package lists are missing or old: renewing them"
        if [ "$(id -u)" != 0 ]; then use_private_lists; fi
        apt-get "${apt_options[@]}" update
        download "$@"
    fi
    for archive in .tools/deb/*.deb; do dpkg -x "$archive" "$unpacked"; done
    rm -rf .tools/deb
}

mkdir -p "$bin"
link_found
mapfile -t packages < <(missing)
if [ "${#packages[@]}" = 0 ]; then exit 0; fi

if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    echo "tools: not found on PATH, and this is not Debian: install Prometheus, Alertmanager," \
        "node_exporter and process-exporter so that PATH has: prometheus promtool alertmanager" \
        "amtool node_exporter process-exporter" >&2
    exit 1
fi
# apt fetches as the user _apt, who may not write here, and would warn of it.
apt_options=(-o APT::Sandbox::User="$(id -un)")
fetch "${packages[@]}"
link_found
mapfile -t packages < <(missing)
if [ "${#packages[@]}" != 0 ]; then
    echo "tools: fetched, yet still without a program of: ${packages[*]}" >&2
    exit 1
fi
echo "tools: ready in .tools/bin"
