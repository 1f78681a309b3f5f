#!/usr/bin/env bash
# Makes up input for the targets of src/fuzz, two at a time or AT_ONCE: fuzz/run.sh [SECONDS [TARGET…]]
# What it finds is in target/fuzz/found; a finding becomes a seed in fuzz/seeds, which the tests run for ever.
set -euo pipefail
cd "$(dirname "$0")/.."

# Seconds a target, unless the command line says otherwise.
SECONDS_EACH=60
AT_ONCE=${AT_ONCE:-2}
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

found=$PWD/target/fuzz
program=$(fuzz/build.sh)

one() {
    local target=$1 log=$found/$1.log
    mkdir -p "$found/corpus/$target" "$found/found/$target"
    if FUZZ_TARGET=$target "$program" "$found/corpus/$target" "fuzz/seeds/$target" \
        -max_total_time="$seconds" -timeout=$TIMEOUT_SECONDS -rss_limit_mb=$MEMORY_MIB -max_len=$BYTES_MAX \
        -artifact_prefix="$found/found/$target/" -print_final_stats=1 >"$log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, nothing found"
    else
        echo "$target: FOUND, see $log"
        grep -aE "panicked at|ERROR|SUMMARY|Test unit written" -A2 "$log" | head -20
        return 1
    fi
}
export -f one
export program found seconds TIMEOUT_SECONDS MEMORY_MIB BYTES_MAX
printf '%s\n' "$@" | xargs -P $AT_ONCE -I{} bash -c 'one {}'
