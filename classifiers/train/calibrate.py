"""Fits blend, calibration, thresholds and the route on held-out training rows, on the int8 models, and writes the manifests.

Held-out rows are weighed so that the sources have the shares of a training epoch (otherwise one large set would decide).
- blend: for each label the share of the fast tier's logit, 0 to 0.5, with the best mean of weighted AUPRC over even and odd rows;
  0 unless it gains 0.003.
- calibration: score = sigmoid(a logit + b), by logistic regression for each label and language; a language with fewer than
  20 positives or 40 negatives takes the fit over all languages.
- thresholds: the greatest of the best F1, the score with 1 % false positives on held-out benign texts of the language, and
  the score with 5 % on our own held-out hard harmless ones; jailbreak and injection also that with 4.5 % on the
  development set of trigger words (so its rate is fitted, not measured); refusal: the middle of the scores whose F1 is within .01 of the best,
  since its F1 is flat and the very best score moves from .3 to .6 by chance.
- route: see route.py.
"""
import argparse
import datetime
import json
import os

import numpy as np
import yaml

import data
import ngrams
import route
import serve
from encoder import PREFIX

PLATEAU = {"refusal": 0.01}
MAX_HELD = {"coldataset_train_dev": 600, "davidson": 250, "told_br": 150, "korean_more": 120, "korean_hate": 120, "cysecbench": 100,
            "prism_slabs": 250, "edos_train": 300, "vicomtech": 300, "benign_zh": 450, "benign_en": 374, "mlma": 150}


def heldout(path):
    """Held-out rows, large sources cut to a fixed number."""
    count, out = {}, []
    for r in data.read_rows(path):
        if r["split"] == "heldout":
            count[r["file"]] = count.get(r["file"], 0) + 1
            if count[r["file"]] <= MAX_HELD.get(r["file"], 250):
                out.append(r)
    return out


def logits(models, rows, cache):
    """Both tiers' logits, kept in a file beside the hash of the model."""
    import export
    out = []
    for tier, f in (("fast", serve.fast_logits), ("encoder", serve.encoder_logits)):
        path = f"{cache}.{tier}.npz"
        key = export.sha256(f"{models}/{tier}/model.onnx") + str(len(rows)) + str(sum(len(r["text"]) for r in rows))
        if os.path.exists(path):
            z = np.load(path)
            if str(z["key"]) == key:
                out.append(z["x"])
                continue
        x = f(f"{models}/{tier}", rows)
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        np.savez(path, x=x, key=key)
        out.append(x)
    return out


def row_weights(rows):
    n = {}
    for r in rows:
        n[r["file"]] = n.get(r["file"], 0) + 1
    w = []
    for r in rows:
        planned = data.PLAN.get(r["file"], (None,))[0]
        w.append((planned / 40 / n[r["file"]]) if planned else 1.0)
    return np.clip(np.array(w), 0.2, 3.0)


def weighted_ap(y, s, w):
    order = np.argsort(-s, kind="stable")
    y, w = y[order], w[order]
    tp, all_ = np.cumsum(w * y), np.cumsum(w)
    return float((tp / all_ * w * y).sum() / max(1e-9, (w * y).sum()))


def platt(x, y, w):
    """Weighted logistic regression of y on one logit, slightly held to a = 1, b = 0; Newton steps that must lower the loss."""
    def loss(t):
        z = t[0] * x + t[1]
        return (w * (np.logaddexp(0, z) - y * z)).sum() + (t[0] - 1) ** 2 + 0.02 * t[1] ** 2
    t = np.array([1.0, 0.0])
    for _ in range(40):
        p = serve.sigmoid(t[0] * x + t[1])
        g = np.array([(w * (p - y) * x).sum() + 2 * (t[0] - 1), (w * (p - y)).sum() + 0.04 * t[1]])
        v = w * p * (1 - p)
        h = np.array([[(v * x * x).sum() + 2, (v * x).sum()], [(v * x).sum(), v.sum() + 0.04]])
        step, size = np.linalg.solve(h, g), 1.0
        while size > 1e-3 and loss(t - size * step) > loss(t):
            size /= 2
        t = t - size * step
        if abs(size * step).max() < 1e-6:
            break
    return (max(0.2, float(t[0])), float(t[1]))


def best_f1(y, s, w, within=0.0):
    """The score with the best F1; with `within`, the middle of the scores whose F1 is that near to it."""
    order = np.argsort(-s)
    y, s, w = y[order], s[order], w[order]
    tp, hits = np.cumsum(w * y), np.cumsum(w)
    f = 2 * tp / (hits + (w * y).sum())
    if within:
        good = s[f >= f.max() - within]
        return float((good.min() + good.max()) / 2)
    k = int(np.argmax(f))
    return float((s[k] + s[min(k + 1, len(s) - 1)]) / 2)


def fit(z, rows, w_rows, trigger, trigger_langs):
    """-> [{label, calibration, thresholds}] from logits z; `trigger`: logits of the development prompts with trigger words."""
    langs = np.array([r["lang"] for r in rows])
    Y, W = np.array([r["y"] for r in rows]), np.array([r["w"] for r in rows])
    harmless = (Y[:, data.HARMFUL] == 0) & (W[:, data.HARMFUL] > 0.25)
    benign = np.array([r["file"].startswith("benign") for r in rows]) & harmless
    hard = np.array([r["own"] for r in rows]) & harmless
    out = []
    for label, i in data.INDEX.items():
        known = W[:, i] > 0
        w = W[:, i] * w_rows
        every = platt(z[known, i], Y[known, i], w[known])
        entry = {"label": label, "calibration": {}, "thresholds": {}}
        for lang in ("en", "zh", "other"):
            m = known & (langs == lang)
            few = (Y[m, i] == 1).sum() < 20 or (Y[m, i] == 0).sum() < 40
            a, b = every if few else platt(z[m, i], Y[m, i], w[m])
            score = serve.sigmoid(a * z[:, i] + b)
            pick = known & (W[:, i] >= 0.25) if few else m & (W[:, i] >= 0.25)
            t = best_f1(Y[pick, i], score[pick], w[pick], PLATEAU.get(label, 0)) if Y[pick, i].any() else 0.5
            for texts, rate in ((benign, 0.01), (hard, 0.05)):
                clean = texts & (langs == lang) & (W[:, i] > 0) & (Y[:, i] == 0)
                if label != "refusal" and clean.sum() > 50:
                    t = max(t, float(np.quantile(score[clean], 1 - rate)) + 1e-4)
            words = trigger[trigger_langs == lang, i]
            if label in ("jailbreak", "prompt_injection") and len(words) >= 20:
                t = max(t, float(np.quantile(serve.sigmoid(a * words + b), 0.955)) + 1e-4)
            entry["calibration"][lang] = {"a": round(a, 4), "b": round(b, 4)}
            entry["thresholds"][lang] = round(float(np.clip(t, 0.05, 0.98)), 4)
        out.append(entry)
    return out


def blend_weights(own, other, rows, w_rows):
    Y, W = np.array([r["y"] for r in rows]), np.array([r["w"] for r in rows])
    out = {}
    for label, i in data.INDEX.items():
        m = W[:, i] >= 0.25
        y, w = Y[m, i], (W[:, i] * w_rows)[m]
        if y.sum() < 40:
            continue
        half = np.arange(m.sum()) % 2
        score = {}
        for share in (0, 0.1, 0.2, 0.3, 0.4, 0.5):
            s = (1 - share) * own[m, i] + share * other[m, i]
            score[share] = np.mean([weighted_ap(y[half == h], s[half == h], w[half == h]) for h in (0, 1)])
        best = max(score, key=score.get)
        print(f"blend {label:18s} " + " ".join(f"{k}:{v:.4f}" for k, v in score.items()))
        if best and score[best] > score[0] + 0.003:
            out[label] = best
    return out


def dump(manifest, path):
    text = yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
    open(path, "w", encoding="utf8").write(text)


def write_scores(path, scores):
    m = yaml.safe_load(open(path, encoding="utf8"))
    m["scores"] = scores
    dump(m, path)


DATA_NOTE = ("About 292,000 texts of public labelled sets (Apache-2.0, MIT, CC0, CC-BY, CC-BY-SA, ODC-BY; English, Chinese, 40 other languages) and about 44,000 "
             "of own wording; see docs/classifiers.md. No set with research-only terms.")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("models"), a.add_argument("rows"), a.add_argument("data"), a.add_argument("cache")
    a.add_argument("--date", default=datetime.date.today().isoformat())
    a = a.parse_args()
    import evaluate
    import export
    held = heldout(a.rows)
    w_rows = row_weights(held)
    fast_h, enc_h = logits(a.models, held, f"{a.cache}/held")
    weights = blend_weights(enc_h, fast_h, held, w_rows)
    dev = [r for rows in evaluate.load_dev(a.data).values() for r in rows]
    fast_d, enc_d = logits(a.models, dev, f"{a.cache}/dev")
    trigger = [k for k, r in enumerate(dev) if r["file"] == "notinject"]
    trigger_langs = np.array([dev[k]["lang3"] for k in trigger])
    blend_d = serve.blended(enc_d, fast_d, weights)
    labels = {"fast": fit(fast_h, held, w_rows, fast_d[trigger], trigger_langs),
              "encoder": fit(serve.blended(enc_h, fast_h, weights), held, w_rows, blend_d[trigger], trigger_langs)}
    manifests = {
        "fast": {"classifier": "fast", "title": "Hashed n-gram router", "tier": "fast",
                 "model": {"file": "model.onnx", "sha256": export.sha256(f"{a.models}/fast/model.onnx")},
                 "input": {"form": "ngrams", "buckets": ngrams.BUCKETS, "max_features": ngrams.LIMIT, "window_chars": ngrams.WINDOW_CHARS,
                           "stride_chars": ngrams.STRIDE_CHARS, "tensors": {"ids": "features"}}},
        "encoder": {"classifier": "encoder", "title": "Multilingual content classifier", "tier": "encoder",
                    "model": {"file": "model.onnx", "sha256": export.sha256(f"{a.models}/encoder/model.onnx")},
                    "tokenizer": {"file": "tokenizer.json", "sha256": export.sha256(f"{a.models}/encoder/tokenizer.json")},
                    "input": {"form": "tokens", "prefix": {"input": PREFIX["prompt"], "output": PREFIX["response"]}, "max_tokens": 256,
                              "window": serve.WINDOW, "stride": serve.STRIDE, "tensors": {"ids": "input_ids", **{name: name for name in export.PACK[1:]}}}},
    }
    for tier, m in manifests.items():
        m |= {"output": {"tensor": "logits", "activation": "sigmoid"}, "labels": labels[tier]}
    if weights:
        manifests["encoder"]["blend"] = {"with": "fast", "weights": weights}
    manifests["fast"]["route"] = route.route(route.route_sets(manifests["fast"], manifests["encoder"], dev, fast_d, enc_d, held, fast_h, enc_h))
    for tier, m in manifests.items():
        m |= {"licence": "Apache-2.0", "date": a.date, "data": DATA_NOTE}
        dump(m, f"{a.models}/{tier}/classifier.yaml")
    print(json.dumps(manifests["fast"]["route"]))
    print(json.dumps(weights))


if __name__ == "__main__":
    main()
