#!/usr/bin/env bash
# Holds the connector to what Airbyte publishes: its model of metadata, its standard tests, and PyAirbyte into DuckDB and PostgreSQL.
#
# usage: integration_tests/conformance/run.sh [PROFILE]     (`release`, as it is shipped; `.ci/run` says `dev`)
#
# Needs PyPI once, and Debian's PostgreSQL; says so where they cannot be had. What runs then reaches no network but loopback.
set -euo pipefail
cd "$(dirname "$0")/../.."
room=$PWD/target/conformance
mkdir -p "$room"
skip() { echo "skipped: $*"; exit 0; }

# uv installs these packages in seconds.
{ python3 -m venv "$room/uv" && "$room/uv/bin/pip" install --quiet uv==0.13.9; } >"$room/pip.log" 2>&1 ||
    skip "uv cannot be installed from PyPI here: $(tail -1 "$room/pip.log")"
python3 -m venv --without-pip "$room/venv"
"$room/uv/bin/uv" pip sync --quiet --python "$room/venv" integration_tests/conformance/requirements.txt 2>"$room/pip.log" ||
    skip "Airbyte's packages cannot be installed from PyPI here: $(tail -1 "$room/pip.log")"

wheel=$(integration_tests/trial/wheel.sh "${1:-release}")
[ -n "$wheel" ] || exit 0
"$room/uv/bin/uv" pip install --quiet --no-index --no-deps --reinstall --python "$room/venv" "$wheel"
if [ ! -x "$(echo /usr/lib/postgresql/*/bin/initdb | cut -d' ' -f1)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql; } >/dev/null 2>&1 || true
fi
simulator=$(integration_tests/trial/simulator.sh)

# Airbyte's programs look for a registry and tell what they do; here they may not, and cannot. What stands for the registry knows one
# connector that is not ours: PyAirbyte refuses names that are not in it unless it is told where the program is.
export AIRBYTE_LOCAL_REGISTRY=$PWD/integration_tests/conformance/registry.json DO_NOT_TRACK=1 AIRBYTE_NO_UV=1 CI=true PYTHONDONTWRITEBYTECODE=1
export PATH=$room/venv/bin:$PATH
alone=()
if [ "$(id -u)" = 0 ] && unshare --net true 2>/dev/null; then
    alone=(unshare --net sh -euc 'ip link set lo up; exec "$@"' alone)
fi
for part in standard sync; do
    folder=$room/$part
    rm -rf "$folder" && mkdir -p "$folder/home"
    HOME=$folder/home AIRBYTE_PROJECT_DIR=$folder AIRBYTE_CACHE_ROOT=$folder/.cache AIRBYTE_LOGGING_ROOT=$folder/logs \
        "${alone[@]}" python integration_tests/conformance/$part.py "$simulator" "$folder" >"$folder/log" 2>&1 ||
        { tail -100 "$folder/log"; exit 1; }
    # PyAirbyte and pytest say more than that.
    grep -E '^conformance: | passed' "$folder/log" | sed 's/^conformance: //'
done
