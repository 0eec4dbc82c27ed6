#!/usr/bin/env bash
# What docs/shipping says, done: a gateway writes segments, and ClickHouse (chdb, in this process) and DuckDB read them.
# Needs python3 with venv; the libraries (about 1 GB unpacked) are kept in a cache between runs.
#
# usage: tests/shipping/run.sh
#   QWARDEN=path   a built gateway; without it, `cargo build` makes one
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/qwarden/shipping
if [[ -z ${QWARDEN:-} ]]; then
  (cd "$root" && cargo build --quiet)
  QWARDEN=$root/target/debug/qwarden
fi
QWARDEN=$(realpath "$QWARDEN")
export QWARDEN
libraries=$cache/$(sha256sum <"$here/requirements.txt" | cut -c1-16)
if [[ ! -e $libraries/complete ]]; then
  rm -rf "$libraries" && mkdir -p "$libraries"
  python3 -m venv "$libraries/venv"
  "$libraries/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  touch "$libraries/complete"
fi
exec "$libraries/venv/bin/python" "$here/check.py"
