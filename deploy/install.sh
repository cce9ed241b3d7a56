#!/usr/bin/env bash
# Installs what a command of the Makefile needs and the machine lacks, and says what and why.
#
#   deploy/install.sh demo    a C compiler for the database engine and the cryptography, Rust, Node
#   deploy/install.sh test    the same, and PostgreSQL, ffmpeg, Chromium, a Japanese font, promtool
#   deploy/install.sh long    the same, and Chromium with its window, GStreamer, iproute2, openssl, and MediaMTX built with Go where Go is
#
# Only missing things are touched. Packages come from apt, which needs root or sudo; elsewhere the list of what to
# install is printed and the script ends with an error.
set -euo pipefail

readonly rust_needed=1.95 node_needed=20.19
wanted=()   # packages
reasons=()  # one sentence for each

want() { # package, reason
    wanted+=("$1")
    reasons+=("$2")
}

has() { command -v "$1" >/dev/null 2>&1; }

# Is version $1 at least version $2?
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n1)" = "$2" ]; }

die() {
    printf 'install: %s\n' "$*" >&2
    exit 1
}

has_libc_headers() { echo '#include <stdlib.h>' | cc -E -x c - >/dev/null 2>&1; }

require_rust() {
    if ! has cargo && [ -x "${HOME:-/root}/.cargo/bin/cargo" ]; then
        die "cargo is installed but not on PATH; run: . ~/.cargo/env"
    fi
    has cargo || die "Rust $rust_needed is missing; install it with rustup (https://rustup.rs) and try again"
    local version
    version=$(rustc --version | cut -d' ' -f2)
    at_least "$version" "$rust_needed" || die "Rust $version is too old, $rust_needed is needed; run: rustup update"
}

require_node() {
    has node && has npm || die "Node $node_needed with npm is missing; it builds the interface (https://nodejs.org)"
    local version
    version=$(node --version | tr -d v)
    at_least "$version" "$node_needed" || die "Node $version is too old, $node_needed is needed by the interface's build"
}

for_demo() {
    if ! has cc; then
        want gcc "compiles SQLite and the cryptography library"
        want libc6-dev "headers for the same"
    elif ! has_libc_headers; then
        want libc6-dev "headers for compiling SQLite and the cryptography library"
    fi
    # Rust's and npm's downloads are checked against these.
    [ -e /etc/ssl/certs/ca-certificates.crt ] || [ ! -e /etc/debian_version ] || want ca-certificates "checks the downloads"
}

has_postgres() { has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_japanese_font() { has fc-list && [ -n "$(fc-list :lang=ja family 2>/dev/null | head -n1)" ]; }

for_test() {
    for_demo
    has_postgres || want postgresql "the suites run on both stores; tests start private servers of their own"
    has ffmpeg || want ffmpeg "plays the encoder and checks our streams as an independent decoder"
    # Chromium without its own window: the same engine, a quarter less of the processor.
    has chromium-headless-shell || has google-chrome || want chromium-headless-shell "the journeys run in a real browser"
    has_japanese_font || want fonts-ipafont-gothic "so that Japanese can be seen in screenshots"
    has fc-list || want fontconfig "finds that font"
    # rustup's minimal profile lacks the two tools that the gate runs.
    if has rustup; then
        cargo fmt --version >/dev/null 2>&1 || add_component rustfmt
        cargo clippy --version >/dev/null 2>&1 || add_component clippy
    fi
}

has_gstreamer() { has gst-inspect-1.0 && gst-inspect-1.0 --exists "$1"; }

for_long() {
    for_test
    has chromium || has google-chrome || want chromium "what takes long and what measures runs in the browser that people have"
    has gst-launch-1.0 || want gstreamer1.0-tools "runs GStreamer as an encoder against our RTMP"
    has_gstreamer audioconvert || want gstreamer1.0-plugins-base "the same: converts its sound"
    has_gstreamer flvmux || want gstreamer1.0-plugins-good "the same: writes FLV"
    has_gstreamer rtmp2sink || want gstreamer1.0-plugins-bad "the same: rtmp2sink, voaacenc and its parsers"
    has_gstreamer x264enc || want gstreamer1.0-plugins-ugly "the same: codes H.264"
    has ip || want iproute2 "puts a viewer behind a bad link"
    has openssl || want openssl "makes the certificate with which RTMPS and HTTPS are tried"
}

# What the run of faults is compared with; without it that comparison is skipped, and says so.
build_mediamtx() {
    local here tools=${CARGO_TARGET_DIR:-target}/tools
    here=$(cd "$(dirname "$0")" && pwd)
    mkdir -p "$tools"
    "$here/../benches/baselines/install.sh" "$(realpath "$tools")" mediamtx ||
        echo "install: MediaMTX cannot be had; the comparison with it is left out" >&2
}

# The package would start a server of its own; only the one program that checks our alert rules is taken out of it.
fetch_promtool() {
    local tools=${CARGO_TARGET_DIR:-target}/tools folder
    if has promtool || [ -x "$tools/promtool" ] || ! has apt-get || ! has dpkg; then
        return 0
    fi
    echo "install: fetching promtool, which checks the alert rules, into $tools"
    folder=$(mktemp -d)
    mkdir -p "$tools"
    tools=$(realpath "$tools")
    (
        cd "$folder"
        apt-get -q download prometheus </dev/null || { apt update && apt-get -q download prometheus </dev/null; }
        dpkg -x prometheus_*.deb .
        install -m 755 usr/bin/promtool "$tools/promtool"
    ) || echo "install: promtool cannot be had; its checks of the alert rules are left out" >&2
    rm -rf "$folder"
}

add_component() {
    echo "install: adding the Rust component $1, which the gate runs"
    rustup component add "$1"
}

apt() { # with root's rights, without questions
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

install_wanted() {
    [ ${#wanted[@]} -gt 0 ] || return 0
    echo "install: missing on this machine:"
    local i
    for i in "${!wanted[@]}"; do
        printf '  %-22s %s\n' "${wanted[$i]}" "${reasons[$i]}"
    done
    has apt-get || die "no apt-get here; install the above with this system's package manager and try again"
    [ "$(id -u)" -eq 0 ] || has sudo || die "neither root nor sudo; as root run: apt-get install ${wanted[*]}"
    # Package lists may be empty (containers) or too old to find the files.
    apt install -y --no-install-recommends "${wanted[@]}" && return 0
    apt update
    apt install -y --no-install-recommends "${wanted[@]}"
}

case "${1:-}" in
    demo) for_demo ;;
    test) for_test ;;
    long) for_long ;;
    *) die "usage: deploy/install.sh demo|test|long" ;;
esac
install_wanted
[ "$1" = demo ] || fetch_promtool
[ "$1" != long ] || build_mediamtx
require_rust
require_node
