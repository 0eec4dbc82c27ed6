#!/usr/bin/env bash
# bench/classifiers.sh: times the classifiers, then onnxruntime on the same models and inputs, and prints one table.
# Latencies are of one pinned core (CORE, default 1), throughput is of all. Needs Linux and a python with onnxruntime and
# numpy (PYTHON, default python3). QWARDEN_CLASSIFIERS names the models (default classifiers). FAST=1 builds for processors with
# AVX2 (x86-64-v3), in a folder of its own.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
target=${CARGO_TARGET_DIR:-$here/target}
if [[ ${FAST:-0} == 1 ]]; then
    target=$target/x86-64-v3
    export RUSTFLAGS="-C target-cpu=x86-64-v3"
fi
export CARGO_TARGET_DIR=$target BENCH_OUT=${BENCH_OUT:-$target/bench-out}
mkdir -p "$BENCH_OUT"
cargo bench --locked --quiet --bench classifier --no-run
taskset -c "${CORE:-1}" cargo bench --locked --quiet --bench classifier -- '^(fast|encoder|cascade)/' >"$BENCH_OUT/classifier.log"
env -u BENCH_OUT cargo bench --locked --quiet --bench classifier -- '^throughput/' >>"$BENCH_OUT/classifier.log"
taskset -c "${CORE:-1}" "${PYTHON:-python3}" bench/onnxruntime_times.py "$BENCH_OUT" "$target/criterion"
