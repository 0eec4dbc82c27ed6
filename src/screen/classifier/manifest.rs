//! `classifier.yaml`: what a model is, how a text becomes its input, and what its numbers mean.
//!
//! Owns the manifest as written and every fault that can be found without the other files. Refuses
//! to open a model or a tokenizer.

mod input;
mod labels;
mod numbers;

use std::sync::Arc;

use serde_json::Value as Json;

use crate::policy::decode::Reader;
use crate::policy::diagnostic::{Diagnostic, Span};
use crate::policy::yaml::{self, Limits, Node, Value};

use super::calibration::{Calibration, PerLanguage};
use super::language::Language;
use super::question::Tier;
use input::input;
use labels::{blend, labels, route};

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
    /// The inputs of a graph that reads several texts in one run.
    pub(super) pack: Option<PackInput>,
}

/// What tells a graph where the texts of one run begin and end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PackInput {
    /// For each token, its number within its text.
    pub(super) positions: String,
    /// For each token, the number of its text.
    pub(super) segments: String,
    /// For each text, its first token.
    pub(super) starts: String,
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

/// When the fast tier's word is final, by the language of the window; never where a language has no number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    pub(super) clear_below: PerLanguage<f32>,
    pub(super) certain_above: PerLanguage<f32>,
    /// Labels that a text must be clear of, too, before it is clear of this one: their indices.
    pub(super) with: Vec<usize>,
}

impl Route {
    /// Below which score a text in this language is clear; 0 is never.
    pub(super) fn clear_below(&self, language: Language) -> f32 {
        self.clear_below.of(language).unwrap_or(0.0)
    }

    /// Above which score it certainly has the label; 1 is never.
    pub(super) fn certain_above(&self, language: Language) -> f32 {
        self.certain_above.of(language).unwrap_or(1.0)
    }
}

/// How much of the fast tier's logit goes into this model's.
#[derive(Debug, Clone)]
pub(super) struct Blend {
    pub(super) with: String,
    pub(super) span: Span,
    /// By label name.
    pub(super) weights: Vec<(String, f32, Span)>,
}

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
