"""Fine-tunes the cut encoder with one multi-label head.

Written for a CPU with bf16 matrix units (autocast, fused query/key/value, plain-matmul attention: nearly twice as fast there as
scaled_dot_product_attention) and just as well for CUDA. The embedding table is int8 with a scale per row from the start and
stays frozen: it is 74 % of the model, and what is shipped is what was trained on. Learning rates follow the clock, so a run
of TRAIN_MINUTES ends annealed on any machine. An exponential average of the weights is what is saved.
"""
import argparse
import json
import math
import os
import random
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import data

HIDDEN, HEADS, INNER = 384, 12, 1536
PREFIX = {"prompt": "query: ", "response": "passage: "}
LABEL_WEIGHT = {"harmful": 2.0, "refusal": 1.5, "jailbreak": 1.2}


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(HIDDEN, 3 * HIDDEN), nn.Linear(HIDDEN, HIDDEN)
        self.up, self.down = nn.Linear(HIDDEN, INNER), nn.Linear(INNER, HIDDEN)
        self.norm1, self.norm2 = nn.LayerNorm(HIDDEN, 1e-12), nn.LayerNorm(HIDDEN, 1e-12)

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-1, -2)) * (HIDDEN // HEADS) ** -0.5 + mask
        mixed = torch.softmax(scores, -1).to(v.dtype) @ v
        x = self.norm1(x + self.out(mixed.transpose(1, 2).reshape(b, t, HIDDEN)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    """Token ids [b, t] and mask [b, t] -> logits [b, labels]."""

    def __init__(self, pieces, positions, layers):
        super().__init__()
        self.register_buffer("table", torch.zeros(pieces, HIDDEN, dtype=torch.int8))
        self.register_buffer("scale", torch.ones(pieces, 1))
        self.pos = nn.Parameter(torch.zeros(positions, HIDDEN))
        self.norm = nn.LayerNorm(HIDDEN, 1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))
        self.dense, self.head = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, len(data.LABELS))

    def embed(self, ids):
        return self.table[ids].float() * self.scale[ids] + self.pos[:ids.shape[1]]

    def forward(self, ids, mask, dropout=0.0):
        x = self.norm(self.embed(ids))
        additive = ((1.0 - mask) * -1e4)[:, None, None, :]
        if torch.is_autocast_enabled(ids.device.type):
            x, additive = x.bfloat16(), additive.bfloat16()
        for layer in self.layers:
            x = layer(x, additive)
        pooled = (x.float() * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
        hidden = F.dropout(torch.tanh(self.dense(pooled)), dropout, dropout > 0)
        return self.head(hidden).float()


def from_base(path, layers, positions=256):
    """The base model of base.py with a fresh head."""
    w = np.load(path)
    t = lambda name: torch.from_numpy(w[name])
    model = Encoder(w["word"].shape[0], positions, layers)
    scale = t("word").abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
    model.table.copy_((t("word") / scale).round().clamp(-127, 127).to(torch.int8))
    model.scale.copy_(scale)
    with torch.no_grad():
        model.pos.copy_(t("pos")[:positions])
        model.norm.weight.copy_(t("ln.w")), model.norm.bias.copy_(t("ln.b"))
        for i, layer in enumerate(model.layers):
            for name, module in (("qkv", layer.qkv), ("ao", layer.out), ("fi", layer.up), ("fo", layer.down),
                                 ("aln", layer.norm1), ("oln", layer.norm2)):
                module.weight.copy_(t(f"l{i}.{name}.w")), module.bias.copy_(t(f"l{i}.{name}.b"))
        model.head.bias.fill_(-2.0)
    return model


def save(model, path, note):
    """Trainable weights only (the table comes from the base)."""
    keep = {k: v.detach().float().cpu() for k, v in model.state_dict().items() if k not in ("table", "scale")}
    torch.save({"weights": keep, "layers": len(model.layers), "note": note}, path + ".part")
    os.replace(path + ".part", path)


def restore(base, path):
    c = torch.load(path, weights_only=True)
    model = from_base(base, c["layers"])
    model.load_state_dict(c["weights"], strict=False)
    return model.eval()


class Texts:
    """Tokenizes rows and cuts each to one window, chosen by what its labels are about."""

    def __init__(self, tokenizer_json):
        from tokenizers import Tokenizer
        self.tokenizer = Tokenizer.from_file(tokenizer_json)
        self.prefix = {k: self.ids([v.rstrip()])[0] for k, v in PREFIX.items()}  # the blank belongs to the first word

    def ids(self, texts):
        return [e.ids for e in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def wrap(self, ids, role):
        return [0] + self.prefix[role] + ids + [2]

    def window(self, row, ids, rng):
        """-> (ids of the window, weights of the labels there)"""
        w = row["w"]
        limit = 186 if rng.random() < 0.15 else 122
        n = len(ids)
        if n <= limit:
            return ids, w
        y = row["y"]
        first, last, anywhere = 0, n - limit, rng.randrange(n - limit + 1)
        where = (row.get("orig") or {}).get("pos") if isinstance(row.get("orig"), dict) else None
        on = {i for i in range(len(y)) if y[i] and w[i]}
        if where:
            at = {"start": first, "end": last}.get(where, (n - limit) // 2)
        elif not on:
            at = anywhere if rng.random() < 0.6 else first
        else:
            at = first if rng.random() < 0.75 else anywhere
            if at:
                w = [x * (0.0 if i == data.INDEX["refusal"] and i in on else 0.4 if i in on else 1) for i, x in enumerate(w)]
        return ids[at:at + limit], w


def batches(rows, texts, rng, tokens):
    """Endless batches of about `tokens` tokens: an epoch's plan, in pools of rows sorted by length."""
    while True:
        plan = data.plan_epoch(rows, rng)
        for at in range(0, len(plan), 12000):
            part = [rows[i] for i in plan[at:at + 12000]]
            pool = []
            for row, ids in zip(part, texts.ids([data.augment(r, rng)[:6000] for r in part])):
                ids, w = texts.window(row, ids, rng)
                role = row["role"] if rng.random() > 0.15 else rng.choice(list(PREFIX))
                pool.append((texts.wrap(ids, role), row["y"], w))
            pool.sort(key=lambda p: (len(p[0]), rng.random()))
            ready, batch = [], []
            for p in pool:
                if batch and (len(batch) + 1) * len(p[0]) > tokens:
                    ready.append(batch)
                    batch = []
                batch.append(p)
            ready.append(batch)
            rng.shuffle(ready)
            yield from ready


def tensors(batch, device):
    longest = max(len(p[0]) for p in batch)
    ids = torch.ones(len(batch), longest, dtype=torch.long)
    mask = torch.zeros(len(batch), longest)
    for i, (x, _, _) in enumerate(batch):
        ids[i, :len(x)] = torch.tensor(x)
        mask[i, :len(x)] = 1
    y, w = torch.tensor([p[1] for p in batch]), torch.tensor([p[2] for p in batch])
    return [t.to(device) for t in (ids, mask, y, w)]


def average_precision(y, s):
    order = np.argsort(-s, kind="stable")
    hit = y[order]
    return float((np.cumsum(hit) / np.arange(1, len(hit) + 1))[hit > 0].mean()) if hit.any() else float("nan")


@torch.no_grad()
def quick_scores(model, rows, texts, device):
    """AUPRC of each label on held-out rows, first 122 tokens, fp32 weights under autocast."""
    items = [(texts.wrap(ids[:122], r["role"]), r["y"], r["w"]) for r, ids in zip(rows, texts.ids([r["text"][:3000] for r in rows]))]
    items.sort(key=lambda p: len(p[0]))
    out, ys, ws = [], [], []
    for at in range(0, len(items), 64):
        ids, mask, y, w = tensors(items[at:at + 64], device)
        with torch.autocast(device, torch.bfloat16):
            out.append(model(ids, mask).cpu())
        ys.append(y.cpu()), ws.append(w.cpu())
    s, y, w = torch.cat(out).numpy(), torch.cat(ys).numpy(), torch.cat(ws).numpy()
    return {l: round(average_precision(y[w[:, i] > 0.25, i], s[w[:, i] > 0.25, i]), 3) for l, i in data.INDEX.items()}


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("rows"), a.add_argument("base"), a.add_argument("out")
    a.add_argument("--layers", type=int, default=5)
    a.add_argument("--minutes", type=float, default=float(os.environ.get("TRAIN_MINUTES", 60)))
    a.add_argument("--tokens", type=int, default=4096)
    a.add_argument("--rate", type=float, default=2e-4)
    a.add_argument("--seed", type=int, default=7)
    a.add_argument("--init", help="a checkpoint to go on from, with its number of layers; a lower --rate suits it")
    a.add_argument("--threads", type=int, default=0)
    a = a.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    rng = random.Random(a.seed)
    rows = data.read_rows(a.rows)
    train = [r for r in rows if r["split"] == "train"]
    held = [r for r in rows if r["split"] == "heldout"]
    del rows
    held = random.Random(1).sample(held, min(2500, len(held)))
    texts = Texts(f"{a.base}/tokenizer.json")
    model = (restore(f"{a.base}/base.npz", a.init).train() if a.init else from_base(f"{a.base}/base.npz", a.layers)).to(device)
    a.layers = len(model.layers)
    named = [(n, p) for n, p in model.named_parameters()]
    groups = []
    for n, p in named:
        depth = int(n.split(".")[1]) + 1 if n.startswith("layers.") else 0
        rate = a.rate * (2.5 if n.startswith(("dense", "head")) else 0.85 ** (a.layers - depth))
        groups.append({"params": [p], "lr": rate, "peak": rate, "weight_decay": 0.01 if p.dim() > 1 and n != "pos" else 0.0})
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)
    mean = [p.detach().clone() for _, p in named]
    importance = torch.tensor([LABEL_WEIGHT.get(l, 1.0) for l in data.LABELS], device=device)
    begin, step, tokens, losses, reported, saved = time.time(), 0, 0, [], time.time(), time.time()

    def swap():
        with torch.no_grad():
            for (_, p), m in zip(named, mean):
                p.data, m.data = m.data, p.data

    def checkpoint(final=False):
        swap()
        save(model, a.out, f"step {step}, {tokens} tokens, {(time.time() - begin) / 60:.1f} min")
        print("held out", json.dumps(quick_scores(model, held, texts, device)), flush=True)
        swap()

    for batch in batches(train, texts, rng, a.tokens):
        progress = (time.time() - begin) / (60 * a.minutes)
        if progress >= 1:
            break
        factor = min(1, step / 60, 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for g in optimizer.param_groups:
            g["lr"] = g["peak"] * max(factor, 1e-3)
        ids, mask, y, w = tensors(batch, device)
        with torch.autocast(device, torch.bfloat16):
            logits = model(ids, mask, 0.1)
        loss = (F.binary_cross_entropy_with_logits(logits, y, reduction="none") * w * importance).sum() / len(batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimizer.step()
        step, tokens = step + 1, tokens + int(mask.sum())
        keep = min(0.995, 1 - 1 / (step + 1) if step < 20 else 0.995)
        with torch.no_grad():
            torch._foreach_mul_(mean, keep)
            torch._foreach_add_(mean, [p.detach() for _, p in named], alpha=1 - keep)
        losses.append(loss.item())
        if time.time() - reported > 30:
            reported = time.time()
            print(f"{(reported - begin) / 60:5.1f} min  step {step}  {tokens / (reported - begin):.0f} tokens/s  {tokens / 1e6:.2f} M tokens"
                  f"  loss {np.mean(losses[-50:]):.4f}", flush=True)
        if time.time() - saved > 480:
            saved = time.time()
            checkpoint()
    checkpoint(True)
    print(f"done: {step} steps, {tokens / 1e6:.2f} M tokens", flush=True)


if __name__ == "__main__":
    main()
