#!/usr/bin/env bash
# bench/run.sh [PEER…]: measures the gateway beside a bare pass-through and prints the tables of
# docs/benchmarks.md. PEER is one of the names in measure.py, such as "10,000, strict"; none: all but the
# largest. `bench/run.sh reload` measures what requests notice of a reload instead. Needs two cores, Linux, python3 and the right to make a network namespace (root).
# ROUNDS (3), BENCH_SECONDS (3) and BENCH_OUT (a folder for data and logs) can be set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/../target}
export BENCH_BIN=$CARGO_TARGET_DIR/release BENCH_OUT=${BENCH_OUT:-$CARGO_TARGET_DIR/bench-out}
cargo build --release --locked --quiet --manifest-path "$here/../Cargo.toml"
cargo build --release --locked --quiet --manifest-path "$here/kit/Cargo.toml"
# Only loopback in there: nothing that is measured can reach anything else.
script=$here/measure.py
[[ ${1:-} == reload ]] && script=$here/reload.py
exec unshare -n bash -c 'ip link set lo up && exec python3 "$0" "$@"' "$script" "$@"
