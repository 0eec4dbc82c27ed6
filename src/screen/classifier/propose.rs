//! A manifest for a model that came without one.
//!
//! Owns the guesses: what a Hugging Face export says about itself in its graph, its tokenizer and its
//! `config.json`. Refuses to load anything by them; a proposal is checked like any manifest.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::graph;

/// A manifest that could be right, and what was guessed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The text of `classifier.yaml`.
    pub manifest: String,
    /// What a person should look at.
    pub doubts: Vec<String>,
}

/// Why no manifest can be proposed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoProposal(String);

#[derive(Debug, Default, Deserialize)]
struct Config {
    #[serde(default)]
    model_type: String,
    #[serde(default)]
    id2label: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    problem_type: Option<String>,
    #[serde(default)]
    max_position_embeddings: Option<usize>,
}

/// Reads a folder with `model.onnx` (or one other `.onnx`), `tokenizer.json` and, where there is one, `config.json`.
///
/// # Errors
/// When a file is missing or cannot be read.
pub fn propose(folder: &Path) -> Result<Proposal, NoProposal> {
    let mut doubts = Vec::new();
    let file = onnx_file(folder)?;
    let onnx = read(folder, &file)?;
    let tokenizer = read(folder, "tokenizer.json")?;
    let described = graph::describe(&onnx).map_err(|fault| NoProposal(fault.message))?;
    let config: Config = match std::fs::read(folder.join("config.json")) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| NoProposal(format!("config.json is not what is expected: {error}")))?,
        Err(_) => {
            doubts.push("there is no config.json: the names of the labels are made up".to_owned());
            Config::default()
        }
    };
    let output = ["logits", "output", "scores", "probabilities"]
        .into_iter()
        .find(|name| described.outputs.iter().any(|output| output.name == *name))
        .map(str::to_owned)
        .or_else(|| described.outputs.first().map(|output| output.name.clone()))
        .ok_or_else(|| NoProposal("the model has no output".to_owned()))?;
    let width = described.outputs.iter().find(|known| known.name == output).and_then(|known| known.width);
    let labels = labels(&config, width, &mut doubts);
    let has = |name: &str| described.inputs.iter().any(|input| input == name);
    let ids = if has("input_ids") {
        "input_ids"
    } else {
        doubts.push("no input is called `input_ids`; the first one is taken for it".to_owned());
        described
            .inputs
            .first()
            .map(String::as_str)
            .ok_or_else(|| NoProposal("the model has no input".to_owned()))?
    };
    let mut tensors = format!("ids: {ids}");
    if has("attention_mask") {
        tensors.push_str(", mask: attention_mask");
    }
    if has("token_type_ids") {
        tensors.push_str(", types: token_type_ids");
    }
    let multi = config.problem_type.as_deref() == Some("multi_label_classification");
    let activation = if multi || labels.len() == 1 { "sigmoid" } else { "softmax" };
    if config.problem_type.is_none() {
        doubts.push(format!("config.json has no `problem_type`: `{activation}` is a guess"));
    }
    let positions = config.max_position_embeddings.unwrap_or(512);
    // Models of the RoBERTa family count positions from 2.
    let positions =
        if config.model_type.contains("roberta") { positions.saturating_sub(2) } else { positions };
    let max_tokens = positions.clamp(8, 512);
    let window = max_tokens.saturating_sub(16).clamp(4, 384);
    let name: String = folder
        .file_name()
        .map(|name| name.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(64)
        .collect();
    let name = if name.is_empty() { "my-model".to_owned() } else { name };
    let mut manifest = format!(
        "classifier: {name}\ntitle: {name}\ntier: encoder\nmodel: {{file: {}, sha256: {}}}\n\
         tokenizer: {{file: tokenizer.json, sha256: {}}}\ninput:\n  form: tokens\n  max_tokens: {max_tokens}\n  \
         window: {window}\n  stride: {}\n  tensors: {{{tensors}}}\noutput: {{tensor: {}, activation: {activation}}}\nlabels:\n",
        quoted(&file),
        hex::encode(Sha256::digest(&onnx)),
        hex::encode(Sha256::digest(&tokenizer)),
        (window * 3 / 4).max(1),
        quoted(&output),
    );
    for label in labels {
        let _ = writeln!(manifest, "  - {{label: {}}}", quoted(&label));
    }
    manifest.push_str("licence: unknown\ndata: unknown\n");
    doubts.push("thresholds are 0.5 and nothing is calibrated: `qwarden classifier eval` on texts of yours shows what they should be".to_owned());
    Ok(Proposal { manifest, doubts })
}

fn onnx_file(folder: &Path) -> Result<String, NoProposal> {
    let entries = std::fs::read_dir(folder)
        .map_err(|error| NoProposal(format!("the folder {} cannot be read: {error}", folder.display())))?;
    let mut found: Vec<String> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".onnx"))
        .collect();
    found.sort();
    if found.iter().any(|name| name == "model.onnx") {
        return Ok("model.onnx".to_owned());
    }
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(NoProposal(format!("there is no `.onnx` file in {}", folder.display()))),
        several => {
            Err(NoProposal(format!("there are several models ({}): call one model.onnx", several.join(", "))))
        }
    }
}

fn read(folder: &Path, name: &str) -> Result<Vec<u8>, NoProposal> {
    std::fs::read(folder.join(name)).map_err(|error| NoProposal(format!("{name} cannot be read: {error}")))
}

fn labels(config: &Config, width: Option<usize>, doubts: &mut Vec<String>) -> Vec<String> {
    let mut named: Vec<(usize, String)> = config
        .id2label
        .iter()
        .filter_map(|(id, label)| Some((id.parse().ok()?, clean(label.as_str()?))))
        .collect();
    named.sort();
    let labels: Vec<String> = named.into_iter().map(|(_, label)| label).collect();
    let made_up = |count: usize| (0..count).map(|index| format!("label_{index}")).collect();
    match (labels.len(), width) {
        (0, Some(width)) => made_up(width),
        (0, None) => {
            doubts.push("neither the model nor config.json says how many labels there are".to_owned());
            made_up(2)
        }
        (count, Some(width)) if count != width => {
            doubts.push(format!("config.json names {count} labels and the model puts out {width}"));
            made_up(width)
        }
        _ => labels,
    }
}

/// A label as manifests write it.
fn clean(label: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || "-./: ".contains(c) { c } else { '_' };
    label.chars().map(fine).take(64).collect::<String>().trim().to_ascii_lowercase()
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_plain = text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_plain && !matches!(text, "true" | "false" | "null") { text.to_owned() } else { format!("{text:?}") }
}
