//! `labels`, `blend` and `route` of a manifest: what the numbers of a model mean.

use crate::policy::decode::Reader;
use crate::policy::diagnostic::Span;
use crate::policy::yaml::{Node, Value};

use super::numbers::real;
use super::{Blend, Label, Route};
use crate::screen::classifier::calibration::{Calibration, PerLanguage};
use crate::screen::classifier::language::Language;

/// Most labels of a model.
const MAX_LABELS: usize = 1024;

pub(super) fn labels(reader: &mut Reader<'_>, node: &Node) -> Option<Vec<Label>> {
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

pub(super) fn blend(reader: &mut Reader<'_>, node: &Node) -> Option<Blend> {
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

pub(super) fn route(reader: &mut Reader<'_>, node: &Node, labels: &mut [Label]) {
    for (name, node, span) in named(reader, node, "`route`") {
        let Some(fields) = reader.fields(node, "a route", &["clear_below", "certain_above", "with"]) else {
            continue;
        };
        let mut read = |key| {
            let node = reader.required(&fields, key, "0.5")?;
            each_language(reader, node, key)
        };
        let (Some(clear_below), Some(certain_above)) = (read("clear_below"), read("certain_above")) else {
            continue;
        };
        let with = fields.find("with").map_or_else(Vec::new, |node| with(reader, node, labels));
        let Some(index) = find(reader, labels, &name, span) else { continue };
        let crossed = Language::ALL.into_iter().any(|language| {
            clear_below.of(language).zip(certain_above.of(language)).is_some_and(|(clear, sure)| clear > sure)
        });
        if crossed {
            let fault = reader.fault("route-crossed", node.span, "`clear_below` is above `certain_above`");
            reader.report(fault.help("a score cannot be clearly not and clearly so"));
            continue;
        }
        if let Some(label) = labels.get_mut(index) {
            label.route = Some(Route { clear_below, certain_above, with });
        }
    }
}

/// Labels by name, as their indices.
fn with(reader: &mut Reader<'_>, node: &Node, labels: &[Label]) -> Vec<usize> {
    let mut indices = Vec::new();
    for item in reader.list(node, "`with`", "harmful").unwrap_or_default() {
        if let Some(name) = reader.string(item, "a label") {
            indices.extend(find(reader, labels, name.value, item.span));
        }
    }
    indices
}

fn find(reader: &mut Reader<'_>, labels: &[Label], name: &str, span: Span) -> Option<usize> {
    let found = labels.iter().position(|label| label.name == name);
    if found.is_none() {
        let fault = reader.fault("unknown-label", span, format!("this model has no label `{name}`"));
        reader.report(fault.help("name labels of `labels`"));
    }
    found
}

/// One number for all languages, or one for each.
fn each_language(reader: &mut Reader<'_>, node: &Node, of: &'static str) -> Option<PerLanguage<f32>> {
    if matches!(node.value, Value::Mapping(_)) {
        let errors = reader.errors();
        let values = per_language(reader, node, of, |reader, node| real(reader, node, of, 0.0, 1.0));
        return (reader.errors() == errors).then_some(values);
    }
    let mut values = PerLanguage::default();
    values.set(Language::Other, Some(real(reader, node, of, 0.0, 1.0)?));
    Some(values)
}

/// The entries of a mapping whose keys are names.
fn named<'n>(reader: &mut Reader<'_>, node: &'n Node, of: &str) -> Vec<(String, &'n Node, Span)> {
    let Value::Mapping(entries) = &node.value else {
        reader.wrong_type(node, of, "a mapping", "write label names and their values");
        return Vec::new();
    };
    entries.iter().map(|entry| (entry.key.clone(), &entry.value, entry.key_span)).collect()
}
