#!/usr/bin/env bash
# Records the demonstration as docs/demo.svg, the picture at the top of the README. Needs asciinema and npm.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --locked --quiet --example demo
TERM=xterm-256color asciinema rec --quiet --cols 118 --rows 34 --idle-time-limit 1 \
    --command "${CARGO_TARGET_DIR:-target}/debug/examples/demo" "$work/whole.cast"
python3 integration_tests/demo/frames.py "$PWD/" <"$work/whole.cast" >"$work/short.cast"
npm install --silent --prefix "$work" svg-term-cli@2.1.1
"$work/node_modules/.bin/svg-term" --in "$work/short.cast" --out docs/demo.svg --window --no-cursor --padding 8
