//! `input` of a manifest: how a text becomes tensors.

use crate::policy::decode::{Fields, Reader};
use crate::policy::yaml::{Node, Value};

use super::numbers::number;
use super::{Input, NgramInput, PackInput, TokenInput};

/// Most tokens of a window.
const MAX_TOKENS: usize = 8192;
/// Most buckets of n-grams.
const MAX_BUCKETS: usize = 1 << 24;

pub(super) fn input(reader: &mut Reader<'_>, node: &Node) -> Option<Input> {
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
    let (mut ids, mut mask, mut types, mut pack) = ("input_ids".to_owned(), None, None, None);
    if let Some(node) = fields.find("tensors")
        && let Some(tensors) =
            reader.fields(node, "`tensors`", &["ids", "mask", "types", "positions", "segments", "starts"])
    {
        let mut text = |key: &str| {
            let node = tensors.find(key)?;
            reader.string(node, "a tensor's name").map(|text| text.value.to_owned())
        };
        if let Some(written) = text("ids") {
            ids = written;
        }
        (mask, types) = (text("mask"), text("types"));
        pack = match (text("positions"), text("segments"), text("starts")) {
            (None, None, None) => None,
            (Some(positions), Some(segments), Some(starts)) => {
                Some(PackInput { positions, segments, starts })
            }
            _ => {
                let message = "`positions`, `segments` and `starts` go together";
                let fault = reader.fault("half-packed", node.span, message);
                reader.report(fault.help(
                    "name all three inputs of a graph that reads several texts in one run, or none of them",
                ));
                return None;
            }
        };
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
        pack,
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
