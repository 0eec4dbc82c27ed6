//! `classifier.yaml`: what a model is, how a text becomes its input, and what its numbers mean.
//!
//! Owns the manifest as written and every fault that can be found without the other files. Refuses
//! to open a model or a tokenizer.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::policy::decode::{Fields, Reader};
use crate::policy::diagnostic::{Diagnostic, Span};
use crate::policy::yaml::{self, Limits, Node, Value};

use super::calibration::{Calibration, PerLanguage};
use super::language::Language;
use super::question::Tier;

/// A manifest that has no fault of its own.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) name_span: Span,
    pub(super) title: String,
    pub(super) tier: Tier,
    pub(super) tier_span: Span,
    pub(super) model: FileRef,
    pub(super) tokenizer: Option<FileRef>,
    pub(super) input: Input,
    pub(super) input_span: Span,
    pub(super) output: Output,
    pub(super) labels: Vec<Label>,
    pub(super) labels_span: Span,
    pub(super) blend: Option<Blend>,
    pub(super) licence: String,
    pub(super) date: String,
    pub(super) data: String,
    pub(super) scores: Json,
}

/// A file beside the manifest.
#[derive(Debug, Clone)]
pub(super) struct FileRef {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) span: Span,
    pub(super) sha256_span: Span,
}

/// How a text becomes tensors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    Tokens(TokenInput),
    Ngrams(NgramInput),
}

/// `form: tokens`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenInput {
    pub(super) prefix_input: String,
    pub(super) prefix_output: String,
    pub(super) max_tokens: usize,
    pub(super) window: usize,
    pub(super) stride: usize,
    pub(super) ids: String,
    pub(super) mask: Option<String>,
    pub(super) types: Option<String>,
}

/// `form: ngrams`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NgramInput {
    pub(super) buckets: u32,
    pub(super) max_features: usize,
    pub(super) window_chars: usize,
    pub(super) stride_chars: usize,
    pub(super) ids: String,
}

/// What comes out.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) tensor: String,
    pub(super) span: Span,
    pub(super) activation: Activation,
}

/// How the numbers of the output relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// Each label for itself.
    Sigmoid,
    /// One of the labels.
    Softmax,
}

/// One label, in the order of the output.
#[derive(Debug, Clone)]
pub(super) struct Label {
    pub(super) name: String,
    pub(super) calibration: PerLanguage<Calibration>,
    pub(super) thresholds: PerLanguage<f32>,
    /// When the fast tier's word about it is final.
    pub(super) route: Option<Route>,
}

/// When the fast tier's word is final.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Route {
    pub(super) clear_below: f32,
    pub(super) certain_above: f32,
}

/// How much of the fast tier's logit goes into this model's.
#[derive(Debug, Clone)]
pub(super) struct Blend {
    pub(super) with: String,
    pub(super) span: Span,
    /// By label name.
    pub(super) weights: Vec<(String, f32, Span)>,
}

/// Most labels of a model.
const MAX_LABELS: usize = 1024;
/// Most tokens of a window.
const MAX_TOKENS: usize = 8192;
/// Most buckets of n-grams.
const MAX_BUCKETS: usize = 1 << 24;

const KEYS: &[&str] = &[
    "classifier",
    "title",
    "tier",
    "model",
    "tokenizer",
    "input",
    "output",
    "labels",
    "blend",
    "route",
    "licence",
    "date",
    "data",
    "scores",
];

/// Reads a manifest. The faults are all there are in the file; a manifest is returned where none is an error.
pub(super) fn read(file: &Arc<str>, text: &str) -> (Option<Manifest>, Vec<Diagnostic>) {
    let parsed = yaml::parse(file, text, Limits::default());
    let mut diagnostics = parsed.diagnostics;
    let mut reader = Reader::new(file, text, parsed.broken_at.is_none());
    let broken = !diagnostics.is_empty();
    let manifest =
        match &parsed.root {
            Some(root) => decode(&mut reader, root),
            None => {
                let fault = reader.fault(
                    "empty-manifest",
                    Span { line: 1, column: 1, ..Span::default() },
                    "the manifest is empty",
                );
                reader.report(fault.help(
                    "`qwarden classifier check DIR` proposes one for a model.onnx and a tokenizer.json",
                ));
                None
            }
        };
    let sound = !broken && reader.errors() == 0;
    diagnostics.extend(reader.into_diagnostics());
    (manifest.filter(|_| sound), diagnostics)
}

fn decode(reader: &mut Reader<'_>, root: &Node) -> Option<Manifest> {
    let fields = reader.fields(root, "a classifier's manifest", KEYS)?;
    let name = reader.required(&fields, "classifier", "my-model").and_then(|node| name(reader, node));
    let tier_node = reader.required(&fields, "tier", "encoder");
    let tier = tier_node
        .and_then(|node| reader.choice(node, "`tier`", &[("fast", Tier::Fast), ("encoder", Tier::Encoder)]));
    let model = reader
        .required(&fields, "model", "{file: model.onnx, sha256: …}")
        .and_then(|node| file_ref(reader, node, "`model`"));
    let tokenizer = fields.find("tokenizer").map(|node| file_ref(reader, node, "`tokenizer`"));
    let input = reader
        .required(&fields, "input", "{form: tokens, max_tokens: 512, window: 384, stride: 288}")
        .and_then(|node| Some((input(reader, node)?, node.span)));
    let output = reader
        .required(&fields, "output", "{tensor: logits, activation: sigmoid}")
        .and_then(|node| output(reader, node));
    let labels_node = reader.required(&fields, "labels", "[{label: toxic}]");
    let mut labels = labels_node.and_then(|node| labels(reader, node));
    let blend = fields.find("blend").map(|node| blend(reader, node));
    if let (Some(node), Some(labels)) = (fields.find("route"), &mut labels) {
        route(reader, node, labels);
        if tier == Some(Tier::Encoder) {
            let fault = reader.fault(
                "route-of-encoder",
                node.span,
                "the encoder tier has no `route`: its word is always final",
            );
            reader.report(fault.help("move `route` to the manifest of the fast tier"));
        }
    }
    if let (Some(Some(blend)), Some(labels)) = (&blend, &labels) {
        for (label, _, span) in &blend.weights {
            if !labels.iter().any(|known| known.name == *label) {
                let fault =
                    reader.fault("unknown-label", *span, format!("this model has no label `{label}`"));
                reader.report(fault.help("name labels of `labels`"));
            }
        }
    }
    match (&input, &tokenizer) {
        (Some((Input::Tokens(_), span)), None) => {
            let fault = reader.fault("missing-tokenizer", *span, "`form: tokens` needs a tokenizer");
            reader.report(fault.help("add `tokenizer: {file: tokenizer.json, sha256: …}`"));
        }
        (Some((Input::Ngrams(_), _)), Some(_)) => {
            let span = fields.find("tokenizer").map_or(fields.span, |node| node.span);
            let fault = reader.fault("unused-tokenizer", span, "`form: ngrams` has no use for a tokenizer");
            reader.report(fault.help("remove `tokenizer`"));
        }
        _ => {}
    }
    let text = |reader: &mut Reader<'_>, key: &str| {
        let node = fields.find(key)?;
        // A date without quotes is text in YAML 1.2, a year alone is a number.
        match &node.value {
            Value::Integer(number) => Some(number.to_string()),
            _ => reader.string(node, &format!("`{key}`")).map(|text| text.value.to_owned()),
        }
    };
    let title = text(reader, "title");
    let (licence, date, data) = (text(reader, "licence"), text(reader, "date"), text(reader, "data"));
    let ((name, name_span), (input, input_span)) = (name?, input?);
    Some(Manifest {
        title: title.unwrap_or_else(|| name.clone()),
        name,
        name_span,
        tier: tier?,
        tier_span: tier_node?.span,
        model: model?,
        tokenizer: tokenizer.flatten(),
        input,
        input_span,
        output: output?,
        labels: labels?,
        labels_span: labels_node?.span,
        blend: blend.flatten(),
        licence: licence.unwrap_or_default(),
        date: date.unwrap_or_default(),
        data: data.unwrap_or_default(),
        scores: fields.find("scores").map_or(Json::Null, json),
    })
}

fn name(reader: &mut Reader<'_>, node: &Node) -> Option<(String, Span)> {
    let written = reader.string(node, "`classifier`")?;
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if written.value.is_empty() || written.value.len() > 64 || !written.value.chars().all(fine) {
        let fault =
            reader.fault("bad-name", node.span, format!("`{}` cannot be a classifier's name", written.value));
        reader.report(fault.help("use up to 64 of a-z, 0-9 and `-`"));
        return None;
    }
    Some((written.value.to_owned(), node.span))
}

fn file_ref(reader: &mut Reader<'_>, node: &Node, of: &'static str) -> Option<FileRef> {
    let fields = reader.fields(node, of, &["file", "sha256"])?;
    let file = reader.required(&fields, "file", "model.onnx").and_then(|node| reader.string(node, "`file`"));
    let hash = reader
        .required(&fields, "sha256", "64 hexadecimal digits")
        .and_then(|node| reader.string(node, "`sha256`"));
    let (file, hash) = (file?, hash?);
    let plain =
        !file.value.is_empty() && !file.value.contains(['/', '\\', '\0']) && !file.value.starts_with('.');
    if !plain {
        let fault = reader.fault(
            "bad-file-name",
            file.span,
            format!("`{}` is not a file beside the manifest", file.value),
        );
        reader.report(fault.help("put the file into the manifest's folder and write its name alone"));
    }
    let sound = hash.value.len() == 64 && hash.value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !sound {
        let fault = reader.fault("bad-sha256", hash.span, "a SHA-256 is 64 hexadecimal digits");
        reader.report(fault.help(format!("`sha256sum {}` prints it", file.value)));
    }
    (plain && sound).then(|| FileRef {
        file: file.value.to_owned(),
        sha256: hash.value.to_ascii_lowercase(),
        span: file.span,
        sha256_span: hash.span,
    })
}

fn input(reader: &mut Reader<'_>, node: &Node) -> Option<Input> {
    let form = match &node.value {
        Value::Mapping(entries) => entries.iter().find(|entry| entry.key == "form").map(|entry| &entry.value),
        _ => None,
    };
    let ngrams = form.is_some_and(|form| form.value == Value::String("ngrams".to_owned()));
    let known: &[&str] = if ngrams {
        &["form", "buckets", "max_features", "window_chars", "stride_chars", "tensors"]
    } else {
        &["form", "prefix", "max_tokens", "window", "stride", "tensors"]
    };
    let fields = reader.fields(node, "`input`", known)?;
    reader
        .required(&fields, "form", "tokens")
        .and_then(|node| reader.choice(node, "`form`", &[("tokens", ()), ("ngrams", ())]))?;
    if ngrams { ngram_input(reader, &fields) } else { token_input(reader, &fields) }
}

fn token_input(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Input> {
    let (mut prefix_input, mut prefix_output) = (String::new(), String::new());
    if let Some(node) = fields.find("prefix")
        && let Some(prefix) = reader.fields(node, "`prefix`", &["input", "output"])
    {
        for (key, put) in [("input", &mut prefix_input), ("output", &mut prefix_output)] {
            if let Some(written) = prefix.find(key).and_then(|node| reader.string(node, "a prefix")) {
                written.value.clone_into(put);
            }
        }
    }
    let max_tokens = reader.required(fields, "max_tokens", "512");
    let max_tokens = max_tokens.and_then(|node| number(reader, node, "`max_tokens`", 8, MAX_TOKENS))?;
    let window = match fields.find("window") {
        Some(node) => number(reader, node, "`window`", 4, max_tokens)?,
        // Room for a prefix and special tokens.
        None => max_tokens.saturating_sub(max_tokens / 8).max(4),
    };
    let stride = match fields.find("stride") {
        Some(node) => number(reader, node, "`stride`", 1, window)?,
        None => (window * 3 / 4).max(1),
    };
    let (mut ids, mut mask, mut types) = ("input_ids".to_owned(), None, None);
    if let Some(node) = fields.find("tensors")
        && let Some(tensors) = reader.fields(node, "`tensors`", &["ids", "mask", "types"])
    {
        let mut text = |key: &str| {
            let node = tensors.find(key)?;
            reader.string(node, "a tensor's name").map(|text| text.value.to_owned())
        };
        if let Some(written) = text("ids") {
            ids = written;
        }
        (mask, types) = (text("mask"), text("types"));
    }
    Some(Input::Tokens(TokenInput {
        prefix_input,
        prefix_output,
        max_tokens,
        window,
        stride,
        ids,
        mask,
        types,
    }))
}

fn ngram_input(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Input> {
    let mut read = |key: &'static str, example: &str, least: usize, most: usize| {
        let node = reader.required(fields, key, example)?;
        number(reader, node, key, least, most)
    };
    let buckets = read("buckets", "131072", 2, MAX_BUCKETS);
    let max_features = read("max_features", "4096", 1, 1 << 20);
    let window_chars = read("window_chars", "1200", 16, 1 << 20);
    let stride_chars = read("stride_chars", "900", 1, window_chars.unwrap_or(1 << 20));
    let mut ids = "features".to_owned();
    if let Some(node) = fields.find("tensors")
        && let Some(tensors) = reader.fields(node, "`tensors`", &["ids"])
        && let Some(node) = tensors.find("ids")
    {
        reader.string(node, "a tensor's name")?.value.clone_into(&mut ids);
    }
    Some(Input::Ngrams(NgramInput {
        buckets: u32::try_from(buckets?).unwrap_or(u32::MAX),
        max_features: max_features?,
        window_chars: window_chars?,
        stride_chars: stride_chars?,
        ids,
    }))
}

fn output(reader: &mut Reader<'_>, node: &Node) -> Option<Output> {
    let fields = reader.fields(node, "`output`", &["tensor", "activation"])?;
    let tensor =
        reader.required(&fields, "tensor", "logits").and_then(|node| reader.string(node, "`tensor`"));
    let activation = reader.required(&fields, "activation", "sigmoid").and_then(|node| {
        reader.choice(
            node,
            "`activation`",
            &[("sigmoid", Activation::Sigmoid), ("softmax", Activation::Softmax)],
        )
    });
    let tensor = tensor?;
    Some(Output { tensor: tensor.value.to_owned(), span: tensor.span, activation: activation? })
}

fn labels(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Label>> {
    let items = reader.list(node, "`labels`", "{label: toxic}")?;
    if items.len() > MAX_LABELS {
        let fault =
            reader.fault("too-many-labels", node.span, format!("a model has at most {MAX_LABELS} labels"));
        reader.report(fault);
        return None;
    }
    let mut labels: Vec<Label> = Vec::with_capacity(items.len());
    for item in items {
        let Some(fields) = reader.fields(item, "a label", &["label", "calibration", "thresholds"]) else {
            continue;
        };
        let Some(name) =
            reader.required(&fields, "label", "toxic").and_then(|node| reader.string(node, "`label`"))
        else {
            continue;
        };
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/' | ':');
        if name.value.is_empty() || name.value.len() > 64 || !name.value.chars().all(fine) {
            let fault = reader.fault("bad-label", name.span, format!("`{}` cannot be a label", name.value));
            reader.report(fault.help("use up to 64 letters, digits, `_`, `-`, `.`, `/`, `:` and spaces"));
            continue;
        }
        if labels.iter().any(|known| known.name == name.value) {
            let fault = reader.fault(
                "duplicate-label",
                name.span,
                format!("the label `{}` stands twice", name.value),
            );
            reader.report(fault.help("each output has a name of its own"));
            continue;
        }
        let mut calibration = PerLanguage::default();
        if let Some(node) = fields.find("calibration") {
            calibration = per_language(reader, node, "`calibration`", |reader, node| {
                let fields = reader.fields(node, "a calibration", &["a", "b"])?;
                let mut read = |key, example| {
                    reader.required(&fields, key, example).and_then(|node| real(reader, node, key, -1e6, 1e6))
                };
                Some(Calibration { a: read("a", "1.0")?, b: read("b", "0.0")? })
            });
        }
        let mut thresholds = PerLanguage::default();
        if let Some(node) = fields.find("thresholds") {
            thresholds = per_language(reader, node, "`thresholds`", |reader, node| {
                real(reader, node, "a threshold", 0.0, 1.0)
            });
        }
        labels.push(Label { name: name.value.to_owned(), calibration, thresholds, route: None });
    }
    (!labels.is_empty()).then_some(labels)
}

fn per_language<T: Copy>(
    reader: &mut Reader<'_>,
    node: &Node,
    of: &'static str,
    mut read: impl FnMut(&mut Reader<'_>, &Node) -> Option<T>,
) -> PerLanguage<T> {
    let mut values = PerLanguage::default();
    if let Some(fields) = reader.fields(node, of, &["en", "zh", "other"]) {
        for language in Language::ALL {
            if let Some(node) = fields.find(language.as_str()) {
                values.set(language, read(reader, node));
            }
        }
    }
    values
}

fn blend(reader: &mut Reader<'_>, node: &Node) -> Option<Blend> {
    let fields = reader.fields(node, "`blend`", &["with", "weights"])?;
    let with = reader.required(&fields, "with", "fast").and_then(|node| reader.string(node, "`with`"))?;
    let mut weights = Vec::new();
    if let Some(node) = reader.required(&fields, "weights", "{refusal: 0.5}") {
        for (name, node, span) in named(reader, node, "`weights`") {
            if let Some(weight) = real(reader, node, "a weight", 0.0, 1.0) {
                weights.push((name, weight, span));
            }
        }
    }
    Some(Blend { with: with.value.to_owned(), span: with.span, weights })
}

fn route(reader: &mut Reader<'_>, node: &Node, labels: &mut [Label]) {
    for (name, node, span) in named(reader, node, "`route`") {
        let Some(fields) = reader.fields(node, "a route", &["clear_below", "certain_above"]) else {
            continue;
        };
        let mut read = |key| {
            let node = reader.required(&fields, key, "0.5")?;
            real(reader, node, key, 0.0, 1.0)
        };
        let (Some(clear_below), Some(certain_above)) = (read("clear_below"), read("certain_above")) else {
            continue;
        };
        let Some(label) = labels.iter_mut().find(|label| label.name == name) else {
            let fault = reader.fault("unknown-label", span, format!("this model has no label `{name}`"));
            reader.report(fault.help("name labels of `labels`"));
            continue;
        };
        if clear_below > certain_above {
            let fault = reader.fault("route-crossed", node.span, "`clear_below` is above `certain_above`");
            reader.report(fault.help("a score cannot be clearly not and clearly so"));
            continue;
        }
        label.route = Some(Route { clear_below, certain_above });
    }
}

/// The entries of a mapping whose keys are names.
fn named<'n>(reader: &mut Reader<'_>, node: &'n Node, of: &str) -> Vec<(String, &'n Node, Span)> {
    let Value::Mapping(entries) = &node.value else {
        reader.wrong_type(node, of, "a mapping", "write label names and their values");
        return Vec::new();
    };
    entries.iter().map(|entry| (entry.key.clone(), &entry.value, entry.key_span)).collect()
}

fn number(reader: &mut Reader<'_>, node: &Node, of: &str, least: usize, most: usize) -> Option<usize> {
    let value = reader.count(node, of)?;
    if !(least..=most).contains(&value) {
        let fault = reader.fault("out-of-range", node.span, format!("{of} is from {least} to {most}"));
        reader.report(fault.help(format!("write a number from {least} to {most}")));
        return None;
    }
    Some(value)
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a model's numbers are f32")]
fn real(reader: &mut Reader<'_>, node: &Node, of: &str, least: f32, most: f32) -> Option<f32> {
    let value = match node.value {
        Value::Integer(value) => value as f32,
        Value::Float(value) => value as f32,
        _ => {
            reader.wrong_type(node, of, "a number", "write a number such as 0.5, without quotes");
            return None;
        }
    };
    if !(value >= least && value <= most) {
        let fault = reader.fault("out-of-range", node.span, format!("{of} is from {least} to {most}"));
        reader.report(fault.help(format!("write a number from {least} to {most}")));
        return None;
    }
    Some(value)
}

/// A free-form value as JSON, for whoever lists models.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Faulty => Json::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Sequence(items) => items.iter().map(json).collect(),
        Value::Mapping(entries) => {
            Json::Object(entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect())
        }
    }
}
