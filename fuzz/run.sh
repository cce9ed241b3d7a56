#!/bin/sh
# run.sh [SECONDS [TARGET…]]: fuzzes every target, or those named, for SECONDS of a processor each (default 60),
# as many at a time as there are processors. On a busy machine that takes longer, but eight times as long at most.
# Begins with the committed corpus (fuzz/corpus), grows its own beside the build, and keeps what breaks a
# promise in fuzz/artifacts. To keep a find: copy it to fuzz/corpus/TARGET, where `cargo test` replays it.
#
# Works with the pinned stable compiler: the coverage instrumentation is an LLVM pass, libFuzzer's runtime is
# compiled by libfuzzer-sys. No address sanitiser: the code under test has no unsafe.
set -eu
seconds=${1:-60}
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
build=${CARGO_TARGET_DIR:-target}/fuzz
[ $# -gt 0 ] && shift
targets=${*:-$(sed -n 's/^path = "targets\/\(.*\)\.rs"$/\1/p' Cargo.toml)}

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing"
echo "fuzz: building the targets"
RUSTFLAGS="$coverage" cargo build --release $(printf -- '--bin %s ' $targets) --target "$host" --target-dir "$build" --quiet

run() {
    target=$1
    found=$build/corpus/$target
    log=$build/$target.log
    mkdir -p "$found" artifacts
    dictionary=
    [ -f "dictionaries/$target.dict" ] && dictionary=-dict=dictionaries/$target.dict
    began=$(date +%s)
    runs=0 spent=0
    while left=$((seconds - spent)) && [ "$left" -gt $((seconds / 10)) ] && [ $(($(date +%s) - began)) -lt $((8 * seconds)) ]; do
        # 512 MiB is far beyond what one connection may hold, and 25 s beyond what any input may take anywhere.
        if ! "$build/$host/release/$target" -max_total_time="$left" -rss_limit_mb=512 -timeout=25 -max_len=65536 \
            -print_final_stats=1 $dictionary -artifact_prefix="artifacts/$target-" "$found" "corpus/$target" >"$log" 2>&1; then
            echo "fuzz: $target: BROKEN, see fuzz/artifacts and:"
            tail -40 "$log"
            return 1
        fi
        runs=$((runs + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log")))
        # Of this shell's children, so of this target alone: minutes and seconds of its own and of the system's.
        times >"$log.times"
        spent=$(sed -n '2s/[ms]/ /gp' "$log.times" | awk '{ print int($1 * 60 + $2 + $3 * 60 + $4) }')
    done
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    echo "fuzz: $target: $runs inputs in $spent s of a processor, $edges edges, nothing broke"
}

running=0
failed=0
pids=
for target in $targets; do
    run "$target" &
    pids="$pids $!"
    running=$((running + 1))
    if [ "$running" -ge "$(nproc)" ]; then
        for pid in $pids; do wait "$pid" || failed=1; done
        running=0
        pids=
    fi
done
for pid in $pids; do wait "$pid" || failed=1; done
exit "$failed"
