"""The encoder's logits of the training texts that fit into one window: what the fast tier is to foresee.

Shortest first, so that a bounded run covers the texts that matter; a row is known by the hash of its role and text, so
that the file serves other rows of the same texts too. About 12,000 tokens/s on one core with bf16 units.
"""
import argparse
import hashlib
import time

import numpy as np
import torch

import data
import encoder

MOST = 186      # text tokens


def key(row):
    return int.from_bytes(hashlib.sha256(f"{row.get('role', 'prompt')}\0{row['text']}".encode()).digest()[:8], "big")


def load(path, rows):
    """[n, labels], NaN where the file does not know a row."""
    z = np.load(path)
    logits = z["logits"]        # once: each access reads the file
    known = {k: i for i, k in enumerate(z["keys"].tolist())}
    out = np.full((len(rows), len(data.LABELS)), np.nan, np.float32)
    for i, r in enumerate(rows):
        at = known.get(key(r))
        if at is not None:
            out[i] = logits[at]
    return out


@torch.no_grad()
def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("rows"), a.add_argument("base"), a.add_argument("encoder"), a.add_argument("out")
    a.add_argument("--minutes", type=float, default=30)
    a.add_argument("--tokens", type=int, default=8192)
    a.add_argument("--threads", type=int, default=0)
    a = a.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    rows = [r for r in data.read_rows(a.rows) if r["split"] == "train" and len(r["text"]) < 1200]
    texts = encoder.Texts(f"{a.base}/tokenizer.json")
    items = []
    for at in range(0, len(rows), 5000):
        part = rows[at:at + 5000]
        items += [(key(r), texts.wrap(ids, r["role"])) for r, ids in zip(part, texts.ids([r["text"] for r in part])) if len(ids) <= MOST]
    del rows
    items.sort(key=lambda item: len(item[1]))
    model = encoder.restore(f"{a.base}/base.npz", a.encoder).to(device)
    keys, logits, begin, at = [], [], time.time(), 0
    while at < len(items) and time.time() - begin < 60 * a.minutes:
        end = at + 1
        while end < len(items) and (end - at + 1) * len(items[end][1]) <= a.tokens:
            end += 1
        part = items[at:end]
        ids, mask, _, _ = encoder.tensors([(x, [], []) for _, x in part], device)
        with torch.autocast(device, torch.bfloat16):
            logits.append(model(ids, mask).cpu().numpy())
        keys += [k for k, _ in part]
        at = end
    np.savez(a.out, keys=np.array(keys, np.uint64), logits=np.concatenate(logits).astype(np.float16))
    print(f"{at:,} of {len(items):,} texts in {(time.time() - begin) / 60:.1f} min")


if __name__ == "__main__":
    main()
