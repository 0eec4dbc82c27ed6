"""Trains the fast tier: a bag of hashed n-grams (int8 table at export), the mean of its rows, a small MLP, all labels.

The table is updated sparsely. The same rows, weights and augmentation as for the encoder; takes some minutes on one core.
"""
import argparse
import random
import time
import zlib

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data
import ngrams
from encoder import LABEL_WEIGHT, average_precision

WIDTH, HIDDEN = 40, 96


class Bag(nn.Module):
    """Bucket ids (flat, with offsets) -> logits."""

    def __init__(self, buckets=ngrams.BUCKETS, width=WIDTH, hidden=HIDDEN):
        super().__init__()
        self.table = nn.EmbeddingBag(buckets, width, mode="sum", sparse=True)
        nn.init.normal_(self.table.weight, std=0.05)
        self.up, self.head = nn.Linear(width, hidden), nn.Linear(hidden, len(data.LABELS))
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, flat, offsets, sizes, dropout=0.0):
        # sum / sqrt(n): keeps the scale of a rare strong n-gram in a long text better than the mean
        x = self.table(flat, offsets) / sizes.sqrt()[:, None]
        return self.head(F.dropout(torch.relu(self.up(x)), dropout, dropout > 0))


def cut(row, text, rng):
    if len(text) <= ngrams.WINDOW_CHARS:
        return text
    on = any(row["y"][i] and row["w"][i] for i in range(len(row["y"])))
    at = 0 if on and rng.random() < 0.8 else rng.randrange(len(text) - ngrams.WINDOW_CHARS + 1)
    return text[at:at + ngrams.WINDOW_CHARS]


def phase(role):
    return "output" if role == "response" else "input"


def pack(items):
    flat = torch.from_numpy(np.concatenate(items).astype(np.int64))
    sizes = torch.tensor([len(i) for i in items])
    return flat, torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]]), sizes.float()


@torch.no_grad()
def logits(model, items, at_once=512):
    out = [model(*pack(items[i:i + at_once])) for i in range(0, len(items), at_once)]
    return torch.cat(out).numpy()


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("rows"), a.add_argument("out")
    a.add_argument("--epochs", type=int, default=4)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--threads", type=int, default=0)
    a = a.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    rows = data.read_rows(a.rows)
    train = [r for r in rows if r["split"] == "train"]
    held = random.Random(1).sample([r for r in rows if r["split"] == "heldout"], 3000)
    held_items = [np.array(ngrams.ids(r["text"][:ngrams.WINDOW_CHARS], phase(r["role"])), np.int32) for r in held]
    hy, hw = np.array([r["y"] for r in held]), np.array([r["w"] for r in held])
    model = Bag()
    sparse = torch.optim.SparseAdam(model.table.parameters(), lr=4e-3)
    dense = torch.optim.AdamW([*model.up.parameters(), *model.head.parameters()], lr=2e-3, weight_decay=0.01)
    importance = torch.tensor([LABEL_WEIGHT.get(l, 1.0) for l in data.LABELS])
    begin, cache = time.time(), {}
    for epoch in range(a.epochs):
        plan = data.plan_epoch(train, rng)
        total, n = 0.0, 0
        for at in range(0, len(plan), 256):
            rate = 0.5 * (1 + np.cos(np.pi * min(1, (epoch + at / len(plan)) / a.epochs)))
            sparse.param_groups[0]["lr"], dense.param_groups[0]["lr"] = 4e-3 * rate + 1e-5, 2e-3 * rate + 1e-5
            items, y, w = [], [], []
            for i in plan[at:at + 256]:
                r = train[i]
                text = data.augment(r, rng)
                role = r["role"] if rng.random() > 0.15 else rng.choice(["prompt", "response"])
                if text is r["text"] and role == r["role"] and len(text) <= ngrams.WINDOW_CHARS:
                    if i not in cache:
                        cache[i] = np.array(ngrams.ids(text, phase(role)), np.int32)
                    ids = cache[i]
                else:
                    ids = np.array(ngrams.ids(cut(r, text, rng), phase(role)), np.int32)
                if rng.random() < 0.5:  # n-gram dropout: no single n-gram may decide
                    ids = ids[np.random.default_rng(rng.randrange(1 << 30)).random(len(ids)) > 0.2]
                    if not len(ids):
                        ids = np.array([zlib.crc32(b"p:any") % ngrams.BUCKETS], np.int32)
                items.append(ids), y.append(r["y"]), w.append(r["w"])
            out = model(*pack(items), 0.1)
            loss = (F.binary_cross_entropy_with_logits(out, torch.tensor(y), reduction="none") * torch.tensor(w) * importance).sum() / len(items)
            sparse.zero_grad(), dense.zero_grad()
            loss.backward()
            sparse.step(), dense.step()
            total, n = total + loss.item(), n + 1
        s = logits(model, held_items)
        scores = {l: round(average_precision(hy[hw[:, i] > 0.25, i], s[hw[:, i] > 0.25, i]), 3) for l, i in data.INDEX.items()}
        print(f"epoch {epoch + 1}: loss {total / n:.4f}, {time.time() - begin:.0f} s, held out {scores}", flush=True)
        torch.save(model.state_dict(), a.out)


if __name__ == "__main__":
    main()
