#!/usr/bin/env bash
# Builds the program of run.sh and tells where it is. It is built as the suite is in CI: with a copy of what that is built of, only the
# program itself is built anew.
set -euo pipefail
cd "$(dirname "$0")/.."
unset RUSTC_WORKSPACE_WRAPPER
host=$(rustc --print host-tuple)
export CARGO_TARGET_DIR=$PWD/target/fuzzing CARGO_INCREMENTAL=0 RUSTFLAGS="-C target-feature=+crt-static" RUSTC_WRAPPER=$PWD/fuzz/counted.sh
# The versions of the program itself; libFuzzer's own are exact in fuzz/Cargo.toml.
cp Cargo.lock fuzz/Cargo.lock
cargo build --quiet --manifest-path fuzz/Cargo.toml --target "$host" >&2
echo "$CARGO_TARGET_DIR/$host/debug/fuzz"
