"""onnxruntime on the models and inputs that benches/classifier.rs timed, one thread, and both in one table.

    python bench/onnxruntime_times.py BENCH_OUT CRITERION

BENCH_OUT has classifier-inputs.json, CRITERION is the folder of criterion's results. Needs onnxruntime and numpy. Called
by bench/classifiers.sh. Only the graph is timed here; tract's times have tokenizing and calibration in them.
"""

import json
import pathlib
import statistics
import sys
import time

import numpy as np
import onnxruntime

out, criterion = map(pathlib.Path, sys.argv[1:3])
written = json.loads((out / "classifier-inputs.json").read_text())


def feed(session, ids):
    """One text: its ids, ones for a mask, zeros for token types; 0, 1, … for positions, one segment from 0; in the shapes of the graph."""
    tensors = {}
    for value in session.get_inputs():
        row = np.array(ids, dtype=np.int64 if value.type == "tensor(int64)" else np.int32)
        if "mask" in value.name:
            row = np.ones_like(row)
        elif "type" in value.name or "segment" in value.name:
            row = np.zeros_like(row)
        elif "position" in value.name:
            row = np.arange(len(row), dtype=row.dtype)
        elif "start" in value.name:
            row = row[:1] * 0
        tensors[value.name] = row if len(value.shape) == 1 else row[None, :]
    return tensors


def median_of(run, seconds=3.0):
    times, end = [], time.perf_counter() + seconds
    for _ in range(3):
        run()
    while len(times) < 11 or (time.perf_counter() < end and len(times) < 2000):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def tract_median(group, case):
    file = criterion / group / case.replace(" ", "_") / "new" / "estimates.json"
    if not file.exists():
        file = criterion / group / case / "new" / "estimates.json"
    return json.loads(file.read_text())["median"]["point_estimate"] / 1e9


def shown(seconds):
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
sessions = {}
print(f"models: {written['folder']}, onnxruntime {onnxruntime.__version__}")
print("| model | size | windows | Qwarden (tract) | onnxruntime | ratio |")
print("| --- | --- | --- | --- | --- | --- |")
for case in written["cases"]:
    if case["tier"] == "cascade":
        continue
    model = case["model"]
    if model not in sessions:
        # Folders need not be called after their models.
        for manifest in pathlib.Path(written["folder"]).glob("*/classifier.yaml"):
            if f"classifier: {model}\n" in manifest.read_text():
                path = str(manifest.parent / "model.onnx")
                sessions[model] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    session = sessions[model]
    inputs = [feed(session, ids) for ids in case["windows"]]
    theirs = median_of(lambda: [session.run(None, tensors) for tensors in inputs])
    ours = tract_median(case["tier"], case["case"])
    unit = "characters" if case["tier"] == "fast" else "tokens"
    print(f"| {model} | {case['case']} {unit} | {len(inputs)} | {shown(ours)} | {shown(theirs)} | {ours / theirs:.2f} |")
for case in written["cases"]:
    if case["tier"] == "cascade":
        print(f"\ncascade on {case['prompts']} harmless prompts: median {shown(case['median_us'] / 1e6)}, 90 % under "
              f"{shown(case['ninth_us'] / 1e6)}; the fast tier alone answers {case['fast_alone']}; {case['labels_that_hold']} labels hold")
print("\n| at once | encoder, texts a second | cascade, texts a second |")
print("| --- | --- | --- |")
for count in [1, 8, 64]:
    rates = [count / tract_median("throughput", f"{name}/{count}") for name in ("encoder", "cascade")]
    print(f"| {count} | {rates[0]:.0f} | {rates[1]:.0f} |")
