#!/usr/bin/env bash
# Installs what the benches compare us with, below a folder, and says what and why. Nothing else on the machine changes
# and no service is started; what is there already is left alone.
#
#   benches/baselines/install.sh FOLDER pretalx      a Python environment with pretalx and gunicorn
#   benches/baselines/install.sh FOLDER gohlslib     MediaMTX's LL-HLS engine with our feeder, built with Go
#   benches/baselines/install.sh FOLDER centrifuge   Centrifugo's engine with our door, built with Go
#   benches/baselines/install.sh FOLDER nginx        Debian's nginx with its RTMP module, unpacked
#   benches/baselines/install.sh FOLDER mediamtx     MediaMTX itself, built with Go
#
# `cargo run --release -p benches` calls it, and `deploy/install.sh long` for mediamtx; by hand it is only needed for a
# look at one of them.
set -euo pipefail

readonly folder=${1:?usage: install.sh FOLDER NAME} name=${2:?usage: install.sh FOLDER NAME}
here=$(cd "$(dirname "$0")" && pwd)
readonly here

say() { printf 'baseline: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

apt() { # with root's rights, without questions
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2
}

pretalx() {
    local target=$folder/pretalx
    [ -e "$target/complete" ] && return 0
    has python3 || die "python3 is missing; pretalx is written in it: apt-get install python3-venv"
    say "pretalx and gunicorn into $target: what our pages are compared with"
    rm -rf "$target"
    if ! python3 -m venv "$target" 2>/dev/null; then
        say "python3-venv is missing; it keeps pretalx apart from the system's Python"
        apt install -y --no-install-recommends python3-venv
        python3 -m venv "$target"
    fi
    "$target/bin/pip" install --quiet --requirement "$here/pretalx/requirements.txt"
    touch "$target/complete"
}

go_program() { # name, reason
    local target=$folder/$1 source=$here/$1
    [ "$target" -nt "$source/main.go" ] && [ "$target" -nt "$source/go.mod" ] && return 0
    has go || die "Go 1.25 or newer is missing; $1 is written in it (https://go.dev/dl)"
    say "$1 into $target: $2"
    mkdir -p "$folder"
    (cd "$source" && go build -o "$target" .)
}

# Unpacked and not installed, because Debian's package would start a web server on port 80.
nginx() {
    local target=$folder/nginx
    [ -e "$target/complete" ] && return 0
    has apt-get || die "no apt-get here; the baseline is Debian's nginx with its RTMP module"
    say "nginx with its RTMP module into $target: what our ingest and egress are compared with"
    rm -rf "$target"
    mkdir -p "$target"
    cd "$target"
    local packages=(nginx libnginx-mod-rtmp)
    if ! apt-get -q download "${packages[@]}" >&2; then
        apt update
        apt-get -q download "${packages[@]}" >&2
    fi
    local package
    for package in ./*.deb; do
        dpkg -x "$package" .
    done
    touch complete
}

# Built from its module, which the module proxy serves and whose checksum is pinned here. Its own build would download two
# things: the number of its version, and hls.js for a page of its own that nobody opens here.
mediamtx() {
    local target=$folder/mediamtx version=v1.15.3 sum=h1:JZXYLqTf5qFu3Qh2kYevZAjPiP95y3LW8LzXpvYiloU= about source build
    [ -x "$target" ] && return 0
    has go || die "Go 1.25 or newer is missing; MediaMTX is written in it (https://go.dev/dl)"
    say "MediaMTX $version into $target: what the run of faults is compared with"
    mkdir -p "$folder"
    about=$(cd "$folder" && go mod download -json "github.com/bluenviron/mediamtx@$version")
    grep -q "\"Sum\": \"$sum\"" <<<"$about" || die "MediaMTX $version is not what it was when it was chosen"
    source=$(sed -n 's/^.*"Dir": "\(.*\)".*$/\1/p' <<<"$about")
    build=$(mktemp -d)
    cp -r "$source/." "$build"
    chmod -R u+w "$build"
    printf '%s' "$version" >"$build/internal/core/VERSION"
    echo '// The page that plays is ours.' >"$build/internal/servers/hls/hls.min.js"
    (cd "$build" && CGO_ENABLED=0 go build -trimpath -o "$target" .)
    rm -rf "$build"
}

case $name in
    pretalx) pretalx ;;
    gohlslib) go_program gohlslib "what held playlist reloads are compared with" ;;
    centrifuge) go_program centrifuge "what chat fan-out is compared with" ;;
    nginx) nginx ;;
    mediamtx) mediamtx ;;
    *) die "no baseline is called $name" ;;
esac
