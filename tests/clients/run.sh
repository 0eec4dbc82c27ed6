#!/usr/bin/env bash
# Real clients through a real gateway: openai (Python and JavaScript), ollama, Pydantic AI and curl, with the stand-in
# as backend. Needs python3 (with venv), node, npm and curl; the libraries are kept in a cache between runs.
#
# usage: tests/clients/run.sh [pytest arguments]
#   QWARDEN=path   a built gateway; without it, `cargo build` makes one
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/qwarden/clients

if [[ -z ${QWARDEN:-} ]]; then
  (cd "$root" && cargo build --quiet)
  QWARDEN=$root/target/debug/qwarden
fi
QWARDEN=$(realpath "$QWARDEN")
export QWARDEN

# The libraries, once per version of what is asked for.
key=$(cat "$here/requirements.txt" "$here/node/package-lock.json" | sha256sum | cut -c1-16)
libraries=$cache/$key
if [[ ! -e $libraries/complete ]]; then
  rm -rf "$libraries" && mkdir -p "$libraries"
  python3 -m venv "$libraries/venv"
  "$libraries/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  cp "$here/node/package.json" "$here/node/package-lock.json" "$libraries/"
  (cd "$libraries" && npm ci --silent --no-audit --no-fund)
  touch "$libraries/complete"
fi

work=$(mktemp -d)
started=()
finish() {
  status=$?
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then
    echo "--- the gateway's last words" >&2
    tail -n 30 "$work/gateway.log" >&2 || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

# Waits until a URL answers with success.
await() {
  for _ in $(seq 100); do
    curl -fs -o /dev/null --max-time 2 "$1" && return
    sleep 0.1
  done
  echo "$1 does not answer" >&2
  return 1
}

read -r backend public admin < <(python3 - <<'PORTS'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PORTS
)
export STANDIN_URL=http://127.0.0.1:$backend GATEWAY_URL=http://127.0.0.1:$public AUDIT_DIR=$work/audit
# Clients on loopback must not be sent through a proxy of the environment.
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

cd "$work"
"$QWARDEN" standin --listen "127.0.0.1:$backend" >standin.log 2>&1 &
started+=($!)
await "$STANDIN_URL/standin"
"$QWARDEN" policy test "$here/policies"
"$QWARDEN" serve --listen "127.0.0.1:$public" --admin "127.0.0.1:$admin" --upstream "$STANDIN_URL" \
  --policies "$here/policies" --audit-dir "$AUDIT_DIR" >gateway.log 2>&1 &
started+=($!)
await "http://127.0.0.1:$admin/readyz"

result=0
"$libraries/venv/bin/python" -m pytest -q -p no:cacheprovider "$here/python" "$@" || result=1
# Modules are looked for beside the test, so it runs beside its libraries.
cp "$here/node/openai.test.mjs" "$libraries/"
node --test --test-reporter=spec "$libraries/openai.test.mjs" || result=1
exit "$result"
