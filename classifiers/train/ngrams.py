"""Hashed n-gram features of the fast tier. The product computes the same in Rust; vectors.jsonl checks that.

1. NFKC, then lowercase. 2. Letters are L*, M*, N*; words are runs of letters, and each Han, Kana or Thai character is a word.
3. "w" + word, "b" + word + " " + next word, and "c" + each 2, 3 and 4 characters of " " + words + " ", where no space
stands between two neighbouring single characters of Han, Kana or Thai. 4. crc32 of the UTF-8 modulo the buckets.
5. Distinct buckets in ascending order, at most `limit`; "p:any" always, "p:output" for replies.
"""
import unicodedata
from zlib import crc32

import numpy as np

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
    """Overlapping windows over a long text, or over its tokens."""
    out, at = [text[:size]], 0
    while at + size < len(text):
        at += stride
        out.append(text[at:at + size])
    return out


_many = {}


def _tables():
    """What `many` needs, made when it is first called."""
    if not _many:
        _many["kind"] = np.array([0 if 0xD800 <= c < 0xE000 else kind(chr(c)) for c in range(0x110000)], np.uint8)
        table = np.arange(256, dtype=np.uint32)
        for _ in range(8):
            table = np.where(table & 1, (table >> 1) ^ np.uint32(0xEDB88320), table >> 1)
        _many["crc"] = table
    return _many


def _words(texts, kinds):
    """-> (words, whether each is a single character, which text each is of)"""
    joined = "\n".join(texts) + "\n"
    k = kinds[np.frombuffer(joined.encode("utf-32-le"), np.uint32)]
    before, after = np.r_[0, k[:-1]], np.r_[k[1:], 0]
    begin = np.flatnonzero((k == 2) | (k == 1) & (before != 1))
    end = np.flatnonzero((k == 2) | (k == 1) & (after != 1)) + 1
    words_ = [joined[a:b] for a, b in zip(begin.tolist(), end.tolist())]
    owner = np.searchsorted(np.cumsum([len(t) + 1 for t in texts]), begin, "right")
    return words_, k[begin] == 2, owner


def _push(state, start, count, raw, table):
    """The checksums continued by a character each, of `count` bytes from `start`."""
    state = table[(state ^ raw[start]) & 255] ^ (state >> 8)
    for j in range(1, int(count.max(initial=1))):
        on = np.flatnonzero(count > j)
        state[on] = table[(state[on] ^ raw[start[on] + j]) & 255] ^ (state[on] >> 8)
    return state


def many(texts, phases, buckets=BUCKETS, limit=LIMIT):
    """`ids` of many texts at once, some ten times as fast: a list of int32 arrays."""
    t = _tables()
    out = []
    for at in range(0, len(texts), 2000):
        out += _some(texts[at:at + 2000], phases[at:at + 2000], buckets, limit, t)
    return out


def _some(texts, phases, buckets, limit, t):
    found, alone, owner = _words([unicodedata.normalize("NFKC", x).lower() for x in texts], t["kind"])
    pairs = owner[1:] == owner[:-1]
    whole = [crc32(("w" + w).encode("utf8")) for w in found]
    double = [crc32(f"b{a} {b}".encode("utf8")) for a, b, p in zip(found, found[1:], pairs.tolist()) if p]
    gap = np.r_[True, ~(pairs & alone[1:] & alone[:-1])] if found else alone     # a space stands before the word
    first = np.searchsorted(owner, np.arange(len(texts) + 1)).tolist()
    spaced = [" " + w if g else w for w, g in zip(found, gap.tolist())]
    lines = [("".join(spaced[a:b]) or " ") + " " for a, b in zip(first, first[1:])]
    any_ = [crc32(b"p:any")] * len(texts) + [crc32(b"p:output")] * sum(p == "output" for p in phases)
    of_any = np.r_[np.arange(len(texts)), np.flatnonzero(np.array(phases) == "output")]
    hashes = np.array(whole + double + any_, np.int64)
    keys = [np.concatenate([owner, owner[1:][pairs], of_any]) * buckets + hashes % buckets]
    sizes = np.array([len(x) for x in lines])
    codes = np.frombuffer("".join(lines).encode("utf-32-le"), np.uint32)
    raw = np.frombuffer("".join(lines).encode("utf8") + bytes(4), np.uint8).astype(np.uint32)
    count = 1 + (codes >= 0x80) + (codes >= 0x800) + (codes >= 0x10000)
    start = np.cumsum(count) - count
    line_of = np.repeat(np.arange(len(lines)), sizes)
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(codes))      # characters from here to the end of the line
    state, at = np.full(len(codes), crc32(b"c") ^ 0xFFFFFFFF, np.uint32), np.arange(len(codes))
    for n in range(1, 5):
        live = left >= n
        state, at, left, line_of = state[live], at[live], left[live], line_of[live]
        where = at + n - 1
        state = _push(state, start[where], count[where], raw, t["crc"])
        if n > 1:
            keys.append(line_of * buckets + (state ^ np.uint32(0xFFFFFFFF)).astype(np.int64) % buckets)
    keys = np.sort(np.concatenate(keys))
    keys = keys[np.r_[True, keys[1:] != keys[:-1]]]
    parts = np.split((keys % buckets).astype(np.int32), np.searchsorted(keys, np.arange(1, len(texts)) * buckets))
    return [p[:limit] for p in parts]
