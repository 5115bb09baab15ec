#!/bin/sh
# What has to be there before the others start: secrets between them, made once, and the compiled rules.
# Run again after rules/ has changed; docs/deployment.md says how the others hear of it.
set -eu
root=${TOCSIN_ROOT:-}  # only tests set it: a folder that stands for /

secret() {  # NAME: a random word in a file that only services that mount the volume can read
    if [ ! -s "$root/run/tocsin/$1" ]; then
        python -c 'import secrets; print(secrets.token_urlsafe(24), end="")' > "$root/run/tocsin/$1.new"
        chmod 0444 "$root/run/tocsin/$1.new"
        mv "$root/run/tocsin/$1.new" "$root/run/tocsin/$1"
    fi
}

secret relay-token
secret grafana-admin-password
secret postgres-password
url="postgresql://relay:$(cat "$root/run/tocsin/postgres-password")@postgres/relay"
[ -s "$root/run/tocsin/database-url" ] || printf '%s' "$url" > "$root/run/tocsin/database-url"

tocsin build "$root/etc/tocsin/rules" --out "$root/var/lib/tocsin/compiled" \
    --relay-url http://relay:9095/v1/alertmanager \
    --credentials-file /run/tocsin/relay-token

# The exporters cannot register themselves as daemons do.
cat > "$root/var/lib/targets/.exporters.new" <<JSON
[
  {"targets": ["host.docker.internal:9100"],
   "labels": {"platform": "${PLATFORM}", "host": "${HOST}", "service": "node_exporter"}},
  {"targets": ["process_exporter:9256"],
   "labels": {"platform": "${PLATFORM}", "host": "${HOST}", "service": "process-exporter"}}
]
JSON
mv "$root/var/lib/targets/.exporters.new" "$root/var/lib/targets/exporters.json"
