"""Hashed n-gram features of the fast tier. The product computes the same in Rust; vectors.jsonl checks that.

1. NFKC, then lowercase. 2. Letters are L*, M*, N*; words are runs of letters, and each Han, Kana or Thai character is a word.
3. "w" + word, "b" + word + " " + next word, and "c" + each 2, 3 and 4 characters of " " + words + " ", where no space
stands between two neighbouring single characters of Han, Kana or Thai. 4. crc32 of the UTF-8 modulo the buckets.
5. Distinct buckets in ascending order, at most `limit`; "p:any" always, "p:output" for replies.
"""
import unicodedata
from zlib import crc32

BUCKETS, LIMIT = 131072, 4096
WINDOW_CHARS, STRIDE_CHARS = 1200, 900

_kind = {}


def single(c):
    return "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff" or "\u0e00" <= c <= "\u0e7f" \
        or "\U00020000" <= c <= "\U0002ffff"


def kind(c):
    """0 separates, 1 is a letter, 2 is a word of its own."""
    k = _kind.get(c)
    if k is None:
        k = 0 if unicodedata.category(c)[0] not in "LMN" else 2 if single(c) else 1
        _kind[c] = k
    return k


def words(text):
    """-> [(word, is a single Han, Kana or Thai character)]"""
    out, run = [], []
    for c in unicodedata.normalize("NFKC", text).lower():
        k = kind(c)
        if k == 1:
            run.append(c)
            continue
        if run:
            out.append(("".join(run), False))
            run = []
        if k == 2:
            out.append((c, True))
    if run:
        out.append(("".join(run), False))
    return out


def features(text, phase="input"):
    """The strings that are hashed."""
    list_ = words(text)
    found = {"p:any"}
    if phase == "output":
        found.add("p:output")
    parts, before = [" "], None
    for word, alone in list_:
        found.add("w" + word)
        if before is not None:
            found.add("b" + before[0] + " " + word)
            if not (alone and before[1]):
                parts.append(" ")
        parts.append(word)
        before = (word, alone)
    parts.append(" ")
    t = "".join(parts)
    for n in (2, 3, 4):
        for i in range(len(t) - n + 1):
            found.add("c" + t[i:i + n])
    return found


def ids(text, phase="input", buckets=BUCKETS, limit=LIMIT):
    """Sorted distinct buckets of one window."""
    return sorted({crc32(f.encode("utf8")) % buckets for f in features(text, phase)})[:limit]


def windows(text, size=WINDOW_CHARS, stride=STRIDE_CHARS):
    """Overlapping windows of characters over a long text."""
    out, at = [text[:size]], 0
    while at + size < len(text):
        at += stride
        out.append(text[at:at + size])
    return out
