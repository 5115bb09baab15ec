#!/usr/bin/env bash
# PostgreSQL's programs, for the tests that start a server of their own in a temporary folder. Debian's
# package would make a cluster and start it: it is told not to.
set -euo pipefail
if command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "tools: the tests on PostgreSQL will be skipped: install it (Debian: sudo apt-get install postgresql)" >&2
    exit 0
fi
echo "tools: installing PostgreSQL for the tests"
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends postgresql-common
sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
apt-get install --yes --no-install-recommends postgresql
