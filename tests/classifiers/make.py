"""Makes the small models that the tests of the classifiers load.

    python tests/classifiers/make.py        # needs onnx, numpy and tokenizers

They are made by hand and not trained: single words drive single labels, so that a test can say what a text
must score. Some are broken on purpose. The files are committed; run this only to change them.
"""

import hashlib
import json
import pathlib
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HERE = pathlib.Path(__file__).parent
LABELS = ["violence", "refusal", "harmful"]
BUCKETS = 2048
rng = np.random.default_rng(7)


def save(path, nodes, inputs, outputs, weights, opset=17, domain=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    graph = helper.make_graph(nodes, "graph", inputs, outputs,
                              [numpy_helper.from_array(value, name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    path.write_bytes(model.SerializeToString())


def sha(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tensor(name, shape, kind=TensorProto.INT64):
    return helper.make_tensor_value_info(name, kind, shape)


# --- the fast tier: each bucket adds to each label -----------------------------------------------------------

def bucket(feature):
    return zlib.crc32(feature.encode()) % BUCKETS


def fast():
    table = np.zeros((BUCKETS, len(LABELS)), dtype=np.float32)
    # label, how much the word adds
    for word, label, much in [("attack", 0, 8), ("attack", 2, 8), ("杀", 0, 8), ("杀", 2, 8), ("sorry", 1, 8),
                              ("maybe", 0, 4), ("maybe", 2, 4)]:
        table[bucket("w" + word), label] += much
    bias = np.full(len(LABELS), -4, dtype=np.float32)
    folder = HERE / "good" / "fast"
    save(folder / "model.onnx", [
        helper.make_node("Gather", ["table", "features"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "zero"], ["sum"], keepdims=1),
        helper.make_node("Add", ["sum", "bias"], ["logits"]),
    ], [tensor("features", ["n"])], [tensor("logits", [1, 3], TensorProto.FLOAT)],
        {"table": table, "bias": bias, "zero": np.array([0])})
    (folder / "classifier.yaml").write_text(f"""\
# Made by tests/classifiers/make.py; single words drive single labels.
classifier: fast
title: Words by hand
tier: fast
model: {{file: model.onnx, sha256: {sha(folder / "model.onnx")}}}
input: {{form: ngrams, buckets: {BUCKETS}, max_features: 1024, window_chars: 200, stride_chars: 150}}
output: {{tensor: logits, activation: sigmoid}}
labels:
  - {{label: violence, thresholds: {{other: 0.5}}}}
  - {{label: refusal, thresholds: {{other: 0.5}}}}
  - {{label: harmful, thresholds: {{other: 0.5}}}}
route:
  violence: {{clear_below: 0.1, certain_above: 0.95}}
  refusal: {{clear_below: 0.1, certain_above: 0.95}}
licence: Apache-2.0
date: 2026-11-28
data: none
""")


# --- the encoder: one head of attention, then the largest value of any token ---------------------------------

WORDS = ["attack", "sorry", "the", "you", "how", "to", "a", "i", "cannot", "help", "calm", "maybe"]
HAN = list("杀你好我不能")


def vocabulary():
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"] + letters + ["##" + c for c in letters]
    return pieces + list("0123456789.,!?:") + WORDS[:7] + WORDS[8:] + HAN


def tokenizer(path):
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(vocabulary()))}
    built = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", max_input_chars_per_word=40))
    built.normalizer = normalizers.BertNormalizer(lowercase=True)
    built.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    built.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])])
    built.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    # As many published files do; the runtime must not cut or fill by it.
    built.enable_truncation(max_length=16)
    built.enable_padding(length=16)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(json.loads(built.to_str()), ensure_ascii=False))
    return vocab


POSITIONS = 48


def encoder_weights(vocab, width=8):
    table = (rng.standard_normal((len(vocab), width)) * 0.05).astype(np.float32)
    for word, label, much in [("attack", 0, 6), ("attack", 2, 6), ("杀", 0, 6), ("杀", 2, 6), ("sorry", 1, 6),
                              ("calm", 0, -9), ("calm", 2, -9), ("maybe", 2, 3)]:
        table[vocab[word], label] = much
    head = np.zeros((width, len(LABELS)), dtype=np.float32)
    head[range(3), range(3)] = 1
    small = lambda *shape: (rng.standard_normal(shape) * 0.05).astype(np.float32)
    return {"table": table, "places": small(POSITIONS, width), "kinds": small(2, width), "q": small(width, width),
            "k": small(width, width), "v": small(width, width), "head": head,
            "bias": np.full(len(LABELS), -3, dtype=np.float32), "one": np.array(1), "axis0": np.array([0]),
            "axis1": np.array([1]), "axis12": np.array([1]), "scale": np.array(8 ** -0.5, dtype=np.float32),
            "far": np.array(-1e4, dtype=np.float32), "onef": np.array(1, dtype=np.float32), "last": np.array([2]),
            "seq": np.array([1])}


def encoder_nodes():
    node = helper.make_node
    return [
        node("Gather", ["table", "input_ids"], ["words"]),
        node("Shape", ["input_ids"], ["shape"]),
        node("Gather", ["shape", "one"], ["length"]),
        node("Unsqueeze", ["length", "axis0"], ["length1"]),
        node("Slice", ["places", "axis0", "length1", "axis0"], ["place"]),
        node("Gather", ["kinds", "token_type_ids"], ["kind"]),
        node("Add", ["words", "place"], ["x0"]),
        node("Add", ["x0", "kind"], ["x"]),
        node("MatMul", ["x", "q"], ["xq"]), node("MatMul", ["x", "k"], ["xk"]), node("MatMul", ["x", "v"], ["xv"]),
        node("Transpose", ["xk"], ["xkt"], perm=[0, 2, 1]),
        node("MatMul", ["xq", "xkt"], ["att0"]), node("Mul", ["att0", "scale"], ["att1"]),
        node("Cast", ["attention_mask"], ["maskf"], to=TensorProto.FLOAT),
        node("Sub", ["onef", "maskf"], ["hidden"]), node("Mul", ["hidden", "far"], ["minus"]),
        node("Unsqueeze", ["minus", "axis1"], ["minus1"]),
        node("Add", ["att1", "minus1"], ["att2"]), node("Softmax", ["att2"], ["att"], axis=-1),
        node("MatMul", ["att", "xv"], ["mixed"]), node("Add", ["x", "mixed"], ["y"]),
        node("MatMul", ["y", "head"], ["each0"]),
        node("Unsqueeze", ["minus", "last"], ["minus2"]), node("Add", ["each0", "minus2"], ["each"]),
        node("ReduceMax", ["each"], ["most"], axes=[1], keepdims=0),
        node("Add", ["most", "bias"], ["logits"]),
    ]


TOKEN_INPUTS = [tensor(name, ["batch", "seq"]) for name in ["input_ids", "attention_mask", "token_type_ids"]]
LOGITS = tensor("logits", ["batch", 3], TensorProto.FLOAT)


def encoder(vocab):
    folder = HERE / "good" / "encoder"
    weights = encoder_weights(vocab)
    save(folder / "model.onnx", encoder_nodes(), TOKEN_INPUTS, [LOGITS], weights)
    (folder / "classifier.yaml").write_text(f"""\
# Made by tests/classifiers/make.py; single words drive single labels.
classifier: encoder
title: Words by hand, read by one head of attention
tier: encoder
model: {{file: model.onnx, sha256: {sha(folder / "model.onnx")}}}
tokenizer: {{file: tokenizer.json, sha256: {sha(folder / "tokenizer.json")}}}
input:
  form: tokens
  prefix: {{input: "a: ", output: "i: "}}
  max_tokens: 32
  window: 24
  stride: 16
  tensors: {{ids: input_ids, mask: attention_mask, types: token_type_ids}}
output: {{tensor: logits, activation: sigmoid}}
labels:
  - label: violence
    calibration: {{en: {{a: 1.0, b: 0.0}}, zh: {{a: 2.0, b: 0.0}}}}
    thresholds: {{en: 0.6, zh: 0.7, other: 0.8}}
  - {{label: refusal, thresholds: {{other: 0.5}}}}
  - {{label: harmful, thresholds: {{other: 0.5}}}}
blend: {{with: fast, weights: {{refusal: 0.5}}}}
licence: Apache-2.0
date: 2026-11-28
data: none
scores: {{by hand: {{violence: {{auprc: 1.0, rows: 4}}}}}}
""")
    # The same graph, broken or bent in one place each; the tests write manifests for them.
    parts = HERE / "parts"
    nan = dict(weights, q=np.full_like(weights["q"], np.nan))
    save(parts / "nan.onnx", encoder_nodes(), TOKEN_INPUTS, [LOGITS], nan)
    huge = dict(weights, bias=np.full_like(weights["bias"], np.inf))
    save(parts / "infinite.onnx", encoder_nodes(), TOKEN_INPUTS, [LOGITS], huge)
    save(parts / "each-token.onnx", encoder_nodes()[:-2], TOKEN_INPUTS,
         [tensor("each", ["batch", "seq", 3], TensorProto.FLOAT)], weights)
    odd = encoder_nodes()[:-1] + [
        helper.make_node("QwardenNowhere", ["most"], ["odd"], domain="org.example", name="/head/odd"),
        helper.make_node("Add", ["odd", "bias"], ["logits"])]
    save(parts / "unsupported.onnx", odd, TOKEN_INPUTS, [LOGITS], weights, domain="org.example")
    small = dict(weights, table=weights["table"][: len(vocab) - 5])
    save(parts / "small-table.onnx", encoder_nodes(), TOKEN_INPUTS, [LOGITS], small)
    # Reads exactly 32 tokens, as exports without dynamic axes do.
    fixed = [tensor(value.name, [1, 32]) for value in TOKEN_INPUTS]
    save(parts / "fixed.onnx", encoder_nodes(), fixed, [tensor("logits", [1, 3], TensorProto.FLOAT)], weights)


# --- an encoder that reads several texts in one run, with one int8 product as classifiers/train/export.py writes it ------------

PACKED_INPUTS = [tensor(name, [1, "tokens"]) for name in ["input_ids", "positions", "segments"]] + [tensor("starts", ["texts"])]


def packed_nodes():
    node = helper.make_node
    return [
        node("Gather", ["table", "input_ids"], ["words"]),
        node("Gather", ["places", "positions"], ["place"]),
        node("Add", ["words", "place"], ["x"]),
        node("MatMul", ["x", "q"], ["xq"]), node("MatMul", ["x", "k"], ["xk"]), node("MatMul", ["x", "v"], ["xv"]),
        node("Transpose", ["xk"], ["xkt"], perm=[0, 2, 1]),
        node("MatMul", ["xq", "xkt"], ["att0"]), node("Mul", ["att0", "scale"], ["att1"]),
        node("Unsqueeze", ["segments", "last"], ["down"]), node("Unsqueeze", ["segments", "axis1"], ["across"]),
        node("Equal", ["down", "across"], ["same"]), node("Where", ["same", "zerof", "far"], ["minus"]),
        node("Add", ["att1", "minus"], ["att2"]), node("Softmax", ["att2"], ["att"], axis=-1),
        node("MatMul", ["att", "xv"], ["mixed"]), node("Add", ["x", "mixed"], ["y"]),
        # MatMul of y and head, row by row in int8.
        node("Abs", ["y"], ["abs"]), node("ReduceMax", ["abs"], ["greatest"], axes=[-1], keepdims=1),
        node("Div", ["greatest", "n127"], ["share"]), node("Max", ["share", "least"], ["row"]),
        node("Div", ["y", "row"], ["steps"]), node("Round", ["steps"], ["rounded"]), node("Add", ["rounded", "n128"], ["shifted"]),
        node("Cast", ["shifted"], ["u8"], to=TensorProto.UINT8), node("MatMulInteger", ["u8", "head8", "z128"], ["i32"]),
        node("Cast", ["i32"], ["f32"], to=TensorProto.FLOAT), node("Mul", ["f32", "head_scale"], ["scaled"]),
        node("Mul", ["scaled", "row"], ["each"]),
        # The greatest of a text's tokens.
        node("Squeeze", ["segments", "axis0"], ["list"]), node("Gather", ["list", "starts"], ["firsts"]),
        node("Unsqueeze", ["firsts", "axis1"], ["texts"]), node("Equal", ["texts", "segments"], ["own"]),
        node("Where", ["own", "zerof", "far"], ["others"]), node("Unsqueeze", ["others", "last"], ["others1"]),
        node("Add", ["each", "others1"], ["own_only"]), node("ReduceMax", ["own_only"], ["most"], axes=[1], keepdims=0),
        node("Add", ["most", "bias"], ["logits"]),
    ]


def packed(vocab):
    weights = encoder_weights(vocab)
    for name in ["kinds", "one", "axis12", "onef", "seq", "head"]:
        del weights[name]
    head = np.zeros((8, len(LABELS)), dtype=np.int8)
    head[range(3), range(3)] = 127
    weights |= {"head8": head, "head_scale": np.full(len(LABELS), 1 / 127, dtype=np.float32), "zerof": np.array(0, dtype=np.float32),
                "n127": np.array(127, dtype=np.float32), "n128": np.array(128, dtype=np.float32), "z128": np.array(128, dtype=np.uint8),
                "least": np.array(1e-30, dtype=np.float32)}
    parts = HERE / "parts"
    save(parts / "packed.onnx", packed_nodes(), PACKED_INPUTS, [tensor("logits", ["texts", 3], TensorProto.FLOAT)], weights)
    # Every token sees every other, whose text it ever is.
    leaky = [helper.make_node("Mul", ["minus", "zerof"], ["nothing"]) if "att2" in node.output else node for node in packed_nodes()]
    leaky.insert(leaky.index(next(node for node in leaky if "nothing" in node.output)) + 1,
                 helper.make_node("Add", ["att1", "nothing"], ["att2"]))
    loud = dict(weights, v=weights["v"] * 40)
    save(parts / "leaky.onnx", leaky, PACKED_INPUTS, [tensor("logits", ["texts", 3], TensorProto.FLOAT)], loud)


def main():
    fast()
    vocab = tokenizer(HERE / "good" / "encoder" / "tokenizer.json")
    encoder(vocab)
    packed(vocab)
    for path in sorted(HERE.rglob("*.onnx")):
        onnx.load(path)
        print(path.relative_to(HERE), path.stat().st_size)


main()
