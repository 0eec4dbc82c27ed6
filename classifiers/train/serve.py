"""Scores texts as the product does: windows, the exported int8 models, blend, calibration, the greatest score of a label."""
import numpy as np

import data
import encoder
import export
import fast
import ngrams

WINDOW, STRIDE = 192, 144
MAX_WINDOWS = 5     # of a text, here only: the product scores all


def encoder_logits(folder, rows, progress=0):
    """[n, labels]: the greatest logit over the first MAX_WINDOWS windows of each text."""
    session = export.session(f"{folder}/model.onnx")
    texts = encoder.Texts(f"{folder}/tokenizer.json")
    out = np.empty((len(rows), len(data.LABELS)), np.float32)
    for at in range(0, len(rows), 1000):
        for i, ids in enumerate(texts.ids([r["text"][:6000] for r in rows[at:at + 1000]]), at):
            role = rows[i].get("role", "prompt")
            w = ngrams.windows(ids, WINDOW, STRIDE)[:MAX_WINDOWS]
            out[i] = np.max([session.run(None, export.pack([texts.wrap(x, role)]))[0][0] for x in w], 0)
        if progress:
            print(f"  {min(at + 1000, len(rows))} of {len(rows)}", flush=True)
    return out


def fast_logits(folder, rows):
    """[n, labels] of the fast tier, the greatest over windows of characters."""
    session = export.session(f"{folder}/model.onnx")
    out = np.empty((len(rows), len(data.LABELS)), np.float32)
    for at in range(0, len(rows), 5000):
        part = [(i, w) for i, r in enumerate(rows[at:at + 5000], at) for w in ngrams.windows(r["text"][:12000])]
        items = ngrams.many([w for _, w in part], [fast.phase(rows[i].get("role", "prompt")) for i, _ in part])
        out[at:at + 5000] = -np.inf
        for (i, _), ids in zip(part, items):
            out[i] = np.maximum(out[i], session.run(None, {"features": ids.astype(np.int64)})[0][0])
    return out


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -40, 40)))


def blended(own, other, weights):
    w = np.array([weights.get(l, 0.0) for l in data.LABELS], np.float32)
    return (1 - w) * own + w * other


def calibrated(logits, langs, manifest):
    """Scores by the manifest's a and b for each row's language."""
    out = np.empty_like(logits)
    langs = np.array(langs)
    for i, entry in enumerate(manifest["labels"]):
        for lang in ("en", "zh", "other"):
            c = entry.get("calibration", {}).get(lang, {"a": 1.0, "b": 0.0})
            rows = langs == lang
            out[rows, i] = sigmoid(c["a"] * logits[rows, i] + c["b"])
    return out
