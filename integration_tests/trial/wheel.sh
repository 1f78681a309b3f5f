#!/usr/bin/env bash
# Builds the wheel in a profile and tells where it is; nothing, and why on stderr, where PyPI has no tools for this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
packages=$PWD/target/packages
mkdir -p "$packages"
if ! { python3 -m venv "$packages/tools" &&
    "$packages/tools/bin/pip" install --quiet --require-hashes --requirement integration_tests/packages.txt; } >"$packages/pip.log" 2>&1; then
    echo "skipped: maturin and wheel cannot be installed from PyPI here: $(tail -1 "$packages/pip.log")" >&2
    exit 0
fi
rm -f "$packages"/*.whl
# Static, as in the images, so that it runs on every Linux; and beside what the images are built of.
TIKTOK_ADS_COMMIT=${TIKTOK_ADS_COMMIT:-$(git rev-parse --short=12 HEAD)}
# CI has the suite checked while it is compiled.
unset RUSTC_WORKSPACE_WRAPPER
features=
[ "$1" = release ] || features=as-tested
export TIKTOK_ADS_COMMIT CARGO_INCREMENTAL=0 RUSTFLAGS="-C target-feature=+crt-static" CARGO_TARGET_DIR=$PWD/target/static
"$packages/tools/bin/maturin" build --quiet --locked --profile "$1" --features "$features" --target "$(rustc --print host-tuple)" --out "$packages" \
    >"$packages/maturin.log" 2>&1 || { cat "$packages/maturin.log" >&2; exit 1; }
# maturin names one C library; a static program needs none, so Alpine's pip takes it, too.
"$packages/tools/bin/wheel" tags --remove --platform-tag "+musllinux_1_1_$(uname -m)" "$packages"/*.whl >/dev/null
echo "$packages"/*.whl
