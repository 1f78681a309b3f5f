#!/usr/bin/env bash
# Builds the wheel and the Debian package and tries each where nothing else is: a new environment of Python, a new Debian.
#
# usage: integration_tests/packages.sh [PROFILE]     (`release`, as they are shipped; `.ci/run` says `dev`)
#
# The packages are in `target/packages` then. The wheel needs PyPI and the trial of the Debian package a container (see `image.sh`); says so
# where they cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
# What the engine mounts is gone when this ends, so that `target` can be removed.
if [ -z "${OWN_MOUNTS:-}" ] && unshare --mount true 2>/dev/null; then
    OWN_MOUNTS=yes exec unshare --mount integration_tests/packages.sh "$profile"
fi
packages=$PWD/target/packages
wheel=$(integration_tests/trial/wheel.sh "$profile")
[ -n "$wheel" ] || exit 0
simulator=$(integration_tests/trial/simulator.sh)
trial() {
    local folder=$packages/trial
    rm -rf "$folder" && mkdir "$folder"
    python3 integration_tests/trial/trial.py "$simulator" "$folder" "$@"
}

[[ $wheel = *manylinux*musllinux* ]] || { echo "the wheel is not for every Linux: $wheel"; exit 1; }
echo "$(basename "$wheel"): $(stat -c %s "$wheel") bytes"
rm -rf "$packages/python"
python3 -m venv "$packages/python"
"$packages/python/bin/pip" install --quiet --no-index "$wheel"
trial --source "$packages/python/bin/source-tiktok-ads" --destination "$packages/python/bin/destination-tiktok-ads"

if ! command -v dpkg-deb >/dev/null; then
    echo "skipped: the Debian package is built where dpkg-deb is"
    exit 0
fi
program=$packages/python/bin/tiktok-ads
tree=$packages/tree
rm -rf "$tree" && mkdir -p "$tree/DEBIAN"
install -D -t "$tree/usr/bin" "$program" packaging/wheel.data/scripts/*-tiktok-ads
share=$tree/usr/share
install -D -m 644 -t "$share/doc/tiktok-ads" README.md CHANGELOG.md SECURITY.md
install -D -m 644 LICENSE "$share/doc/tiktok-ads/copyright"
# What the README leads to.
cp -r --no-preserve=mode docs deploy "$share/doc/tiktok-ads"
mkdir -p "$share/man/man1" "$share/bash-completion/completions" "$share/zsh/vendor-completions" "$share/fish/vendor_completions.d"
"$program" man "$share/man/man1"
gzip -9n "$share/man/man1"/*
for role in source destination; do ln -s "tiktok-ads-$role.1.gz" "$share/man/man1/$role-tiktok-ads.1.gz"; done
"$program" completions bash >"$share/bash-completion/completions/tiktok-ads"
"$program" completions zsh >"$share/zsh/vendor-completions/_tiktok-ads"
"$program" completions fish >"$share/fish/vendor_completions.d/tiktok-ads.fish"
version=$("$program" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@SIZE@/$(du -sk "$tree" | cut -f1)/" \
    packaging/deb/control >"$tree/DEBIAN/control"
(cd "$tree" && find usr -type f -exec md5sum {} +) >"$tree/DEBIAN/md5sums"
rm -f "$packages"/*.deb
deb=$packages/tiktok-ads_${version}_$architecture.deb
# xz, which every Debian reads.
dpkg-deb --root-owner-group -Zxz --build "$tree" "$deb" >/dev/null
echo "$(basename "$deb"): $(stat -c %s "$deb") bytes"

. integration_tests/trial/engine.sh
installed=localhost/tiktok-ads-installed:dev
podman rm --force --ignore tiktok-ads-installed >/dev/null 2>&1
podman run --name tiktok-ads-installed --network host --volume "$packages:$packages:ro" "$base" sh -euc "
    dpkg --install '$deb' >/dev/null
    dpkg --verify tiktok-ads
    test -s /usr/share/doc/tiktok-ads/docs/recipes.md
    for page in tiktok-ads tiktok-ads-source-read tiktok-ads-destination-write source-tiktok-ads destination-tiktok-ads; do test -s /usr/share/man/man1/\$page.1.gz; done
    bash -euc '. /usr/share/bash-completion/completions/tiktok-ads
        completer=\$(complete -p tiktok-ads | grep -o \"_tiktok[^ ]*\")
        COMP_WORDS=(tiktok-ads read --state-o) COMP_CWORD=2
        \"\$completer\" tiktok-ads --state-o read
        test \"\${COMPREPLY[*]}\" = --state-out'"
podman commit --quiet tiktok-ads-installed "$installed" >/dev/null
podman rm tiktok-ads-installed >/dev/null
run="podman run --rm --interactive --network host --volume $packages/trial:$packages/trial:ro {env} $installed"
trial --source "$run source-tiktok-ads" --destination "$run destination-tiktok-ads"
