# Images of docker-compose.yml. All run as user 10001 and own the folder that their volume is put on: a new volume takes over the folder's owner.

FROM rust:1.95.0-trixie AS build
WORKDIR /source
COPY . .
# The registry and the target folder outlive a build, so that a change of ours does not build what others wrote again.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,sharing=locked \
    cargo build --release --locked --package trunkline --bin trunkline \
    && install -D target/release/trunkline /out/trunkline

FROM debian:trixie-20260824-slim AS owned
RUN install -d -o 10001 -g 10001 /empty

FROM debian:trixie-20260824-slim AS trunkline
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/trunkline /usr/local/bin/trunkline
COPY --from=owned --chown=10001:10001 /empty /lake
COPY --from=owned --chown=10001:10001 /empty /scratch
# TMPDIR: what queries spill and objects on their way need more room than memory has.
ENV TRUNKLINE_LAKE=/lake TRUNKLINE_PROJECT=/project TMPDIR=/scratch
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
# Bash opens the connection itself: the image needs no other program.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ code _ <&3 && [ \"$code\" = 200 ]"]
ENTRYPOINT ["trunkline"]
CMD ["collect", "--listen", "0.0.0.0:8080", "--plain-http"]

# The one with a shell: its health is asked with wget.
FROM nats:2.15.1-alpine AS nats
COPY --from=owned --chown=10001:10001 /empty /jetstream
USER 10001:10001

# The last release that MinIO published as an image. Its own /data is a volume of the image, whose owner cannot be changed: hence /objects.
FROM quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z AS minio
COPY --from=owned --chown=10001:10001 /empty /objects
USER 10001:10001

# Superset's image has no driver for PostgreSQL, and its command line needs what only its development images have.
FROM apache/superset:6.1.0 AS superset
USER root
RUN . /app/.venv/bin/activate && uv pip install psycopg2-binary==2.9.13 rich==15.0.0 cachetools==8.0.2
COPY --from=owned --chown=10001:10001 /empty /superset
USER 10001:10001
