"""The texts over which the shipped policies' scores are chosen: sets, each on one surface, with what is known of each text.

Which sets count as ordinary, which as hard, and which are labelled is said in pack_thresholds.py; `gather` reads them.
"""
import glob
import json
import lzma
import os
import random
import re

LABELS = ["violence", "weapons", "self_harm", "sexual", "sexual_minors", "hate", "harassment", "illegal", "cyber", "privacy",
          "misinformation", "jailbreak", "prompt_injection", "refusal", "harmful"]
CONTENT = LABELS[:11] + ["harmful"]
ROLES = {"prompts": "user", "tool results": "tool", "replies": "assistant"}
# Development sets whose harmless texts are neighbours of the harmful ones: distress, refusals, documents.
NEIGHBOURS = ["psyguard_test", "gptfuzz_evaluate", "diasafety_test", "bipia_test", "deepset_test"]


def read(path):
    opener = lzma.open if path.endswith(".xz") else open
    with opener(path, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def truth(row):
    """What is known of a row: {label: 0 or 1}."""
    known = dict(row["labels"])
    if "pii" in known and row.get("orig") != "pii_present":
        known["privacy"] = known["pii"]
    if known.get("harmful") == 0:
        for label in CONTENT:
            known.setdefault(label, 0)
    return known


EVERYDAY = re.compile(r"heldout_(everyday|daily|plain|how_ok)")


def everyday(row):
    """Whether it is an ordinary question of our own wording."""
    return bool(EVERYDAY.match(row.get("group", ""))) or str(row.get("orig", "")).startswith("everyday how-to")


def draw(rows, most_rows, most_chars):
    rows = random.Random(11).sample(rows, min(len(rows), most_rows))
    taken, chars = [], 0
    for row in rows:
        chars += len(row["text"])
        if chars > most_chars and taken:
            break
        taken.append(row)
    return taken


class Texts:
    """One set on one surface."""

    def __init__(self, name, surface, kind):
        self.name, self.surface, self.kind = name, surface, kind
        self.texts, self.known, self.scores, self.answers = [], [], [], []

    def add(self, text, known):
        self.texts.append(text)
        self.known.append(known)
        self.scores.append({})
        self.answers.append(None)

    def of(self, label, value):
        """Indices of the rows whose label is known to have the value."""
        return [i for i, known in enumerate(self.known) if known.get(label) == value]


def gather(args):
    from data import name_of, split_of
    sets = []

    def add(name, surface, rows, kind, harmless=False):
        one = Texts(name, surface, kind)
        for row in draw(rows, args.rows, args.chars):
            # Sets that are harmless as a whole say so for every label but the refusal of their replies.
            known = {label: 0 for label in LABELS if label != "refusal"} if harmless else {}
            one.add(row["text"], {**known, **truth(row)})
        if one.texts:
            sets.append(one)
    for path in sorted(glob.glob(f"{args.data}/train/benign_*.jsonl*")):
        name = os.path.basename(path).split(".")[0]
        rows = read(path)
        unseen = [row for row in rows if split_of(row) == "heldout"]
        surfaces = {"benign_answers": ["replies"], "benign_docs": ["prompts", "tool results", "replies"]}.get(name, ["prompts"])
        for surface in surfaces:
            add(name, surface, unseen, "held out of training", True)
            if surface != "prompts":
                add(f"{name}, all", surface, rows, "trained on", True)
    for path in sorted(glob.glob(f"{args.data}/dev/*.jsonl*")):
        name = os.path.basename(path).split(".")[0]
        rows = read(path)
        surfaces = {"bipia_test": ["prompts", "tool results"], "deepset_test": ["prompts", "tool results"]}.get(name, ["prompts"])
        if rows[0].get("role") == "response":
            surfaces = ["replies"]
        if name in ("piguard_wildguard_benign", "notinject"):
            add(name, "prompts", rows, "development, hard", True)
        elif name in NEIGHBOURS:
            # Harmless texts beside harmful ones; what is unknown of them stays unknown.
            fine = [row for row in rows if row["labels"].get("harmful") == 0 or row["labels"].get("prompt_injection") == 0]
            for surface in surfaces:
                add(f"{name}, harmless", surface, fine, "development, hard")
                add(name, surface, [row for row in rows if row not in fine], "development, labelled")
        elif name in ("multijail", "sghatecheck"):
            for lang in sorted({row["lang"] for row in rows}):
                if lang in ("en", "en-SG", "zh", "ta"):
                    add(f"{name}, {lang}", "prompts", [row for row in rows if row["lang"] == lang], "development, labelled")
            others = [row for row in rows if row["lang"] not in ("en", "en-SG", "zh", "ta")]
            add(f"{name}, other", "prompts", others, "development, labelled")
        else:
            add(name, "prompts", rows, "development, labelled")
    for folder in args.own:
        lang = os.path.basename(folder.rstrip("/"))
        rows = [{**row, "group": name_of(path)} for path in sorted(glob.glob(f"{folder}/heldout_*.jsonl")) for row in read(path)]
        docs = ("injected documents", "long injected documents", "the same documents without", "the same long documents without")
        for surface, part in (
            ("prompts", [row for row in rows if row.get("role") == "prompt"]),
            ("replies", [row for row in rows if row.get("role") == "response"]),
            ("tool results", [row for row in rows if str(row.get("orig", "")).startswith("doc_") or row.get("orig") in docs]),
        ):
            harmless = [row for row in part if not any(row["labels"].values()) and not everyday(row)]
            if surface == "prompts":
                add(f"own, {lang}, everyday", surface, [row for row in part if everyday(row)], "held out of training", True)
            add(f"own, {lang}, harmless", surface, harmless, "own wording held out, hard", surface != "replies")
            add(f"own, {lang}", surface, [row for row in part if any(row["labels"].values())], "own wording held out, labelled")
    return sets


def write(path, sets, most=None):
    with open(path, "w", encoding="utf8") as out:
        for at, one in enumerate(sets):
            for i, (text, known) in enumerate(zip(one.texts[:most], one.known)):
                line = {"id": f"{at}:{i}", "role": ROLES[one.surface], "text": text, "set": one.name, "surface": one.surface, "kind": one.kind, "known": known}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")


def reread(path):
    sets = []
    for line in read(path):
        if line["id"].endswith(":0"):
            sets.append(Texts(line["set"], line["surface"], line["kind"]))
        sets[-1].add(line["text"], line["known"])
    return sets
