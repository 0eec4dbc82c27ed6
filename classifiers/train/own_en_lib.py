"""Shared helpers of the own-worded English training data (own_en_*.py).

A `Book` collects rows under a file name. Rows come from hand-written lines (`lines`), from templates with
slots (`frames`) or from phrases put into request openings (`phrases`). About 12 % of every group goes to
`heldout_NAME.jsonl`; the choice hashes the line, template or phrase, so that all rows of one frame stay on
one side. All sampling uses a fixed seed and is independent of the order of the calls.
"""
import hashlib
import json
import os
import random
import re

CONTENT = ("violence weapons self_harm sexual sexual_minors hate harassment illegal cyber privacy "
           "misinformation").split()
# Categories that a request of the key's category practically never carries: set to 0 there.
CLEAR = {
    "violence": "sexual sexual_minors cyber privacy misinformation",
    "weapons": "sexual sexual_minors hate privacy misinformation self_harm cyber",
    "self_harm": "sexual sexual_minors hate cyber privacy misinformation",
    "sexual": "violence weapons self_harm hate cyber misinformation",
    "sexual_minors": "weapons self_harm hate misinformation",
    "hate": "weapons self_harm sexual sexual_minors cyber privacy",
    "harassment": "weapons sexual_minors cyber",
    "illegal": "self_harm sexual sexual_minors hate",
    "cyber": "weapons self_harm sexual sexual_minors hate violence",
    "privacy": "weapons self_harm sexual_minors hate violence misinformation",
    "misinformation": "weapons self_harm sexual sexual_minors cyber violence",
}
SAFE = {"harmful": 0, "jailbreak": 0, "prompt_injection": 0}


def bad(*cats, **more):
    """Labels of a plain harmful request: the categories 1, unrelated ones 0, no attack on the model."""
    out = {"harmful": 1, "jailbreak": 0, "prompt_injection": 0}
    clear = set.intersection(*(set(CLEAR[c].split()) for c in cats)) if cats else set()
    out.update({c: 0 for c in CONTENT if c in clear})
    out.update({c: 1 for c in cats})
    out.update(more)
    return out


def rng_for(*parts):
    """A random generator that depends only on the given strings."""
    return random.Random(int(hashlib.sha256("\x1f".join(("qwarden-en-1",) + parts).encode()).hexdigest()[:16], 16))


def is_heldout(key):
    return int(hashlib.sha1(key.strip().lower().encode()).hexdigest()[:8], 16) % 100 < 12


def split(block):
    """Non-empty lines of a block; ' | ' inside a line does not split; '\\n' becomes a line break."""
    return [l.strip().replace("\\n", "\n") for l in block.strip().splitlines() if l.strip()]


def slot(text):
    return [x.strip() for x in text.replace("\n", " ").split("|") if x.strip()]


def noisy(text, rng):
    """Make some texts look typed: lower case, no end mark, a swapped or doubled letter."""
    r = rng.random()
    if r < 0.14:
        text = text.lower()
    elif r < 0.17:
        text = text.upper() if len(text) < 70 else text
    if rng.random() < 0.10:
        text = text.rstrip(".?!")
    if rng.random() < 0.07:
        spots = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z][a-z](?=[a-z])", text)]
        if spots:
            i = rng.choice(spots)
            text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
    if rng.random() < 0.04:
        text = text.replace("you ", "u ").replace("please", "pls").replace("because", "cuz")
    return text


def up(text):
    return text[:1].upper() + text[1:]


class Book:
    def __init__(self):
        self.rows = {}
        self.seen = set()

    def put(self, name, text, labels, orig, key, role="prompt", lang="en"):
        text = text.strip()
        if not text or (role, text.lower()) in self.seen:
            return
        self.seen.add((role, text.lower()))
        target = ("heldout_" if is_heldout(key) else "") + name
        self.rows.setdefault(target, []).append(
            {"text": text, "role": role, "lang": lang, "labels": dict(labels), "source": "own", "orig": orig,
             "quality": "built"})

    def lines(self, name, orig, labels, block, role="prompt", noise=True):
        """Hand-written lines, each as it stands; now and then a typed-looking twin is used instead."""
        for l in split(block):
            rng = rng_for(name, orig, l)
            self.put(name, noisy(l, rng) if noise and role == "prompt" else l, labels, orig, l, role)

    def frames(self, name, orig, labels, block, slots, k=6, role="prompt", noise=True, hold=None, once=(), lang="en"):
        """Templates with {slot} fields; k different fillings of each. With `hold`, a row is also held out by the
        value of that slot. The slots in `once` have one value throughout a text."""
        slots = {s: slot(v) if isinstance(v, str) else v for s, v in slots.items()}
        for t in split(block):
            rng = rng_for(name, orig, t)
            done = set()
            for _ in range(k * 3):
                if len(done) >= k:
                    break
                text = t
                for s in once:
                    text = text.replace("{" + s + "}", rng.choice(slots[s]))
                for _depth in range(2):
                    text = re.sub(r"\{(\w+)\}", lambda m: rng.choice(slots[m.group(1)]) if m.group(1) in slots
                                  else m.group(0), text)
                text = up(re.sub(r"(?<=\S)  +", " ", text))
                if text in done:
                    continue
                done.add(text)
                key = t
                if hold and not is_heldout(t):
                    low = text.lower()
                    key = next((v for v in slots[hold] if is_heldout(v) and (v.split("{")[0] or v).lower() in low), t)
                self.put(name, noisy(text, rng) if noise and role == "prompt" else text, labels, orig, key, role, lang)

    def phrases(self, name, orig, labels, block, openings, k=4, role="prompt", end=""):
        """Every phrase in k of the openings ('{x}'); a phrase is held out as a whole."""
        openings = split(openings) if isinstance(openings, str) else openings
        for p in split(block):
            rng = rng_for(name, orig, p)
            for o in rng.sample(openings, min(k, len(openings))):
                text = up(o.replace("{x}", p)) + end
                self.put(name, noisy(text, rng) if role == "prompt" else text, labels, orig, p, role)

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name, rows in self.rows.items():
            path = os.path.join(folder, name + ".jsonl")
            with open(path + ".tmp", "w", encoding="utf-8") as f:
                for r in rows:
                    f.write(json.dumps(r, ensure_ascii=False) + "\n")
            os.replace(path + ".tmp", path)
