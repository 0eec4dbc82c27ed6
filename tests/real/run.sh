#!/usr/bin/env bash
# A walk through a real backend: llama.cpp's server with a real Qwen, the gateway in front of it, the OpenAI SDK in front
# of that. Writes what happened to docs/real-qwen.md, and fails when an outcome is not the expected one.
#
# usage: tests/real/run.sh
#   MODEL=file     a GGUF file; without it, get_qwen.sh fetches one (491 MB) into the cache
#   VENV=folder    a Python environment with requirements.txt in it; without it, one is made in the cache
#   QWARDEN=path   a built gateway; without it, `cargo build --release` makes one
#   OUT=file       where the transcript goes instead of docs/real-qwen.md
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/qwarden/real
out=$(realpath -m "${OUT:-$root/docs/real-qwen.md}")

if [[ -z ${QWARDEN:-} ]]; then
  (cd "$root" && cargo build --release --quiet)
  QWARDEN=$root/target/release/qwarden
fi
QWARDEN=$(realpath "$QWARDEN")
mkdir -p "$cache"
if [[ -z ${VENV:-} ]]; then
  VENV=$cache/venv
  [[ -x $VENV/bin/python ]] || python3 -m venv "$VENV"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
fi
if [[ -z ${MODEL:-} ]]; then
  MODEL=$cache/qwen.gguf
  [[ -e $MODEL ]] || "$here/get_qwen.sh" "$MODEL"
fi
MODEL=$(realpath "$MODEL")

work=$(mktemp -d)
started=()
finish() {
  status=$?
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  if ((status != 0)); then tail -n 20 "$work"/*.log >&2 || true; fi
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT

# Waits until a URL answers with success; a model takes its time to load.
await() {
  for _ in $(seq 600); do
    curl -fs -o /dev/null --max-time 2 "$1" && return
    sleep 0.2
  done
  echo "$1 does not answer" >&2
  return 1
}

read -r model public admin < <(python3 - <<'PORTS'
import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))
PORTS
)
export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost

"$VENV/bin/python" "$here/model_server.py" "$MODEL" "$model" >"$work/model.log" 2>&1 &
started+=($!)
await "http://127.0.0.1:$model/health"
(cd "$work" && exec "$QWARDEN" serve --listen "127.0.0.1:$public" --admin "127.0.0.1:$admin" \
  --upstream "http://127.0.0.1:$model" --policies "$here/policies" --audit-dir "$work/audit") >"$work/gateway.log" 2>&1 &
started+=($!)
await "http://127.0.0.1:$admin/readyz"

talked=0
"$VENV/bin/python" "$here/talk.py" "http://127.0.0.1:$public" "http://127.0.0.1:$model" >"$work/talk.md" || talked=$?
"$QWARDEN" audit tail --audit-dir "$work/audit" >"$work/tail.txt" </dev/null
# The model is named by its checksum, which get_qwen.sh checks too.
name=$(basename "$MODEL")
if grep -q "$(sha256sum "$MODEL" | cut -c1-64)" "$here/get_qwen.sh"; then
  name="Qwen2.5-Coder-0.5B-Instruct (Q4_K_M)"
fi
{
  cat <<HEAD
# A real Qwen behind Qwarden

Written by \`tests/real/run.sh\` (with a model of your own: \`MODEL=file.gguf tests/real/run.sh\`).

- Backend: llama.cpp's server with $name, on one CPU thread.
- Client: the OpenAI SDK for Python. Every reply is streamed; a \`│\` stands between two chunks as they arrived.
- Policies: the two below. They are made up, so that a small model can be brought to break them without harm.

\`\`\`yaml
$(sed -n '/^policy:/p; /^scope:/,/^replies:/{/^replies:/d; p}' "$here/policies/prompts.yaml")
---
$(sed -n '/^policy:/p; /^scope:/,/^replies:/{/^replies:/d; p}' "$here/policies/replies.yaml")
\`\`\`

HEAD
  cat "$work/talk.md"
  cat <<'AUDIT'
## What the audit log says

One line an exchange: number, time, action, HTTP status, how it ended, how long it took, API, model, the rule, and what
it matched between `⟦` and `⟧`. (`capture: none` leaves the text out.)

AUDIT
  printf '```text\n$ qwarden audit tail\n'
  cat "$work/tail.txt"
  printf '```\n'
} >"$work/transcript.md"
if ((talked != 0)); then
  cat "$work/transcript.md"
  exit "$talked"
fi
mkdir -p "$(dirname "$out")"
cp "$work/transcript.md" "$out"
echo "as expected; the transcript is in ${out#"$root"/}"
