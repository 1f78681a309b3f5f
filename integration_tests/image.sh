#!/usr/bin/env bash
# Builds both images from bases made on this machine and runs them as platforms do, against the simulator.
#
# usage: integration_tests/image.sh [PROFILE]     (`release`, as they are shipped; `.ci/run` says `dev`)
#
# Needs Linux, root, Debian's packages. Says so where it cannot run.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
# What the engine mounts is gone when this ends, so that `target` can be removed.
if [ -z "${OWN_MOUNTS:-}" ] && unshare --mount true 2>/dev/null; then
    OWN_MOUNTS=yes exec unshare --mount integration_tests/image.sh "$profile"
fi
# Bytes of an image as it is shipped; what is built quickly is larger.
size_max=30000000 features=
[ "$profile" = release ] || size_max=120000000 features=as-tested
. integration_tests/trial/engine.sh

cargo fetch --locked --quiet
mkdir -p "$static"
# Where the repository is here, and with the commit that is told here: then the wheel is built of the same, and need not be built again.
build=(buildah bud --quiet --layers --build-arg "RUST_IMAGE=$base" --build-arg "PROFILE=$profile" --build-arg "FEATURES=$features"
    --build-arg "WORKDIR=$PWD" --build-arg "TIKTOK_ADS_COMMIT=${TIKTOK_ADS_COMMIT:-$(git rev-parse --short=12 HEAD)}"
    --volume "$toolchain:$toolchain:ro" --volume "$crates:$crates" --volume "$static:$static")
for role in source destination; do
    "${build[@]}" --target "$role" --tag "localhost/$role-tiktok-ads:dev" . >"$room/$role.log" 2>&1 ||
        { tail -30 "$room/$role.log"; exit 1; }
    size=$(podman image inspect --format '{{.Size}}' "localhost/$role-tiktok-ads:dev")
    echo "$role-tiktok-ads: $size bytes"
    [ "$size" -le "$size_max" ] || { echo "larger than $size_max bytes"; exit 1; }
    labels=$(podman image inspect --format '{{index .Labels "io.airbyte.name"}}:{{index .Labels "io.airbyte.version"}} {{.User}}' \
        "localhost/$role-tiktok-ads:dev")
    metadata=metadata.yaml
    [ "$role" = source ] || metadata=metadata.destination.yaml
    named=$(sed -n 's/^  dockerRepository: //p' "$metadata"):$(sed -n 's/^  dockerImageTag: //p' "$metadata")
    [ "$labels" = "$named 1000:1000" ] || { echo "labels and user: $labels; $metadata has $named"; exit 1; }
done

simulator=$(integration_tests/trial/simulator.sh)
trial() {
    local folder=$room/trial
    rm -rf "$folder" && mkdir "$folder" && cp integration_tests/trial/platform.sh "$folder"
    python3 integration_tests/trial/trial.py "$simulator" "$folder" --seen-as /secrets "$@"
}
run="podman run --rm --interactive --network host --volume $room/trial:/secrets:ro {env}"
# As a careful cluster runs them: not root, no capabilities, nothing writable but /tmp, little memory.
careful="--user 1000:1000 --read-only --cap-drop ALL --security-opt no-new-privileges --memory 64m"
source=localhost/source-tiktok-ads:dev destination=localhost/destination-tiktok-ads:dev

echo "as containers, as uid 1000 without capabilities, read-only, in 64 MiB:"
trial --source "$run $careful $source" --destination "$run $careful $destination"
for user in "--user 0:0" "$careful"; do
    echo "through the platform's wrapper, $user:"
    wrapped="$run $user --entrypoint sh"
    trial --source "$wrapped $source /secrets/platform.sh" --destination "$wrapped $destination /secrets/platform.sh" \
        --stopped "$wrapped --env STOP=yes $source /secrets/platform.sh"
done

# A static binary brings its own resolver. In a network of its own, a name server alone knows TikTok, and nobody listens there.
unshare --net bash -euc '
    ip link set lo up
    coproc server { exec python3 integration_tests/trial/name_server.py; }
    read -r <&"${server[0]}"
    podman run --rm --network host --dns 127.0.0.1 --volume "$1:/secrets:ro" "$2" check --config /secrets/config.json
    kill "$server_PID"' names "$room/trial" "$source" >"$room/names.log" 2>&1 || { cat "$room/names.log"; exit 1; }
grep -q 'Connection refused' "$room/names.log" || { echo "the name server is not asked:"; cat "$room/names.log"; exit 1; }
echo "names are found by a name server"
