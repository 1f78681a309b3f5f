# To be sourced: a container engine for tests, and a Debian to start from. Both lie in `target/images`; where they cannot be had, the
# script that sources this ends and says why.
room=$PWD/target/images
suite=bookworm
static=$PWD/target/static
tools=(buildah podman runc mmdebstrap)

skip() { echo "skipped: $*"; exit 0; }

[ "$(uname -s) $(id -u)" = "Linux 0" ] || skip "containers are run by root on Linux here"
if ! type -P "${tools[@]}" >/dev/null; then
    command -v apt-get >/dev/null || skip "${tools[*]} are not here, and no apt-get to install them with"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${tools[@]}"; } \
        >/dev/null 2>&1 || skip "${tools[*]} cannot be installed from Debian here"
fi

mkdir -p "$room"
# What it remembers of mounts that are gone.
rm -rf "$room/run"
# An engine of its own, which asks for little of the machine and leaves nothing outside of `target`.
cat >"$room/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=4096:4096"]
netns = "host"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
cat >"$room/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$room/storage"
runroot = "$room/run"
CONF
export CONTAINERS_CONF=$room/containers.conf CONTAINERS_STORAGE_CONF=$room/storage.conf

# What stands for the builder's image: Debian with a linker. The toolchain, the crates and what cargo builds of them are this machine's,
# at the same places, so that images and packages share what they have built.
base=localhost/tiktok-ads-rust:$suite
crates=${CARGO_HOME:-$HOME/.cargo}/registry
toolchain=$(rustc --print sysroot)
if ! podman image exists "$base"; then
    # dpkg syncs the disk after every file otherwise, which takes longer than all the rest.
    mmdebstrap --quiet --variant=minbase --include=gcc,libc6-dev,ca-certificates \
        --setup-hook='echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/unsafe-io"' "$suite" "$room/base.tar" \
        2>"$room/base.log" || skip "mmdebstrap cannot make a base: $(tail -1 "$room/base.log")"
    podman import --quiet --change "ENV PATH=$toolchain/bin:/usr/sbin:/usr/bin:/sbin:/bin" --change "ENV CARGO_HOME=${crates%/registry}" \
        --change 'ENV CARGO_NET_OFFLINE=true' --change "ENV CARGO_TARGET_DIR=$static" "$room/base.tar" "$base" >/dev/null
    rm "$room/base.tar"
fi
# Some machines have the tools and let no container run.
podman run --rm "$base" true 2>"$room/probe.log" || skip "no container runs here: $(tail -1 "$room/probe.log")"
