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
        if [ -z "$name" ] || [ -x "$bin/$name" ]; then continue; fi
        found=$(command -v "$name" || command -v "$debian_name" || true)
        rm -f "$bin/$name"
        if [ -n "$found" ]; then
            ln -s "$found" "$bin/$name"
        elif [ -x "$unpacked/usr/bin/$debian_name" ]; then
            link_unpacked "$name" "$unpacked/usr/bin/$debian_name"
        fi
    done <<<"$programs"
}

# Debian's Prometheus and Alertmanager read templates and pages from a path that is built in,
# /usr/share/prometheus, and Alertmanager does not start without. Unpacked elsewhere, they get a path
# of the same length in its place, by way of a file descriptor that a wrapper opens on our folder.
link_unpacked() {
    local built_in=/usr/share/prometheus ours=/proc/self/fd/9/././.
    if ! grep -qaF -e "$built_in" -e "$ours" "$2"; then
        ln -s "$2" "$bin/$1"
        return
    fi
    LC_ALL=C sed -i "s#$built_in#$ours#g" "$2"
    printf '#!/bin/sh\nexec 9<"%s"\nexec "%s" "$@"\n' "$unpacked$built_in" "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# Lists of our own, beside the machine's, for those who may not renew the machine's.
use_private_lists() {
    mkdir -p .tools/apt/lists/partial .tools/apt/cache/archives/partial
    apt_options+=(-o "Dir::State::Lists=$PWD/.tools/apt/lists" -o "Dir::Cache=$PWD/.tools/apt/cache")
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
    if [[ " $* " == *" prometheus "* ]]; then fetch_pages; fi
    for archive in .tools/deb/*.deb; do dpkg -x "$archive" "$unpacked"; done
    rm -rf .tools/deb
}

# The scripts and fonts of Prometheus's own pages. It works without them, only less prettily.
fetch_pages() {
    local packages
    mapfile -t packages < <(apt-cache "${apt_options[@]}" depends prometheus libjs-rickshaw |
        sed -nE 's/^ *Depends: ((libjs|fonts)-\S+)$/\1/p' | sort -u)
    download "${packages[@]}" || echo "tools: Prometheus's pages will lack scripts and fonts"
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
