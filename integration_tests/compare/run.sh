#!/usr/bin/env bash
# Reads the simulator with this repository's source, Airbyte's connector and tap-tiktok-ads, and writes docs/benchmarks.md.
#
# usage: run.sh [--quick] [--days N] [--limit SECONDS]
#   --quick   three days, no latency and no faults; docs/benchmarks.md stays as it is
# PYTHON names another interpreter (Airbyte's connector takes 3.10 and 3.11), OURS a binary that is built already,
# PROFILE another profile of cargo than release.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=integration_tests/compare
python=${PYTHON:-python3} profile=${PROFILE:-release} target=${CARGO_TARGET_DIR:-target}
folder=$target/compare

cargo build --locked --quiet --package simulator
if [ -z "${OURS:-}" ]; then
  cargo build --locked --quiet --profile "$profile" --bin tiktok-ads
  built=$profile
  [ "$profile" = dev ] && built=debug
  OURS=$target/$built/tiktok-ads
fi
"$python" $here/compare.py --ours "$OURS" --simulator "$target/debug/simulator" --folder "$folder" --build "$profile" "$@"
case " $* " in *" --quick "*) exit ;; esac
"$python" - "$here" "$folder" <<'PY'
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import install
install.environment("page", pathlib.Path(sys.argv[2]))
PY
"$folder/page/bin/python" $here/draw.py $here/results.json docs/benchmarks
"$python" $here/page.py $here/results.json docs/benchmarks.md
