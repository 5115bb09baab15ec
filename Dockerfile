# The rule manager and the relay in one image: `tocsin` and `tocsin-relay`.
# Built in two steps, so that no compiler, cache or source is in what runs.
ARG PYTHON=3.12.11-slim-bookworm

FROM python:${PYTHON} AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE CHANGELOG.md ./
COPY tocsin tocsin
COPY relay relay
COPY daemonkit daemonkit
COPY schemas schemas
COPY rules rules
RUN python -m venv /opt/tocsin \
    && /opt/tocsin/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt ".[charts,postgresql]"

FROM python:${PYTHON} AS tocsin
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="Alert rules for Prometheus, and their relay to Slack" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/tocsin /opt/tocsin
# Volumes take over the owner of these folders. 65534 is `nobody`, as in Prometheus's own images, so
# that they can read what this one writes.
RUN mkdir -p /var/lib/tocsin-relay /var/lib/tocsin /var/lib/targets /run/tocsin \
    && chown 65534:65534 /var/lib/tocsin-relay /var/lib/tocsin /var/lib/targets /run/tocsin
ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    RELAY_LISTEN=0.0.0.0:9095 \
    RELAY_DATABASE_URL=sqlite:////var/lib/tocsin-relay/relay.sqlite
USER 65534:65534
WORKDIR /var/lib/tocsin
EXPOSE 9095
CMD ["tocsin-relay", "serve"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:9095/readyz', timeout=4)"]

# The demo platform: daemons to watch. Not for production.
FROM tocsin AS demo
COPY demo /opt/demo/demo
COPY rules /opt/demo/rules
USER root
RUN mkdir -p /var/lib/demo && chown 65534:65534 /var/lib/demo
USER 65534:65534
WORKDIR /opt/demo
ENV TOCSIN_METRICS=/opt/demo/rules/metrics TOCSIN_TARGETS=/var/lib/targets
HEALTHCHECK NONE

FROM tocsin
