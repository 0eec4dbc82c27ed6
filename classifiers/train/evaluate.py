"""Scores the exported models on the development sets and writes SCORES.md and the manifests' scores.

What is measured is what the product computes: int8 ONNX, windows, blend, calibration, thresholds of the manifest.
"""
import argparse
import glob
import json
import os
import random

import numpy as np
import yaml

import data
import serve
from encoder import average_precision

LIMIT = int(os.environ.get("EVAL_ROWS", 1600))     # rows of a set, by a fixed draw


def auroc(y, s):
    order = np.argsort(s, kind="stable")
    _, inverse, counts = np.unique(s, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    rank = ((upper - counts + 1) + upper)[inverse] / 2
    p, n = y.sum(), (1 - y).sum()
    del order
    return float((rank[y > 0].sum() - p * (p + 1) / 2) / (p * n)) if p and n else float("nan")


def recall_at(y, s, rate=0.01):
    """Recall at the threshold that lets at most `rate` of the negatives through."""
    n = np.sort(s[y == 0])[::-1]
    if not len(n) or not y.any():
        return float("nan")
    t = n[min(len(n) - 1, int(rate * len(n)))]
    return float((s[y == 1] > t).mean())


def f1(y, hit):
    tp = float((hit & (y == 1)).sum())
    return 2 * tp / max(1.0, hit.sum() + y.sum())


# Floor: hashed n-grams and logistic regression, untuned, as measured before; the set, label and number that it was given for.
FLOOR = [("notinject", "prompt_injection", "fpr", 0.07), ("deepset_test", "prompt_injection", "f1", 0.82), ("edos_dev_test", "hate", "f1", 0.45),
         ("psyguard_test", "self_harm", "auprc", 0.89), ("gptfuzz_evaluate", "refusal", "f1", 0.95), ("multijail", "harmful", "recall", 0.38)]


def load_dev(folder, limit=LIMIT):
    """{set: rows}, with unknown labels masked: y, and known (weight 1 where the set states the label)."""
    out = {}
    for path in sorted(glob.glob(os.path.join(folder, "dev", "*.jsonl*"))):
        rows = list(data.read_file(path))
        name = data.name_of(path)
        if len(rows) > limit:
            rows = random.Random(5).sample(rows, limit)
        for r in rows:
            r["file"] = name
            labels = dict(r["labels"])
            if "pii" in labels and r.get("orig") != "pii_present":
                labels["privacy"] = labels["pii"]
            if labels.get("harmful") == 0:
                labels.update({c: labels.get(c, 0) for c in data.CONTENT})
            r["known"] = labels
            r["lang3"] = data.language(r["text"], r.get("lang", ""))
        out[name] = rows
    return out


def table(rows, scores, thresholds):
    """{label: numbers} for the labels that the rows state; scores [n, labels], thresholds [n, labels]."""
    out = {}
    for label, i in data.INDEX.items():
        at = [k for k, r in enumerate(rows) if label in r["known"]]
        y = np.array([rows[k]["known"][label] for k in at])
        if len(at) < 20:
            continue
        s, hit = scores[at, i], scores[at, i] >= thresholds[at, i]
        numbers = {"rows": len(at), "positives": int(y.sum())}
        if y.any() and not y.all():
            numbers |= {"auprc": average_precision(y, s), "auroc": auroc(y, s), "recall_at_1fpr": recall_at(y, s), "f1": f1(y, hit)}
        if y.any():
            numbers["recall"] = float(hit[y == 1].mean())
        if not y.all():
            numbers["fpr"] = float(hit[y == 0].mean())
        if y.any() or label in ("harmful", "jailbreak", "prompt_injection", "refusal"):
            out[label] = {k: round(float(v), 3) if isinstance(v, float) else v for k, v in numbers.items()}
    return out


def thresholds_of(manifest, langs):
    return np.array([[e.get("thresholds", {}).get(l, 0.5) for e in manifest["labels"]] for l in langs])


def final(fast_l, enc_l, langs, fast_m, enc_m):
    """-> scores of both tiers as the product prints them."""
    blend = (enc_m.get("blend") or {}).get("weights", {})
    return serve.calibrated(fast_l, langs, fast_m), serve.calibrated(serve.blended(enc_l, fast_l, blend), langs, enc_m)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("models"), a.add_argument("rows"), a.add_argument("data"), a.add_argument("cache")
    a.add_argument("--scores", help="SCORES.md to write")
    a = a.parse_args()
    import calibrate
    import route
    fast_m, enc_m = (yaml.safe_load(open(f"{a.models}/{t}/classifier.yaml")) for t in ("fast", "encoder"))
    sets = load_dev(a.data)
    held = [r for r in calibrate.heldout(a.rows)]
    for r in held:
        r["known"] = {l: int(r["y"][i]) for l, i in data.INDEX.items() if r["w"][i] >= 0.25}
        r["lang3"] = r["lang"]
    every = [r for rows in sets.values() for r in rows]
    fast_d, enc_d = calibrate.logits(a.models, every, f"{a.cache}/dev")
    fast_h, enc_h = calibrate.logits(a.models, held, f"{a.cache}/held")
    groups, at = {}, 0
    for name, rows in sets.items():
        groups[name] = (rows, fast_d[at:at + len(rows)], enc_d[at:at + len(rows)])
        at += len(rows)
    own = {"en": [], "zh": []}
    for k, r in enumerate(held):
        if r["own"] and r["lang"] in own:
            own[r["lang"]].append(k)
    for lang, index in own.items():
        groups[f"own wording held out, {lang}"] = ([held[k] for k in index], fast_h[index], enc_h[index])
    hard = [k for k, r in enumerate(held) if r["own"] and r["y"][data.HARMFUL] == 0 and r["w"][data.HARMFUL] > 0.25]
    groups["own hard harmless held out"] = ([held[k] for k in hard], fast_h[hard], enc_h[hard])
    benign = [k for k, r in enumerate(held) if r["file"].startswith("benign")]
    groups["benign held out"] = ([held[k] for k in benign], fast_h[benign], enc_h[benign])
    # ranking across sets: malicious requests against harmless prompts with alarming words or forms
    mixed = [k for k, r in enumerate(every) if r["file"] in ("strongreject", "harmbench", "notinject", "piguard_wildguard_benign")
             or (r["file"] == "multijail" and r["lang3"] != "other")]
    for k in mixed:
        every[k]["known"] = {"harmful": 0} | every[k]["known"]
    groups["requests against hard harmless"] = ([{**every[k], "known": {"harmful": every[k]["known"]["harmful"]}} for k in mixed],
                                                fast_d[mixed], enc_d[mixed])
    md = ["# Scores", "", "Written by `evaluate.py` from the exported models (int8, windows, blend, calibration, thresholds of the manifests).",
          "Development sets are never trained on; the route, and the thresholds of jailbreak and injection (on notinject), are fitted with their help. Own wording and benign texts are held-out",
          "parts of training sources, so in-distribution: read them as smoke tests.", f"Sets over {LIMIT:,} rows are a fixed draw of them. `requests against hard harmless`: strongreject, harmbench and multijail (en, zh)",
          "against notinject and piguard, whose texts are presumed harmless: ranking across sets.", ""]
    results = {"fast": {}, "encoder": {}}
    for name, (rows, fl, el) in groups.items():
        langs = [r["lang3"] for r in rows]
        fs, es = final(fl, el, langs, fast_m, enc_m)
        tf, te = table(rows, fs, thresholds_of(fast_m, langs)), table(rows, es, thresholds_of(enc_m, langs))
        results["fast"][name], results["encoder"][name] = tf, te
        md += [f"## {name}", "", "| label | tier | rows | positives | AUPRC | AUROC | recall at 1 % FPR | F1 | recall | FPR |", "|---|---|---|---|---|---|---|---|---|---|"]
        for label in te:
            for tier, t in (("fast", tf), ("encoder", te)):
                n = t[label]
                md.append(f"| {label} | {tier} | {n['rows']} | {n['positives']} | " + " | ".join(
                    f"{n[k]:.3f}" if k in n else "" for k in ("auprc", "auroc", "recall_at_1fpr", "f1", "recall", "fpr")) + " |")
        md.append("")
    md += ["## beside the measured floor", "", "| set | label | number | floor | fast | encoder |", "|---|---|---|---|---|---|"]
    for name, label, key, value in FLOOR:
        fast_n, enc_n = (results[t].get(name, {}).get(label, {}).get(key, float("nan")) for t in ("fast", "encoder"))
        md.append(f"| {name} | {label} | {key} | {value:.2f} | {fast_n:.3f} | {enc_n:.3f} |")
    md.append("")
    for lang in ("en", "zh"):
        index = [k for k, r in enumerate(held) if r["lang"] == lang]
        fs, es = final(fast_h[index], enc_h[index], [lang] * len(index), fast_m, enc_m)
        t = table([held[k] for k in index], es, thresholds_of(enc_m, [lang] * len(index)))
        md += [f"## all held-out training rows, {lang} (encoder)", "", "| label | rows | positives | AUPRC | recall at 1 % FPR | F1 | recall | FPR |", "|---|---|---|---|---|---|---|---|"]
        md += [f"| {l} | {n['rows']} | {n['positives']} | " + " | ".join(f"{n[k]:.3f}" if k in n else "" for k in ("auprc", "recall_at_1fpr", "f1", "recall", "fpr")) + " |" for l, n in t.items()] + [""]
    md += route.route_report(fast_m, enc_m, every, fast_d, enc_d, held, fast_h, enc_h)
    for tier in ("fast", "encoder"):
        keep = {s: {l: {k: v for k, v in n.items() if k in ("auprc", "auroc", "recall_at_1fpr", "f1", "fpr", "rows")} for l, n in t.items()}
                for s, t in results[tier].items() if t}
        calibrate.write_scores(f"{a.models}/{tier}/classifier.yaml", keep)
    text = "\n".join(md) + "\n"
    if a.scores:
        open(a.scores, "w", encoding="utf8").write(text)
    for name in results["encoder"]:
        print(f"{name:32s}", {l: {k: n.get(k) for k in ("auprc", "recall_at_1fpr", "f1", "fpr") if k in n} for l, n in results["encoder"][name].items()})
    json.dump(results, open(f"{a.cache}/results.json", "w"), indent=1)


if __name__ == "__main__":
    main()
