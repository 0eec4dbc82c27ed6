"""Trains the fast tier: a bag of hashed n-grams (int8 table at export), the sum of its rows, a small MLP, all labels.

Two losses on the same logits: the labels, with the rows, weights and augmentation of the encoder, and what the encoder says
(teacher.py), since the fast tier's job is to foresee where the encoder will find nothing. Takes minutes on one core.
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

WIDTH, HIDDEN = 64, 128
ANY, OUTPUT = (zlib.crc32(f) % ngrams.BUCKETS for f in (b"p:any", b"p:output"))


class Bag(nn.Module):
    """Bucket ids (flat, with offsets) -> logits."""

    def __init__(self, buckets=ngrams.BUCKETS, width=WIDTH, hidden=HIDDEN):
        super().__init__()
        self.table = nn.EmbeddingBag(buckets, width, mode="sum")
        nn.init.normal_(self.table.weight, std=0.05)
        self.up, self.head = nn.Linear(width, hidden), nn.Linear(hidden, len(data.LABELS))
        nn.init.constant_(self.head.bias, -2.0)

    def forward(self, flat, offsets, sizes, dropout=0.0):
        # sum / sqrt(n): keeps the scale of a rare strong n-gram in a long text better than the mean
        x = self.table(flat, offsets) / sizes.sqrt()[:, None]
        return self.head(F.dropout(torch.relu(self.up(x)), dropout, dropout > 0))


def restore(path):
    weights = torch.load(path, weights_only=True)
    model = Bag(*weights["table.weight"].shape, weights["up.weight"].shape[0])
    model.load_state_dict(weights)
    return model.eval()


class LazyAdam:
    """Adam on the rows of the table that a batch touches, like SparseAdam and several times as fast on one core."""

    def __init__(self, table, betas=(0.9, 0.999), eps=1e-8):
        self.table, self.betas, self.eps, self.steps = table, betas, eps, 0
        self.m, self.v = torch.zeros_like(table), torch.zeros_like(table)

    @torch.no_grad()
    def step(self, flat, rate):
        self.steps += 1
        rows = torch.from_numpy(np.flatnonzero(np.bincount(flat.numpy(), minlength=len(self.table))))
        g, (b1, b2) = self.table.grad[rows], self.betas
        m = self.m[rows].mul_(b1).add_(g, alpha=1 - b1)
        v = self.v[rows].mul_(b2).addcmul_(g, g, value=1 - b2)
        self.m[rows], self.v[rows] = m, v
        move = m.div_(v.div_(1 - b2 ** self.steps).sqrt_().add_(self.eps))
        self.table.index_add_(0, rows, move, alpha=-rate / (1 - b1 ** self.steps))
        self.table.grad = None


def phase(role):
    return "output" if role == "response" else "input"


class Items:
    """The n-grams of each row's first window, and of one stretch further on of each longer text."""

    def __init__(self, rows, rng):
        long = [i for i, r in enumerate(rows) if len(r["text"]) > ngrams.WINDOW_CHARS]
        self.further = {i: len(rows) + k for k, i in enumerate(long)}
        texts = [r["text"][:ngrams.WINDOW_CHARS] for r in rows]
        for i in long:
            at = rng.randrange(len(rows[i]["text"]) - ngrams.WINDOW_CHARS + 1)
            texts.append(rows[i]["text"][at:at + ngrams.WINDOW_CHARS])
        phases = [phase(r["role"]) for r in rows] + [phase(rows[i]["role"]) for i in long]
        parts, sizes = [], []
        for at in range(0, len(texts), 20000):
            some = ngrams.many(texts[at:at + 20000], phases[at:at + 20000])
            parts.append(np.concatenate(some))
            sizes += [len(x) for x in some]
        self.flat, self.at = np.concatenate(parts), np.r_[0, np.cumsum(sizes)]

    def __getitem__(self, i):
        return self.flat[self.at[i]:self.at[i + 1]]


def pack(items):
    flat = torch.from_numpy(np.concatenate(items).astype(np.int64))
    sizes = torch.tensor([len(i) for i in items])
    return flat, torch.cat([torch.zeros(1, dtype=torch.long), sizes.cumsum(0)[:-1]]), sizes.float()


def thin(items, rng):
    """N-gram dropout on half of the items: no single n-gram may decide."""
    out = []
    for x in items:
        if rng.random() < 0.5:
            x = x[(rng.random(len(x)) > 0.2) | (x == ANY)]
        out.append(x)
    return out


@torch.no_grad()
def logits(model, items, at_once=512):
    out = [model(*pack(items[i:i + at_once])) for i in range(0, len(items), at_once)]
    return torch.cat(out).numpy()


def soft_targets(path, rows, y, w):
    """The encoder's logits; where it was not asked, the row's own labels; a label of a person that it misses counts, too."""
    import teacher
    u = teacher.load(path, rows)
    new, sure = np.isnan(u), w >= 0.5
    u = np.where(new & sure, np.where(y > 0, 3.0, -5.0), u)
    return np.where(sure & (y > 0), np.fmax(u, 1.0), u).astype(np.float32)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("rows"), a.add_argument("out")
    a.add_argument("--soft", help="what teacher.py wrote")
    a.add_argument("--epochs", type=int, default=3)
    a.add_argument("--rate", type=float, default=4e-3)
    a.add_argument("--missed", type=float, default=3.0, help="weight of the encoder's finds beside what it finds nothing in")
    a.add_argument("--share", type=float, default=0.3, help="weight of the loss towards the encoder")
    a.add_argument("--width", type=int, default=WIDTH), a.add_argument("--hidden", type=int, default=HIDDEN)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--threads", type=int, default=0)
    a = a.parse_args()
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    rng, draw = random.Random(a.seed), np.random.default_rng(a.seed)
    begin = time.time()
    rows = data.read_rows(a.rows)
    train = [r for r in rows if r["split"] == "train"]
    held = [r for r in rows if r["split"] == "heldout"]
    held = random.Random(1).sample(held, min(3000, len(held)))
    del rows
    held_items = ngrams.many([r["text"][:ngrams.WINDOW_CHARS] for r in held], [phase(r["role"]) for r in held])
    hy, hw = np.array([r["y"] for r in held]), np.array([r["w"] for r in held])
    items = Items(train, rng)
    y_all, w_all = (np.array([r[k] for r in train], np.float32) for k in ("y", "w"))
    u_all = soft_targets(a.soft, train, y_all, w_all) if a.soft else np.full_like(y_all, np.nan)
    print(f"{len(train):,} rows, {np.isfinite(u_all[:, data.HARMFUL]).mean():.0%} with the encoder's word, {time.time() - begin:.0f} s", flush=True)
    model = Bag(width=a.width, hidden=a.hidden)
    scale, shift = nn.Parameter(torch.ones(len(data.LABELS))), nn.Parameter(torch.zeros(len(data.LABELS)))  # labels -> the encoder's numbers
    sparse = LazyAdam(model.table.weight)
    dense = torch.optim.AdamW([*model.up.parameters(), *model.head.parameters(), scale, shift], lr=2e-3, weight_decay=0.01)
    importance = torch.tensor([LABEL_WEIGHT.get(l, 1.0) for l in data.LABELS])
    missed = torch.full((len(data.LABELS),), a.missed)
    alarming = [i for i in range(data.INDEX["jailbreak"] + 1)]
    for epoch in range(a.epochs):
        plan = data.plan_epoch(train, rng)
        sums, n = np.zeros(2), 0
        for at in range(0, len(plan), 256):
            rate = 0.5 * (1 + np.cos(np.pi * min(1, (epoch + at / len(plan)) / a.epochs)))
            dense.param_groups[0]["lr"] = 2e-3 * rate + 1e-5
            batch, own, evaded = [], [], []
            for i in plan[at:at + 256]:
                r = train[i]
                harm = bool((y_all[i, alarming] * w_all[i, alarming]).any())
                as_it_is = True
                if len(r["text"]) < 400 and rng.random() < (0.07 if harm else 0.025):
                    evaded.append((len(batch), data.evade(r["text"], rng), phase(r["role"])))
                    x, as_it_is = None, False
                elif i in items.further and rng.random() < 0.5 and not (harm and rng.random() < 0.8):
                    x, as_it_is = items[items.further[i]], False
                else:
                    x = items[i]
                if x is not None and rng.random() < 0.075:     # the other phase
                    x, as_it_is = (x[x != OUTPUT] if r["role"] == "response" else np.union1d(x, [OUTPUT]).astype(np.int32)), False
                batch.append(x), own.append(as_it_is)
            if evaded:
                for (k, _, _), x in zip(evaded, ngrams.many([e[1] for e in evaded], [e[2] for e in evaded])):
                    batch[k] = x
            index = plan[at:at + 256]
            packed = pack(thin(batch, draw))
            out = model(*packed, 0.1)
            y, w = torch.from_numpy(y_all[index]), torch.from_numpy(w_all[index])
            loss = (F.binary_cross_entropy_with_logits(out, y, reduction="none") * w * importance).sum() / len(batch)
            u = u_all[index]
            u[~np.array(own)] = np.nan
            u = torch.from_numpy(u)
            far = F.binary_cross_entropy_with_logits(out * scale + shift, torch.sigmoid(torch.nan_to_num(u)), reduction="none", pos_weight=missed)
            soft = (far * torch.isfinite(u) * importance).sum() / len(batch)
            dense.zero_grad()
            (loss + a.share * soft).backward()
            sparse.step(packed[0], a.rate * rate + 1e-5), dense.step()
            sums, n = sums + [loss.item(), soft.item()], n + 1
            if n % 100 == 0:
                print(f"  {at / len(plan):4.0%} of epoch {epoch + 1}: losses {sums / n}, {time.time() - begin:.0f} s", flush=True)
        s = logits(model, held_items)
        scores = {l: round(average_precision(hy[hw[:, i] > 0.25, i], s[hw[:, i] > 0.25, i]), 3) for l, i in data.INDEX.items()}
        print(f"epoch {epoch + 1}: losses {sums / n}, {time.time() - begin:.0f} s, held out {scores}", flush=True)
        torch.save(model.state_dict(), a.out)


if __name__ == "__main__":
    main()
