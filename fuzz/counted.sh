#!/usr/bin/env bash
# Cargo's RUSTC_WRAPPER for build.sh: counters at every edge, and what is compared, in the program and its targets alone. So the rest is
# what the images and packages are built of. These are the flags of cargo-fuzz without a sanitizer, which stable Rust takes.
case "${CARGO_CRATE_NAME:-}" in
tiktok_ads | fuzz)
    set -- "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
        -Cllvm-args=-sanitizer-coverage-trace-compares
    ;;
esac
# libFuzzer does not run without the system's libraries.
[ "${CARGO_CRATE_NAME:-}" != fuzz ] || set -- "${@/+crt-static/-crt-static}"
exec "$@"
