"""Exports of the model families that people bring, with random weights and tiny sizes, for `qwarden classifier check`.

    python tests/classifiers/families.py OUT [QWARDEN]      # needs torch, transformers 4.5x, tokenizers, onnxruntime

Writes one folder a family (model.onnx, tokenizer.json, config.json) the way `optimum` and `torch.onnx.export` do. With the path of a
`qwarden` binary it runs the check on each and compares its scores with onnxruntime's. docs/classifiers-own.md has the outcome.
Not part of `cargo test`: it needs packages of some gigabytes.
"""

import json
import math
import pathlib
import subprocess
import sys

import numpy as np
import torch
import transformers as tf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

OUT = pathlib.Path(sys.argv[1])
QWARDEN = sys.argv[2] if len(sys.argv) > 2 else None
TEXT = pathlib.Path(__file__).read_text().split() + ["你好", "请帮我写一封信", "桥梁历史的好书", "worthless", "previous instructions"] * 20
LABELS = {0: "toxic", 1: "insult", 2: "threat"}


def tokenizer(kind, specials):
    if kind == "wordpiece":
        built = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        built.normalizer, built.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=specials, show_progress=False)
    elif kind == "unigram":
        built = Tokenizer(models.Unigram())
        built.normalizer, built.pre_tokenizer = normalizers.NFKC(), pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=500, special_tokens=specials, unk_token=specials[3], show_progress=False)
    else:
        built = Tokenizer(models.BPE())
        built.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=specials, show_progress=False,
                                      initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    built.train_from_iterator(TEXT, trainer)
    begin, end = specials[0], specials[2]
    built.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, built.token_to_id(begin)), (end, built.token_to_id(end))])
    built.enable_truncation(max_length=32)
    built.enable_padding(length=32)
    return built


BERT, ROBERTA = ["[CLS]", "[PAD]", "[SEP]", "[UNK]"], ["<s>", "<pad>", "</s>", "<unk>"]
SMALL = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=130,
             pad_token_id=1, id2label=LABELS, label2id={v: k for k, v in LABELS.items()})
FAMILIES = {
    "bert": (tf.BertConfig, "wordpiece", BERT, dict(), ["input_ids", "attention_mask", "token_type_ids"]),
    "distilbert": (tf.DistilBertConfig, "wordpiece", BERT, dict(dim=32, n_layers=2, n_heads=4, hidden_dim=64), ["input_ids", "attention_mask"]),
    "electra": (tf.ElectraConfig, "wordpiece", BERT, dict(embedding_size=16), ["input_ids", "attention_mask", "token_type_ids"]),
    "albert": (tf.AlbertConfig, "unigram", BERT, dict(embedding_size=16), ["input_ids", "attention_mask", "token_type_ids"]),
    "roberta": (tf.RobertaConfig, "bpe", ROBERTA, dict(type_vocab_size=1), ["input_ids", "attention_mask"]),
    "xlm-roberta": (tf.XLMRobertaConfig, "unigram", ROBERTA, dict(type_vocab_size=1), ["input_ids", "attention_mask"]),
    "deberta-v2": (tf.DebertaV2Config, "unigram", BERT, dict(relative_attention=True, position_buckets=16, pos_att_type=["p2c", "c2p"],
                   norm_rel_ebd="layer_norm", share_att_key=True, position_biased_input=False, type_vocab_size=0), ["input_ids", "attention_mask"]),
    "modernbert": (tf.ModernBertConfig, "bpe", BERT, dict(reference_compile=False, global_attn_every_n_layers=2,
                   local_attention=16, cls_token_id=0, sep_token_id=2, bos_token_id=0, eos_token_id=2), ["input_ids", "attention_mask"]),
}


def export(name, opset):
    config_class, kind, specials, more, inputs = FAMILIES[name]
    folder = OUT / (name if opset == 17 else f"{name}-{opset}")
    folder.mkdir(parents=True, exist_ok=True)
    tokens = tokenizer(kind, specials)
    (folder / "tokenizer.json").write_text(tokens.to_str())
    torch.manual_seed(3)
    config = config_class(**{**SMALL, **more, "vocab_size": tokens.get_vocab_size()})
    model = tf.AutoModelForSequenceClassification.from_config(config, attn_implementation="eager").eval()
    for weights in model.parameters():
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=0.2)
    config.save_pretrained(folder)
    tensors = {"input_ids": torch.randint(4, 60, (2, 11)), "attention_mask": torch.ones(2, 11, dtype=torch.long),
               "token_type_ids": torch.zeros(2, 11, dtype=torch.long)}

    class Plain(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, *args):
            return self.model(**dict(zip(inputs, args))).logits

    torch.onnx.export(Plain().eval(), tuple(tensors[i] for i in inputs), str(folder / "model.onnx"), input_names=inputs, output_names=["logits"],
                      dynamic_axes={**{i: {0: "batch", 1: "sequence"} for i in inputs}, "logits": {0: "batch"}},
                      opset_version=opset, dynamo=False)
    return folder, tokens, inputs


def compare(folder, tokens, inputs):
    import onnxruntime
    ran = subprocess.run([QWARDEN, "classifier", "check", "--format", "json", str(folder)], capture_output=True, text=True)
    if ran.returncode != 0:
        return "does not work: " + next((l for l in ran.stderr.splitlines() if l.startswith("error")), ran.stderr.strip()[:300])
    tokens.no_padding(), tokens.no_truncation()
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"))
    worst = 0.0
    for sample in json.loads(ran.stdout)["samples"]:
        ids = np.array([tokens.encode(sample["text"]).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        logits = session.run(None, {i.name: feed[i.name] for i in session.get_inputs()})[0][0]
        theirs = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
        worst = max(worst, float(np.abs(theirs - np.array(sample["scores"])).max()))
    return f"works, scores differ from onnxruntime's by at most {worst:.1e}"


for name in FAMILIES:
    for opset in (17,) if name != "bert" else (14, 17, 20):
        label = f"{name}, opset {opset}"
        try:
            exported = export(name, opset)
            print(label, "-", compare(*exported) if QWARDEN else "written", flush=True)
        except Exception as error:
            print(label, "- cannot be exported:", str(error).splitlines()[0][:200], flush=True)
