# One binary, one image per role. `docker build --target source -t source-tiktok-ads .`
ARG RUST_IMAGE=rust:1.95-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${RUST_IMAGE} AS build
WORKDIR /build
# The dependencies alone first, so that a change of ours does not build them again.
COPY Cargo.toml Cargo.lock build.rs ./
COPY integration_tests/simulator/Cargo.toml integration_tests/simulator/
COPY opened opened
RUN mkdir -p src integration_tests/simulator/src integration_tests/demo integration_tests/bench \
    && echo 'fn main() {}' | tee src/main.rs integration_tests/main.rs integration_tests/demo/main.rs integration_tests/bench/main.rs \
    && touch src/lib.rs integration_tests/simulator/src/lib.rs \
    && cargo build --release --locked --package tiktok-ads --bin tiktok-ads \
    && rm -rf src
# `--build-arg TIKTOK_ADS_COMMIT=$(git rev-parse --short=12 HEAD)`: the repository is not in here.
ARG TIKTOK_ADS_COMMIT=
COPY src src
COPY schemas schemas
COPY spec spec
RUN touch src/lib.rs src/main.rs && cargo build --release --locked --package tiktok-ads --bin tiktok-ads

FROM ${RUNTIME_IMAGE} AS runtime
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build --chmod=755 /build/target/release/tiktok-ads /usr/local/bin/tiktok-ads
# Kubernetes can only verify a number, and nothing is written but what stdout takes.
USER 1000:1000

FROM runtime AS source
LABEL io.airbyte.name=tiktok-ads/source-tiktok-ads
# Airbyte's platform runs this through `sh`; `exec` lets signals and the exit code through.
ENV AIRBYTE_ENTRYPOINT="exec /usr/local/bin/tiktok-ads source"
ENTRYPOINT ["/usr/local/bin/tiktok-ads", "source"]

FROM runtime AS destination
LABEL io.airbyte.name=tiktok-ads/destination-tiktok-ads
ENV AIRBYTE_ENTRYPOINT="exec /usr/local/bin/tiktok-ads destination"
ENTRYPOINT ["/usr/local/bin/tiktok-ads", "destination"]
