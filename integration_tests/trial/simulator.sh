#!/usr/bin/env bash
# Builds the simulator's program, and the connector beside it, and tells where it is. With the tests, so that after `cargo test` next to
# nothing is left to build.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --locked --workspace --bins --tests >&2
target=$(cargo metadata --format-version 1 --no-deps | python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
echo "$target/${CARGO_BUILD_TARGET:+$CARGO_BUILD_TARGET/}debug/simulator"
