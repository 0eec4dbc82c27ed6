//! The detectors that were trained, as written: `classifier`, `refusal` and `language`.
//!
//! Owns their keys and the faults that can be told from the file alone. Refuses to know which models
//! are installed: `offer` does.

use super::super::decode::{Reader, Spanned};
use super::super::yaml::{Entry, Node, Value};
use super::super::{Score, offer};
use super::{DetectorDocument, texts};
use crate::text::language;

/// The keys of a classifier detector.
pub const CLASSIFIER_KEYS: [&str; 3] = ["category", "min_score", "model"];
/// The keys of a refusal detector.
pub const REFUSAL_KEYS: [&str; 1] = ["min_score"];

pub(super) fn classifier(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let (node, span) = (&entry.value, entry.key_span);
    if let Value::String(category) = &node.value {
        let help = format!("write `classifier: {{category: {category}}}`");
        reader.wrong_type(node, "`classifier`", "a mapping", &help);
        return None;
    }
    let fields = reader.fields(node, "`classifier`", &CLASSIFIER_KEYS)?;
    let errors = reader.errors();
    let category = reader.required(&fields, "category", "violence");
    let category = category.and_then(|node| name(reader, node, "`category`"));
    let min_score = fields.find("min_score").and_then(|node| score(reader, node));
    let model = fields.find("model").and_then(|node| name(reader, node, "`model`"));
    let category = category.filter(|_| reader.errors() == errors)?;
    Some(DetectorDocument::Classifier { span, category, min_score, model })
}

pub(super) fn refusal(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let (node, span) = (&entry.value, entry.key_span);
    match node.value {
        Value::Boolean(true) => return Some(DetectorDocument::Refusal { span, min_score: None }),
        Value::Mapping(_) => {}
        Value::Boolean(false) => {
            let fault = reader.fault("unknown-value", node.span, "`refusal` cannot be false");
            reader.report(fault.help("write `none: {refusal: true}` for replies that decline nothing"));
            return None;
        }
        _ => {
            reader.wrong_type(
                node,
                "`refusal`",
                "true or a mapping",
                "write `refusal: true` or `refusal: {min_score: 0.8}`",
            );
            return None;
        }
    }
    let fields = reader.fields(node, "`refusal`", &REFUSAL_KEYS)?;
    let written = reader.required(&fields, "min_score", "0.8")?;
    let min_score = score(reader, written)?;
    Some(DetectorDocument::Refusal { span, min_score: Some(min_score) })
}

pub(super) fn language(reader: &mut Reader<'_>, entry: &Entry) -> Option<DetectorDocument> {
    let written = texts(reader, &entry.value, "`language`", "a language", "[zh, en]")?;
    let mut codes = Vec::with_capacity(written.len());
    let errors = reader.errors();
    for code in written {
        if language::is_known(&code.value) {
            codes.push(code);
            continue;
        }
        let message = format!("`{}` is not a language that can be told", code.value);
        let mut known: Vec<&str> = language::codes().collect();
        known.sort_unstable();
        let fault = reader.fault("unknown-language", code.span, message);
        let help = format!("write codes of ISO 639-1 in small letters: {}", known.join(", "));
        reader.report(fault.help(help));
    }
    (reader.errors() == errors && !codes.is_empty())
        .then_some(DetectorDocument::Language { span: entry.key_span, codes })
}

/// A name of a label or a model.
fn name(reader: &mut Reader<'_>, node: &Node, of: &str) -> Option<Spanned<String>> {
    let found = reader.string(node, of)?;
    if found.value.trim().is_empty() {
        let fault = reader.fault("empty-text", found.span, format!("{of} cannot be empty"));
        reader.report(fault.help(offer::EXAMPLE));
        return None;
    }
    Some(Spanned { value: found.value.trim().to_owned(), span: found.span })
}

/// A score from 0 to 1.
fn score(reader: &mut Reader<'_>, node: &Node) -> Option<Score> {
    let number = match node.value {
        Value::Float(number) => number,
        Value::Integer(number) if (0..=1).contains(&number) => number as f64,
        Value::Integer(_) => f64::NAN,
        _ => {
            reader.wrong_type(node, "`min_score`", "a number", "write a number such as 0.8, without quotes");
            return None;
        }
    };
    if number > 0.0 && number <= 1.0 {
        return Some(Score::new(number as f32));
    }
    let fault = reader.fault("bad-score", node.span, "`min_score` is a number above 0 and up to 1");
    reader.report(fault.help("write a number such as 0.8, or leave it out for the model's own threshold"));
    None
}
