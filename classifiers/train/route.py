"""When the fast tier's word is final, fitted on held-out and development rows, and what that loses.

- `clear_below` = for each language, as the product tells it, the greatest fast score that loses at most 1 % of what the encoder finds there
  (or one text of 30 or more), that is of the positives that it scores over its threshold (or over FOUND_AT where that is less, since rules
  may ask for less), on both pooled. A language with fewer than 20 finds of a label goes by those of all languages and loses none of its own;
  a label with fewer than 30 keeps a distance of one logit; with fewer than 8, all that has the label counts, and without 8 of those it
  has no route. A text must be clear of `harmful` first (WITH): finds that are not are not lost, and the label's own threshold can be the
  higher, up to MOST.
- `certain_above` = the least score over which at least 99.5 % are positives on each of the two, with 200 rows or more; 1 (never) otherwise.
"""
import numpy as np

import data
import serve

LOST = 0.01         # of the finds in a language
FOUND_AT = 0.6      # the product's ROUTED_FROM
LEAST = 8           # finds of a label with a route
MOST = 0.25         # no text is clear of what the fast tier gives more than this
# One reading by the encoder answers for all labels: a text in which any of these is in doubt is asked about.
WITH = {label: ["harmful"] for label in data.CONTENT} | {"jailbreak": ["harmful"], "prompt_injection": ["harmful", "jailbreak"]}


def known_dev(rows):
    Y, W = np.zeros((len(rows), len(data.LABELS))), np.zeros((len(rows), len(data.LABELS)))
    for k, r in enumerate(rows):
        for l, v in r["known"].items():
            if l in data.INDEX:
                Y[k, data.INDEX[l]], W[k, data.INDEX[l]] = v, 1
    return Y, W


def route_scores(logits, rows, manifest):
    """The fast tier's scores as the product routes by them. Which Latin text it takes for English the row's tag does not tell,
    so where the route is that of other languages the lower of both scores counts."""
    langs = np.array([r["route"] for r in rows])
    own = serve.calibrated(logits, langs, manifest)
    as_english = serve.calibrated(logits, ["en"] * len(rows), manifest)
    latin = (langs == "other") & np.array([data.language(r["text"][:1200]) == "en" for r in rows])
    return np.where(latin[:, None], np.minimum(own, as_english), own)


def finds(s, i):
    """Which rows of a set are what the encoder finds of a label."""
    return (s["w"][:, i] >= 0.25) & (s["y"][:, i] == 1) & (s["enc"] >= np.minimum(s["thresholds"], FOUND_AT))[:, i]


def routed(rows, y, w, fast_s, enc_s, thresholds):
    """What the route is fitted on: {y, w, fast, enc, thresholds: [n, labels], lang: [n]}"""
    return {"y": y, "w": w, "fast": fast_s, "enc": enc_s, "thresholds": thresholds, "lang": np.array([r["route"] for r in rows])}


def pooled(*sets):
    return {k: np.concatenate([s[k] for s in sets]) for k in sets[0]}


def lower(score, logits=0.0):
    """A little (so many logits) below a score, in four digits."""
    odds = score / max(1e-9, 1 - score) * np.exp(-logits)
    return float(f"{0.998 * odds / (1 + odds):.4g}")


def clear_below(s, i, clear, found):
    """{language: score} of a label; `clear`: [n], whether a row is clear of the labels that go with it; `found`: [n]. Finds that are
    not clear of those are kept by them and cost this label nothing."""
    n, every, out = found.sum(), np.sort(s["fast"][found & clear, i]), {}
    counts = {lang: int((found & (s["lang"] == lang)).sum()) for lang in ("en", "zh", "other")}
    may = {lang: max(int(LOST * c), int(c >= 30)) for lang, c in counts.items()}     # one text where a hundredth is less
    for lang, count in counts.items():
        own = np.sort(s["fast"][found & clear & (s["lang"] == lang), i])
        if count < 20 and len(every) > int(LOST * n):
            # Too few to judge by: as those of all languages are, losing none of its own, and far below where all are few, too.
            least = min([every[int(LOST * n)], *own[:1]])
            out[lang] = lower(least, 0 if n >= 30 else 1)
        elif len(own) > may[lang]:
            out[lang] = lower(own[may[lang]])
        else:       # all that count are kept by other labels
            out[lang] = MOST
        out[lang] = min(out[lang], MOST)
    return out


def below(s, i, thresholds):
    return s["fast"][:, i] < np.array([thresholds[lang] for lang in s["lang"]])


def clear_routes(s):
    """{label: {language: score}}, each label after those that go with it"""
    out, clear = {}, {}
    for label in sorted(data.LABELS, key=lambda l: len(WITH.get(l, [])) if l not in data.CONTENT else 9):
        i = data.INDEX[label]
        found = finds(s, i)
        if found.sum() < LEAST:     # whatever has the label counts, also where the encoder misses it
            found = (s["w"][:, i] >= 0.25) & (s["y"][:, i] == 1)
        if found.sum() < LEAST:
            continue
        with_ = WITH.get(label, [])
        out[label] = clear_below(s, i, np.all([np.ones(len(s["lang"]), bool), *(clear[w] for w in with_)], 0), found)
        clear[label] = below(s, i, out[label])
    return out


def route(sets):
    """{label: {clear_below, certain_above, with}}"""
    out, both = {}, pooled(*sets)
    clear = clear_routes(both)
    for label, i in data.INDEX.items():
        if label not in clear:
            continue
        certain = []
        for s in sets:
            known = s["w"][:, i] >= 0.25
            y, x = s["y"][known, i], s["fast"][known, i]
            order = np.argsort(-x)
            rank = np.arange(1, len(y) + 1)
            good = np.flatnonzero((np.cumsum(y[order]) / rank >= 0.995) & (rank >= 200))
            if y.any() and not y.all():
                certain.append(float(x[order][good[-1]]) if len(good) else 1.0)
        sure = round(min(1.0, max(certain or [1.0]) + 1e-4), 4)
        out[label] = {"clear_below": {k: min(v, sure) for k, v in clear[label].items()}, "certain_above": sure}
        if label in WITH:
            out[label]["with"] = WITH[label]
    return out


def is_clear(s, clear):
    """[n, labels]: whether the fast tier's word is that there is nothing, from {label: {language: score}}."""
    own = {label: below(s, data.INDEX[label], x) for label, x in clear.items()}
    out = np.zeros(s["fast"].shape, bool)
    for label in own:
        out[:, data.INDEX[label]] = np.all([own[x] for x in [label, *WITH.get(label, [])]], 0)
    return out


def half_lost(s, seed=1, times=5):
    """(lost, of) for each label and language, with routes fitted on a half and counted on the other."""
    rng, lost, n = np.random.default_rng(seed), np.zeros((len(data.LABELS), 3)), np.zeros((len(data.LABELS), 3))
    for _ in range(times):
        half = rng.random(len(s["lang"])) < 0.5
        for fit_on in (half, ~half):
            a, b = ({k: v[m] for k, v in s.items()} for m in (fit_on, ~fit_on))
            clear = is_clear(b, clear_routes(a))
            for i in range(len(data.LABELS)):
                for k, lang in enumerate(("en", "zh", "other")):
                    of = finds(b, i) & (b["lang"] == lang)
                    lost[i, k] += (of & clear[:, i]).sum()
                    n[i, k] += of.sum()
    return lost, n


def route_report(fast_m, enc_m, dev, fast_d, enc_d, held, fast_h, enc_h):
    """Markdown: what share of benign texts the fast tier settles, and what it loses."""
    h, d = route_sets(fast_m, enc_m, dev, fast_d, enc_d, held, fast_h, enc_h)
    both = pooled(h, d)
    routes = {label: x["clear_below"] for label, x in fast_m.get("route", {}).items()}
    clear, clear_h, of_held = is_clear(both, routes), is_clear(h, routes), np.arange(len(both["lang"])) < len(held)
    benign = np.array([r["file"].startswith("benign") and r["role"] == "prompt" and r["y"][data.HARMFUL] == 0 for r in held])
    share = lambda lost, of: f"{lost / of:.2%} of {of}" if of else ""
    md = ["## route of the fast tier", "",
          "`clear below` and what is lost by language: en / zh / other, as the product tells them. A find is a positive that the encoder scores over its",
          f"threshold, or over {FOUND_AT} where that is less.", "",
          "| label | clear below | certain above | benign held out cleared, en | zh | finds lost, held out | dev | en | zh | other |",
          "|---|---|---|---|---|---|---|---|---|---|"]
    sums = np.zeros((5, 2), int)
    for label, x in fast_m.get("route", {}).items():
        i = data.INDEX[label]
        found, lost = finds(both, i), finds(both, i) & clear[:, i]
        groups = [of_held, ~of_held] + [both["lang"] == lang for lang in ("en", "zh", "other")]
        numbers = [(int((lost & g).sum()), int((found & g).sum())) for g in groups]
        sums += np.array(numbers)
        cells = [f"{clear_h[benign & (h['lang'] == lang), i].mean():.1%}" for lang in ("en", "zh")] + [share(*n) for n in numbers]
        md.append(f"| {label} | {' / '.join(str(v) for v in x['clear_below'].values())} | {x['certain_above']} | " + " | ".join(cells) + " |")
    md.append("| all | | | | | " + " | ".join(share(*map(int, n)) for n in sums) + " |")
    lost, n = half_lost(both)
    md += ["", "Routes fitted on one half of these rows lose of the finds in the other half: " + ", ".join(
        f"{lang} {lost[:, k].sum() / max(1, n[:, k].sum()):.2%}" for k, lang in enumerate(("en", "zh", "other"))) + f", all {lost.sum() / max(1, n.sum()):.2%}.", ""]
    labels = [data.INDEX[l] for l in fast_m.get("route", {})]
    every = clear_h[:, labels].all(1) & (len(labels) == len(data.LABELS))
    length = np.array([len(r["text"]) for r in held])
    everyday = np.array([bool(r.get("own")) and r["file"].endswith(("_everyday", "_daily")) and r["y"][data.HARMFUL] == 0 for r in held])
    tag = np.array([r["lang"] for r in held])
    md += ["| harmless texts | en | zh |", "|---|---|---|"]
    for name, m in (("benign held-out prompts under 300 characters", benign & (length < 300)), ("all benign held-out prompts", benign),
                    ("everyday prompts of our own wording, held out", everyday)):
        md.append(f"| {name}: settled for all labels at once | " + " | ".join(
            f"{every[m & (tag == lang)].mean():.1%} of {(m & (tag == lang)).sum()}" if (m & (tag == lang)).any() else "" for lang in ("en", "zh")) + " |")
    return md + [""]


def route_sets(fast_m, enc_m, dev, fast_d, enc_d, held, fast_h, enc_h):
    """`routed` of the held-out and of the development rows."""
    import evaluate
    out = []
    for rows, f, e, lang in ((held, fast_h, enc_h, "lang"), (dev, fast_d, enc_d, "lang3")):
        for r in rows:
            r["route"] = r.get("route") or data.route_language(r["text"])
        langs = [r[lang] for r in rows]
        y, w = (np.array([r["y"] for r in rows]), np.array([r["w"] for r in rows])) if lang == "lang" else known_dev(rows)
        out.append(routed(rows, y, w, route_scores(f, rows, fast_m), evaluate.final(f, e, langs, fast_m, enc_m)[1], evaluate.thresholds_of(enc_m, langs)))
    return out
