#!/usr/bin/env bash
# Reads a world with Airbyte's own TikTok connector and compares what it found with what the
# world holds, without and with deleted objects.
#
# usage: prove_with_airbyte.sh VENV PATCH [WORLD]
#   VENV   a Python environment with airbyte-source-tiktok-marketing==4.7.0
#   PATCH  a script PATCH VENV OUT BASE_URL that copies the connector to OUT with that url_base
set -euo pipefail
venv=${1:?VENV} patch=${2:?PATCH} world=${3:-plain}
today=2026-03-10 start=2026-02-01 end=2026-03-09
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
cargo build --quiet --package simulator
bin=${CARGO_TARGET_DIR:-target}/debug/simulator
"$bin" serve --world "$world" --today $today --log "$work/requests.jsonl" >"$work/url" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
until grep -q listening "$work/url"; do read -rt 0.1 <> <(:) || true; done
url=$(sed 's/listening on //' "$work/url")
bash "$patch" "$venv" "$work/patched" "$url/open_api/v1.3/" >/dev/null
connector() { PYTHONPATH=$work/patched DO_NOT_TRACK=1 "$venv/bin/source-tiktok-marketing" "$@" 2>/dev/null; }

for deleted in false true; do
  cat >"$work/config.json" <<JSON
{"credentials": {"auth_type": "oauth2.0", "app_id": "7412398650123456789",
  "secret": "3f9a1c77e05b4d2896ab0cd1e2f34567890abcde",
  "access_token": "6f1d0b3a9c5e47829d3b6a1f0c8e2d7450b9a3c6"},
 "start_date": "$start", "end_date": "$end", "attribution_window": 3, "include_deleted": $deleted}
JSON
  connector check --config "$work/config.json" | grep -q SUCCEEDED && echo "check: succeeded"
  connector discover --config "$work/config.json" | python3 -c '
import json, sys
wanted = {"advertisers", "campaigns", "ad_groups", "ads", "ads_reports_daily"}
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "CATALOG":
        streams = [s for s in message["catalog"]["streams"] if s["name"] in wanted]
        json.dump({"streams": [{"stream": s, "destination_sync_mode": "append",
            "sync_mode": s["supported_sync_modes"][-1]} for s in streams]}, sys.stdout)
' >"$work/catalog.json"
  connector read --config "$work/config.json" --catalog "$work/catalog.json" >"$work/read.jsonl"
  python3 - "$work/read.jsonl" >"$work/found" <<'PY'
import json, sys
key = {"advertisers": "advertiser_id", "campaigns": "campaign_id", "ad_groups": "adgroup_id", "ads": "ad_id"}
for line in open(sys.argv[1]):
    message = json.loads(line)
    if message["type"] == "RECORD":
        stream, data = message["record"]["stream"], message["record"]["data"]
        if stream in key:
            print(stream, data[key[stream]])
        else:
            print(stream, data["ad_id"], data["stat_time_day"], data["metrics"]["spend"])
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        sys.exit("the connector complains: " + line)
PY
  options=(--world "$world" --today $today --start $start --end $end)
  [ $deleted = true ] && options+=(--deleted)
  "$bin" expect "${options[@]}" >"$work/expected"
  diff <(sort "$work/expected") <(sort "$work/found")
  echo "include_deleted $deleted: as expected: $(cut -d' ' -f1 "$work/found" | sort | uniq -c | tr -s ' \n' ' ')"
done
kill $server
wait $server || true
[ -z "${KEEP_REQUESTS:-}" ] || cp "$work/requests.jsonl" "$KEEP_REQUESTS"
[ -z "${KEEP_READ:-}" ] || cp "$work/read.jsonl" "$KEEP_READ"
