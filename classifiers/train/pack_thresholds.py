#!/usr/bin/env python3
"""Chooses the scores from which on the shipped policies act, and counts what they hit and find.

Runs `qwarden screen --scores` over harmless and harmful texts and prints, as Markdown: for each surface (prompts, tool
results, replies) and category the lowest score with few enough false hits, a table of scores, and the hits of every rule
of the policies folder. Only the standard library is needed:

    python3 classifiers/train/pack_thresholds.py --qwarden target/release/qwarden --classifiers classifiers \\
        --policies policies --data DATA --own OWN/en --own OWN/zh --work /tmp/thresholds > thresholds.md

DATA has `train/benign_*.jsonl[.xz]` and `dev/*.jsonl[.xz]`, OWN `heldout_*.jsonl`; rows are {"text", "role", "labels"}, where
a label that is absent is unknown. Of the `benign_*` sets only the 25th part is taken that the training holds out; of answers and documents,
which are few, all of them beside it (the model has seen those). Large sets are cut by a fixed draw (`--rows`, and `--chars` so that
long documents do not take the time of all).

How a score is chosen: a category alone may hit at most `--alone` (1 %) of the ordinary harmless texts, and all categories that act
on a surface together at most `--together` (1 %); of the hard ones (harmless texts full of trigger words, harmless jailbreaks, documents that speak of instructions) `--hard` (4 %).
Sets weigh the same whatever their size. All categories are given the same share of false hits, the general one `--general` times as
much: the largest share with which all of that holds. What only flags may hit `--noted` (6 %) of the hard ones.

The texts go to WORK/texts.jsonl ({"id", "role", "text"} and what is known of each) and their scores to WORK/scored.jsonl ({"id", "scores"}).
`--texts FILE` and `--scored FILE` take what is there already. `--write` puts the chosen scores into the policies (`min_score` of rules
that act, and of rules that only flag, by the surfaces that each file looks at); then the texts are screened once more with the policies
(WORK/hits.jsonl), as a gateway would, and the hits of each rule are counted.
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys

from pack_texts import CONTENT, LABELS, gather, read, reread, write

# What acts (deflects, blocks) on a surface, and what is only noted there.
ACTS = {
    "prompts": ["violence", "weapons", "self_harm", "sexual", "sexual_minors", "hate", "illegal", "cyber", "privacy", "jailbreak", "harmful"],
    "tool results": ["weapons"],
    "replies": ["violence", "weapons", "self_harm", "sexual", "sexual_minors", "hate", "harassment", "illegal", "cyber", "privacy", "harmful"],
}
NOTES = {"prompts": ["harassment", "misinformation", "prompt_injection"], "tool results": ["prompt_injection"], "replies": ["misinformation", "refusal"]}
# What policies look at, where that is not the prompts alone.
LOOKS_AT = {
    "weapons.yaml": ["prompts", "tool results"], "prompt-injection.yaml": ["tool results"],
    "unsafe-replies.yaml": ["replies"], "model-refusals.yaml": ["replies"], "misinformation.yaml": ["prompts", "replies"],
}
# The shares of false hits that are tried for one category, where all together hit too much.
SHARES = [0.01, 0.008, 0.006, 0.005, 0.004, 0.003, 0.0025, 0.002, 0.0015, 0.001, 0.0005, 0.0]
# However few texts there are to be hit, no rule asks for less than this: harmless replies are few, and what is taken for sexual
# content about minors is an error and says so.
LEAST = {"prompts": 0.4, "tool results": 0.6, "replies": 0.6}
LEAST_OF = {"sexual_minors": 0.75}
LEAST_IN = {("replies", "harmful"): 0.9}
GRID = [n / 100 for n in range(40, 95)] + [n / 1000 for n in range(950, 1000)]
STEPS = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99]


def screen(args, path, policies, out, *options):
    """Runs `qwarden screen`; the file with its answers."""
    out = os.path.join(args.work, out)
    with open(out, "w", encoding="utf8") as answers:
        command = [args.qwarden, "screen", path, "--policies", policies, "--classifiers", args.classifiers, *options]
        subprocess.run(command, stdout=answers, check=True)
    return out


def take(path, sets, of, field):
    for row in read(path):
        at, i = map(int, row["id"].split(":"))
        getattr(sets[at], field)[i] = of(row)


def scores(args, path, sets):
    """Fills in the scores of every text, from a run without rules, so that each text is judged once."""
    scored = args.scored
    if not scored:
        policies = os.path.join(args.work, "no-policies")
        os.makedirs(policies, exist_ok=True)
        with open(os.path.join(policies, "none.yaml"), "w", encoding="utf8") as file:
            file.write("policy: none\nrules:\n  - {id: none, when: {keywords: [no text has this word 7f3a]}, action: flag}\n")
        scored = screen(args, path, policies, "scored.jsonl", "--scores")
    take(scored, sets, lambda row: row["scores"], "scores")


def share(one, label, score, value):
    """Of the rows whose label is known to be `value`, the share that reaches the score; and how many rows."""
    rows = one.of(label, value)
    return (sum(one.scores[i].get(label, 0) >= score for i in rows) / len(rows) if rows else 0.0), len(rows)


def harmless(sets, surface):
    """The sets of harmless texts on a surface: ordinary ones, and hard ones."""
    here = [one for one in sets if one.surface == surface and "labelled" not in one.kind]
    return [one for one in here if "hard" not in one.kind], [one for one in here if "hard" in one.kind]


def mean(numbers):
    return sum(numbers) / len(numbers) if numbers else 0.0


def lowest(args, sets, surface, label, part, hard_part=None):
    """The lowest score of GRID with few enough false hits: at most `part` of the ordinary sets, and as many more of the hard ones."""
    hard_part = hard_part or part * args.hard / args.together
    base, hard = harmless(sets, surface)
    least = max(LEAST[surface], LEAST_OF.get(label, 0), LEAST_IN.get((surface, label), 0))
    for score in [score for score in GRID if score >= least]:
        if mean([share(one, label, score, 0)[0] for one in base if one.of(label, 0)]) <= part \
                and mean([share(one, label, score, 0)[0] for one in hard if one.of(label, 0)]) <= hard_part:
            return score
    return 1.0


def union(one, scores):
    hit = sum(any(row.get(label, 0) >= score for label, score in scores.items()) for row in one.scores)
    return hit / max(1, len(one.scores))


def choose(args, sets, surface):
    """{label: score}: each category alone within 1 %, and those that act together within the limits."""
    if surface in args.chosen:
        return args.chosen[surface]
    base, hard = harmless(sets, surface)
    noted = {label: lowest(args, sets, surface, label, args.alone, args.noted) for label in NOTES[surface]}
    for part in SHARES:
        # What stands behind all categories finds the most, and may hit more than one of them.
        acting = {label: lowest(args, sets, surface, label, min(args.alone, part * (args.general if label == "harmful" else 1))) for label in ACTS[surface]}
        if mean([union(one, acting) for one in base]) <= args.together and mean([union(one, acting) for one in hard]) <= args.hard:
            break
    args.chosen[surface] = acting, noted, part
    return args.chosen[surface]


def percent(part):
    return "0" if part == 0 else f"{100 * part:.1f}" if part < 0.0995 else f"{100 * part:.0f}"


def table(heads, rows):
    numbers = [all(re.fullmatch(r"[0-9.]*", row[i]) for row in rows) for i in range(len(heads))]
    lines = [heads, ["---:" if number else "---" for number in numbers], *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--qwarden", default="target/release/qwarden", help="the program")
    parser.add_argument("--classifiers", default="classifiers", help="folder of the models")
    parser.add_argument("--policies", default="policies", help="folder of the policies whose hits are counted")
    parser.add_argument("--data", help="folder with train/ and dev/")
    parser.add_argument("--own", action="append", default=[], help="folder with heldout_*.jsonl; may be given again")
    parser.add_argument("--work", default="target/thresholds", help="folder for the texts and their scores")
    parser.add_argument("--texts", help="texts that are there already; the data are not read")
    parser.add_argument("--scored", help="scores that are there already")
    parser.add_argument("--hits", help="answers with the policies that are there already")
    parser.add_argument("--document", help="put the tables between the marks of this Markdown file")
    parser.add_argument("--hit-rows", type=int, help="rows of a set that are screened with the policies; all by default")
    parser.add_argument("--no-hits", action="store_true", help="do not screen with the policies")
    parser.add_argument("--rows", type=int, default=600, help="rows of a set")
    parser.add_argument("--chars", type=int, default=90_000, help="characters of a set")
    parser.add_argument("--alone", type=float, default=0.01, help="share of false hits that one category may have in a set")
    parser.add_argument("--together", type=float, default=0.01, help="share of false hits that all acting categories may have, mean over the sets")
    parser.add_argument("--hard", type=float, default=0.04, help="the same in hard sets")
    parser.add_argument("--noted", type=float, default=0.06, help="the same of one category in hard sets, for rules that only flag")
    parser.add_argument("--general", type=float, default=3, help="how many times the share of another category `harmful` has")
    parser.add_argument("--texts-only", action="store_true", help="write the texts and stop")
    parser.add_argument("--write", action="store_true", help="put the scores into the policies")
    args = parser.parse_args()
    args.chosen = {}
    os.makedirs(args.work, exist_ok=True)
    path = args.texts or os.path.join(args.work, "texts.jsonl")
    if args.texts:
        sets = reread(path)
    else:
        sets = gather(args)
        write(path, sets)
    print(f"{sum(len(one.texts) for one in sets)} texts in {len(sets)} sets", file=sys.stderr)
    if args.texts_only:
        return
    scores(args, path, sets)
    for surface in ACTS:
        report(args, sets, surface)
    if args.write:
        put(args, sets)
    if not args.no_hits:
        first = os.path.join(args.work, "texts-for-hits.jsonl")
        write(first, sets, args.hit_rows)
        answers = args.hits or screen(args, first, args.policies, "hits.jsonl")
        take(answers, sets, lambda row: row, "answers")
        done = hits(sets)
        print(done)
    if args.document:
        document(args.document, summary(args, sets) + ("" if args.no_hits else "\n" + done))


def put(args, sets):
    """Writes the chosen scores into the policies: the greatest of the surfaces that a file looks at."""
    chosen = {surface: choose(args, sets, surface)[:2] for surface in ACTS}
    for path in sorted(glob.glob(os.path.join(args.policies, "*.yaml"))):
        with open(path, encoding="utf8") as file:
            before = file.read()
        surfaces = LOOKS_AT.get(os.path.basename(path), ["prompts"])
        parts = re.split(r"(?m)^(?=  - id: )", before)
        for at, part in enumerate(parts):
            flags = re.search(r"(?m)^    action: flag$", part)

            def score(found):
                scores = []
                for surface in surfaces:
                    acting, noted = chosen[surface]
                    if flags and found[2] in acting:
                        scores.append(lowest(args, sets, surface, found[2], args.alone, args.noted))
                    elif found[2] in acting or found[2] in noted:
                        scores.append({**noted, **acting}[found[2]])
                return f"{found[1]}{max(scores):g}" if scores else found[0]
            parts[at] = re.sub(r"(\{category: (\w+), min_score: )[0-9.]+", score, part)
        after = "".join(parts)
        if after != before:
            with open(path, "w", encoding="utf8") as file:
                file.write(after)
            print(f"{path} was changed", file=sys.stderr)


def report(args, sets, surface):
    here = [one for one in sets if one.surface == surface]
    base, _ = harmless(sets, surface)
    acting, noted, part = choose(args, sets, surface)
    print(f"## {surface.capitalize()}\n")
    print(f"Chosen at {100 * part:g} % a category, so that all that act together hit at most {percent(args.together)} % of ordinary and "
          f"{percent(args.hard)} % of hard harmless texts. Beside it the score with {percent(args.alone)} % false hits alone.\n")
    rows = []
    for label, score in {**acting, **noted}.items():
        alone = lowest(args, sets, surface, label, args.alone)
        finds = []
        for one in here:
            found, n = share(one, label, score, 1)
            if n >= 10:
                finds.append(f"{one.name} {percent(found)} ({percent(share(one, label, alone, 1)[0])}) of {n}")
        rows.append([label + ("" if label in acting else " (noted)"), f"{score:g}", f"{alone:g}", "; ".join(finds)])
    print(table(["category", "chosen", f"at {percent(args.alone)} % alone", "found at the chosen score (at the other)"], rows))
    rows = []
    for one in here:
        if any(one.of(label, 0) for label in acting):
            cells = [percent(share(one, label, score, 0)[0]) if one.of(label, 0) else "" for label, score in {**acting, **noted}.items()]
            whole = percent(union(one, acting)) if one in base or "hard" in one.kind else ""
            rows.append([f"{one.name} ({one.kind})", str(len(one.texts)), whole] + cells)
    print("False hits at the chosen scores, in percent:\n")
    print(table(["set", "texts", "all that act"] + list(acting) + list(noted), rows))
    print("<details><summary>score → false hits and finds, in percent</summary>\n")
    for label in {**acting, **noted}:
        columns = [(one, value) for value in (0, 1) for one in here if len(one.of(label, value)) >= 10]
        if not columns:
            continue
        print(f"### {label}, {surface}\n")
        heads = ["score"] + [f"{one.name} {'✓' if value else '✗'} {len(one.of(label, value))}" for one, value in columns]
        print(table(heads, [[f"{step:g}"] + [percent(share(one, label, step, value)[0]) for one, value in columns] for step in STEPS]))
    print("</details>\n")


def hits(sets):
    """What the policies do, as `screen` says: with keywords and patterns, and both tiers."""
    text = ["What the policies do with the same texts, by `qwarden screen` (keywords, patterns and both tiers), in percent. Noted: a rule flags, "
            "and nothing else happens.\n"]
    for surface in ACTS:
        rows = []
        for one in [one for one in sets if one.surface == surface]:
            asked = [(i, known) for i, known in enumerate(one.known) if one.answers[i]]
            bad = {i for i, known in asked if any(value for label, value in known.items() if label != "refusal")}
            harmful = sorted(bad)
            calm = [i for i, known in asked if i not in bad and ("labelled" not in one.kind or known.get("harmful") == 0)]
            for mark, index in (("", calm), ("+", harmful)):
                if index:
                    stopped = [i for i in index if one.answers[i]["action"] in ("deflect", "block")]
                    noted = [i for i in index if i not in stopped and any(f["action"] == "flag" for f in one.answers[i]["findings"])]
                    count = {}
                    for i in stopped:
                        policy = one.answers[i]["rule"].split("/")[0]
                        count[policy] = count.get(policy, 0) + 1
                    most = sorted(count.items(), key=lambda item: -item[1])[:3]
                    by = ", ".join(f"`{policy}` {percent(n / len(index))}" for policy, n in most)
                    name = one.name + (", harmful part" if mark and calm else "")
                    rows.append(["harmful" if mark else "harmless", name, str(len(index)), percent(len(stopped) / len(index)), percent(len(noted) / len(index)), by])
        rows.sort(key=lambda row: row[0], reverse=True)
        text.append(f"**{surface.capitalize()}**\n")
        text.append(table(["texts", "set", "number", "stopped", "noted", "stopped most by"], rows))
    return "\n".join(text)


def summary(args, sets):
    """The tables of the document."""
    text = []
    for surface in ACTS:
        here = [one for one in sets if one.surface == surface]
        base, hard = harmless(sets, surface)
        acting, noted, part = choose(args, sets, surface)
        rows = []
        for label, score in {**acting, **noted}.items():
            finds = [(one, *share(one, label, score, 1)) for one in here]
            false = [percent(mean([share(one, label, score, 0)[0] for one in group if one.of(label, 0)])) for group in (base, hard)]
            found = "; ".join(f"{one.name} {percent(found)} of {n}" for one, found, n in finds if n >= 15)
            rows.append([f"`{label}`" + ("" if label in acting else ", noted"), f"{score:g}", *false, found])
        text.append(f"**{surface.capitalize()}** ({100 * part:g} % a category)\n")
        text.append(table(["category", "acts from", "ordinary hit, %", "hard hit, %", "found of labelled texts, %"], rows))
        rows = [[one.name, one.kind.replace(", hard", ""), "hard" if one in hard else "ordinary", str(len(one.texts)), percent(union(one, acting))] for one in base + hard]
        text.append(table(["harmless texts", "seen", "kind", "number", "hit by any category that acts, %"], rows))
    return "\n".join(text)


MARKS = "<!-- made by classifiers/train/pack_thresholds.py: from here -->", "<!-- to here -->"


def document(path, text):
    """Puts the tables between the two marks of a document."""
    with open(path, encoding="utf8") as file:
        before = file.read()
    head, rest = before.split(MARKS[0], 1)
    _, tail = rest.split(MARKS[1], 1)
    with open(path, "w", encoding="utf8") as file:
        file.write(head + MARKS[0] + "\n\n" + text.strip() + "\n\n" + MARKS[1] + tail)


if __name__ == "__main__":
    main()
