# One static binary, one image per role. `docker build --target source -t source-tiktok-ads .`
ARG RUST_IMAGE=rust:1.95-bookworm

FROM ${RUST_IMAGE} AS build
ARG WORKDIR=/build
WORKDIR ${WORKDIR}
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static ca-certificates
# No library of the base comes along. It holds for what `--target` names, and not for macros, which the compiler loads.
ENV RUSTFLAGS="-C target-feature=+crt-static" CARGO_INCREMENTAL=0
ARG PROFILE=release
ARG FEATURES=
# The dependencies alone first, so that a change of ours does not build them again.
COPY Cargo.toml Cargo.lock build.rs ./
COPY integration_tests/simulator/Cargo.toml integration_tests/simulator/
COPY opened opened
RUN mkdir -p src integration_tests/simulator/src integration_tests/demo integration_tests/bench \
    && echo 'fn main() {}' | tee src/main.rs integration_tests/main.rs integration_tests/demo/main.rs integration_tests/bench/main.rs \
    && touch src/lib.rs integration_tests/simulator/src/lib.rs \
    && cargo build --profile "$PROFILE" --target "$(rustc --print host-tuple)" --locked --package tiktok-ads --bin tiktok-ads --features "$FEATURES" \
    && rm -rf src
# `--build-arg TIKTOK_ADS_COMMIT=$(git rev-parse --short=12 HEAD)`: the repository is not in here.
ARG TIKTOK_ADS_COMMIT=
COPY src src
COPY schemas schemas
COPY spec spec
RUN touch src/lib.rs src/main.rs \
    && cargo build --profile "$PROFILE" --target "$(rustc --print host-tuple)" --locked --package tiktok-ads --bin tiktok-ads --features "$FEATURES"
# All that the images hold: the binary, certificates, a shell with its commands, and the names of two users.
RUN mkdir -p /image/bin /image/usr/local/bin /image/etc/ssl/certs && install -d -m 1777 /image/tmp \
    && folder=$PROFILE && { [ "$folder" != dev ] || folder=debug; } \
    && cp "${CARGO_TARGET_DIR:-target}/$(rustc --print host-tuple)/$folder/tiktok-ads" /image/usr/local/bin/ \
    && cp /bin/busybox /image/bin/ \
    && for command in $(/bin/busybox --list); do [ "$command" = busybox ] || ln -s busybox "/image/bin/$command"; done \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
    && printf 'root:x:0:0::/:/bin/sh\nconnector:x:1000:1000::/tmp:/bin/sh\n' > /image/etc/passwd \
    && printf 'root:x:0:\nconnector:x:1000:\n' > /image/etc/group \
    && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf

FROM scratch AS runtime
COPY --from=build /image/ /
ENV PATH=/usr/local/bin:/bin
# Kubernetes can only verify a number, and nothing is written but what stdout takes.
USER 1000:1000
ARG TIKTOK_ADS_COMMIT=
LABEL io.airbyte.version=0.1.0 \
    org.opencontainers.image.version=0.1.0 \
    org.opencontainers.image.revision="$TIKTOK_ADS_COMMIT" \
    org.opencontainers.image.source=https://github.com/tiktok-ads/tiktok-ads \
    org.opencontainers.image.documentation=https://github.com/tiktok-ads/tiktok-ads#readme \
    org.opencontainers.image.licenses=MIT

FROM runtime AS source
LABEL io.airbyte.name=tiktok-ads/source-tiktok-ads org.opencontainers.image.title=source-tiktok-ads
# Airbyte's platform runs this through `sh`; `exec` lets signals and the exit code through.
ENV AIRBYTE_ENTRYPOINT="exec /usr/local/bin/tiktok-ads source"
ENTRYPOINT ["/usr/local/bin/tiktok-ads", "source"]

FROM runtime AS destination
LABEL io.airbyte.name=tiktok-ads/destination-tiktok-ads org.opencontainers.image.title=destination-tiktok-ads
ENV AIRBYTE_ENTRYPOINT="exec /usr/local/bin/tiktok-ads destination"
ENTRYPOINT ["/usr/local/bin/tiktok-ads", "destination"]
