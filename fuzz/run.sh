#!/usr/bin/env bash
# Makes up input for the targets of src/fuzz, two at a time: fuzz/run.sh [SECONDS [TARGET…]]
# What it finds is in target/fuzz/found; a finding becomes a seed in fuzz/seeds, which the tests run for ever.
set -euo pipefail
cd "$(dirname "$0")/.."

# Seconds a target, unless the command line says otherwise. CI takes this.
SECONDS_EACH=5
AT_ONCE=2
# A target that takes longer over one input, or more memory, has failed.
TIMEOUT_SECONDS=10
MEMORY_MIB=1024
BYTES_MAX=4096

seconds=${1:-$SECONDS_EACH}
shift || true
[ $# -gt 0 ] || set -- $(ls fuzz/seeds)
for target in "$@"; do
    [ -d "fuzz/seeds/$target" ] || { echo "there is no target $target; there are: $(ls fuzz/seeds | tr '\n' ' ')" >&2; exit 2; }
done
if ! command -v c++ >/dev/null; then
    echo "skipped: libFuzzer needs a C++ compiler (Debian: apt-get install g++)"
    exit 0
fi

# The flags of cargo-fuzz without a sanitizer, which stable Rust takes: counters at every edge, and what is compared.
# With a --target they are for the program alone and not for what builds it.
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=$PWD/target/fuzz
export RUSTFLAGS="${RUSTFLAGS:-} --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
# The versions of the program itself; libFuzzer's own are exact in fuzz/Cargo.toml.
cp Cargo.lock fuzz/Cargo.lock
cargo build --release --quiet --manifest-path fuzz/Cargo.toml --target "$host"
program=$CARGO_TARGET_DIR/$host/release/fuzz

one() {
    local target=$1 log=$CARGO_TARGET_DIR/$1.log
    mkdir -p "$CARGO_TARGET_DIR/corpus/$target" "$CARGO_TARGET_DIR/found/$target"
    if FUZZ_TARGET=$target "$program" "$CARGO_TARGET_DIR/corpus/$target" "fuzz/seeds/$target" \
        -max_total_time="$seconds" -timeout=$TIMEOUT_SECONDS -rss_limit_mb=$MEMORY_MIB -max_len=$BYTES_MAX \
        -artifact_prefix="$CARGO_TARGET_DIR/found/$target/" -print_final_stats=1 >"$log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, nothing found"
    else
        echo "$target: FOUND, see $log"
        grep -aE "panicked at|ERROR|SUMMARY|Test unit written" -A2 "$log" | head -20
        return 1
    fi
}
export -f one
export program seconds TIMEOUT_SECONDS MEMORY_MIB BYTES_MAX
printf '%s\n' "$@" | xargs -P $AT_ONCE -I{} bash -c 'one {}'
