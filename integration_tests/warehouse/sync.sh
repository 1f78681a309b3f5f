# Sourced: a source that reads from a simulator of its own. Sets `work`, a folder that is gone at the end.
#
# simulate [OPTIONS OF THE SIMULATOR]   builds both and starts the simulator
# sync CONFIG OUT STREAM…               reads the streams: OUT.catalog and OUT.jsonl

work=$(mktemp -d)
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

simulate() {
    local simulator
    simulator=$(integration_tests/trial/simulator.sh)
    source_binary=$(dirname "$simulator")/tiktok-ads
    "$simulator" serve "$@" >"$work/url" 2>"$work/simulator.log" &
    server=$!
    for _ in $(seq 200); do
        ! grep -q listening "$work/url" || break
        kill -0 "$server" || { cat "$work/simulator.log" >&2 && exit 1; }
        sleep 0.1
    done
    export TIKTOK_ADS_API_URL=$(sed 's/listening on //' "$work/url")
}

# The app and the token are those of the simulator's world.
sync() {
    local config=$1 out=$2
    shift 2
    python3 - "$config" >"$out.config" <<'PY'
import json, sys
credentials = {"auth_type": "oauth2.0", "app_id": "7412398650123456789",
               "secret": "3f9a1c77e05b4d2896ab0cd1e2f34567890abcde",
               "access_token": "6f1d0b3a9c5e47829d3b6a1f0c8e2d7450b9a3c6"}
print(json.dumps({"credentials": credentials, "requests_per_second": 1000, **json.loads(sys.argv[1])}))
PY
    "$source_binary" discover --config "$out.config" >"$out.discovered"
    python3 - "$out.discovered" "$@" >"$out.catalog" <<'PY'
import json, sys
messages = map(json.loads, open(sys.argv[1]))
streams = next(message["catalog"]["streams"] for message in messages if message["type"] == "CATALOG")
wanted = [stream for stream in streams if stream["name"] in sys.argv[2:]]
missing = set(sys.argv[2:]) - {stream["name"] for stream in wanted}
assert not missing, missing
print(json.dumps({"streams": [{"stream": stream, "sync_mode": stream["supported_sync_modes"][-1],
                               "destination_sync_mode": "append"} for stream in wanted]}))
PY
    "$source_binary" read --config "$out.config" --catalog "$out.catalog" >"$out.jsonl"
}
