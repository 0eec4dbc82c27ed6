//! Loading: from a folder to models that were tried.
//!
//! Owns the reading of files, and every check for which more than a manifest is needed: hashes, shapes, ids
//! and lengths that the graph does not take, numbers that are none. Everything that is wrong is reported in one
//! run; nothing that is wrong is loaded.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::policy::diagnostic::{self, Diagnostic, Severity, Span};
use crate::text::Phase;

use super::cascade::Models;
use super::fault::{LoadFaults, MISSING_FOLDER};
use super::graph::{Graph, Names, RunFault, Tensors};
use super::manifest::{self, FileRef, Input, Manifest, NgramInput, TokenInput};
use super::model::{Form, Model};
use super::ngrams::Buckets;
use super::question::{LabelRef, Tier};
use super::tokens::{CutFault, Tokens};

/// Name of a manifest.
pub const MANIFEST: &str = "classifier.yaml";
/// Largest manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// Largest model, in bytes.
const MAX_MODEL_BYTES: u64 = 1 << 30;
/// Largest tokenizer, in bytes.
const MAX_TOKENIZER_BYTES: u64 = 64 << 20;
/// Most models of a folder.
const MAX_MODELS: usize = 64;

/// What every model must be able to read: both languages, code, digits, and what comes of a broken encoding.
pub(super) const SAMPLES: [&str; 5] = [
    "Hello! Could you help me plan a dinner for six people on Saturday?",
    "你好，请帮我写一封感谢信，语气要真诚。",
    "def f(x):\n    return x ** 2  # 平方 1234567890",
    "\u{0}\u{200b}\u{fffd}🙂 ﷽ \t\n",
    "",
];

/// Loads every model of a folder.
pub(super) fn folder(folder: &Path) -> Result<Vec<Model>, LoadFaults> {
    let mut faults = LoadFaults::default();
    let mut names: Vec<String> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join(MANIFEST).is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect(),
        Err(error) => {
            let message =
                format!("the folder of the classifiers {} cannot be read: {error}", folder.display());
            let fault = Diagnostic::of_file(Severity::Error, MISSING_FOLDER, &"".into(), message);
            faults
                .diagnostics
                .push(fault.help("name it with `--classifiers DIR`, or set `classifiers` in qwarden.yaml"));
            return Err(faults);
        }
    };
    names.sort();
    if names.len() > MAX_MODELS {
        let message = format!("the folder holds {} classifiers, and {MAX_MODELS} is the most", names.len());
        faults.diagnostics.push(Diagnostic::of_file(
            Severity::Error,
            "too-many-classifiers",
            &"".into(),
            message,
        ));
        return Err(faults);
    }
    let (mut found, total) = (Vec::new(), names.len());
    for name in names {
        let place = Place { folder: folder.join(&name), name };
        if let Some(manifest) = place.manifest(&mut faults) {
            found.push((place, manifest));
        }
    }
    across(&found, found.len() == total, &mut faults);
    let mut models = Vec::new();
    for (place, manifest) in found {
        models.extend(place.model(manifest, &mut faults));
    }
    diagnostic::sort(&mut faults.diagnostics);
    if faults.diagnostics.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(faults);
    }
    join(&mut models);
    Ok(models)
}

/// Loads one model's folder by itself, without what it blends with. `manifest` stands in for the folder's own.
pub(super) fn single(folder: &Path, manifest: Option<&str>) -> Result<Model, LoadFaults> {
    let mut faults = LoadFaults::default();
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let place = Place { folder: folder.to_owned(), name };
    let manifest = match manifest {
        Some(text) => place.read_manifest(text.to_owned(), &mut faults),
        None => place.manifest(&mut faults),
    };
    let model = manifest.and_then(|manifest| place.model(manifest, &mut faults));
    diagnostic::sort(&mut faults.diagnostics);
    match model {
        Some(mut model) if faults.diagnostics.iter().all(|fault| fault.severity != Severity::Error) => {
            model.twins = vec![None; model.manifest.labels.len()];
            model.weights = vec![0.0; model.manifest.labels.len()];
            Ok(model)
        }
        _ => Err(faults),
    }
}

/// Every label by the last tier that knows it.
pub(super) fn everything(models: &[Model], fast: Option<usize>) -> Vec<LabelRef> {
    let mut all = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let encoders_first = models.iter().enumerate().filter(|(index, _)| Some(*index) != fast);
    let fast_last = models.iter().enumerate().filter(|(index, _)| Some(*index) == fast);
    for (index, model) in encoders_first.chain(fast_last) {
        for (label, known) in model.manifest.labels.iter().enumerate() {
            if Some(index) == fast && seen.contains(&&*known.name) {
                continue;
            }
            seen.push(&known.name);
            if let (Ok(model), Ok(label)) = (u16::try_from(index), u16::try_from(label)) {
                all.push(LabelRef { model, label, cascade: Some(index) != fast });
            }
        }
    }
    all
}

/// The model of the fast tier.
pub(super) fn fast(models: &[Model]) -> Option<usize> {
    models.iter().position(|model| model.manifest.tier == Tier::Fast)
}

/// Finds for each label of an encoder that of the fast tier.
fn join(models: &mut [Model]) {
    let labels_of_fast: Vec<String> = fast(models)
        .and_then(|index| models.get(index))
        .map(|fast| fast.manifest.labels.iter().map(|label| label.name.clone()).collect())
        .unwrap_or_default();
    for model in models {
        let own_tier = model.manifest.tier == Tier::Fast;
        let twin = |name: &str| labels_of_fast.iter().position(|label| label == name).filter(|_| !own_tier);
        model.twins = model.manifest.labels.iter().map(|label| twin(&label.name)).collect();
        let weight = |name: &str| {
            let blend = model.manifest.blend.as_ref()?;
            blend.weights.iter().find(|(label, _, _)| label == name).map(|(_, weight, _)| *weight)
        };
        model.weights =
            model.manifest.labels.iter().map(|label| weight(&label.name).unwrap_or(0.0)).collect();
    }
}

/// What manifests say about each other. Where they are not `complete`, since some could not be read, nothing is missing.
fn across(found: &[(Place, Manifest)], complete: bool, faults: &mut LoadFaults) {
    for (index, (place, manifest)) in found.iter().enumerate() {
        let before = found.get(..index).unwrap_or_default();
        if let Some((other, _)) = before.iter().find(|(_, other)| other.name == manifest.name) {
            let message = format!("`{}` is also the name of the classifier in {}", manifest.name, other.name);
            place.report(
                faults,
                "duplicate-classifier",
                manifest.name_span,
                message,
                "give each a name of its own",
            );
        }
        if manifest.tier == Tier::Fast
            && let Some((other, _)) = before.iter().find(|(_, other)| other.tier == Tier::Fast)
        {
            let message = format!("the classifier in {} is the fast tier already", other.name);
            place.report(
                faults,
                "two-fast-tiers",
                manifest.tier_span,
                message,
                "write `tier: encoder`: it is then asked by name or for its own labels",
            );
        }
        let Some(blend) = &manifest.blend else { continue };
        let with = found.iter().find(|(_, other)| other.name == blend.with && other.tier == Tier::Fast);
        let Some((_, with)) = with.filter(|_| manifest.tier == Tier::Encoder) else {
            if !complete {
                continue;
            }
            let message =
                format!("`{}` is not a classifier of the fast tier beside this encoder", blend.with);
            place.report(
                faults,
                "unknown-classifier",
                blend.span,
                message,
                "name the fast tier, or remove `blend`",
            );
            continue;
        };
        for (label, _, span) in &blend.weights {
            if !with.labels.iter().any(|known| known.name == *label) {
                let message = format!("`{}` has no label `{label}`", blend.with);
                place.report(faults, "unknown-label", *span, message, "remove its weight");
            }
        }
    }
}

/// A model's folder.
struct Place {
    folder: std::path::PathBuf,
    name: String,
}

impl Place {
    fn file(&self, name: &str) -> Arc<str> {
        if self.name.is_empty() { name.into() } else { format!("{}/{name}", self.name).into() }
    }

    /// Keeps a fault at a place of the manifest.
    fn report(
        &self,
        faults: &mut LoadFaults,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
        help: &str,
    ) {
        let file = self.file(MANIFEST);
        let text = faults.texts.get(&file).map_or("", String::as_str);
        let fault = Diagnostic::at(Severity::Error, code, (&file, text), span, message);
        faults.diagnostics.push(fault.help(help));
    }

    fn manifest(&self, faults: &mut LoadFaults) -> Option<Manifest> {
        let file = self.file(MANIFEST);
        let mut fail = |code, message: String| {
            faults.diagnostics.push(Diagnostic::of_file(Severity::Error, code, &file, message));
            None
        };
        let bytes = match read(&self.folder.join(MANIFEST), MAX_MANIFEST_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => {
                return fail("manifest-unreadable", format!("the manifest cannot be read: {error}"));
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return fail("manifest-not-utf8", "the manifest is not UTF-8".to_owned());
        };
        let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
        self.read_manifest(text, faults)
    }

    fn read_manifest(&self, text: String, faults: &mut LoadFaults) -> Option<Manifest> {
        let file = self.file(MANIFEST);
        let (manifest, diagnostics) = manifest::read(&file, &text);
        faults.diagnostics.extend(diagnostics);
        faults.texts.insert(file, text);
        manifest
    }

    /// Reads a file that the manifest names, and checks its hash.
    fn bytes(&self, faults: &mut LoadFaults, file: &FileRef, most: u64) -> Option<Vec<u8>> {
        let bytes = match read(&self.folder.join(&file.file), most) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", file.file);
                self.report(
                    faults,
                    "file-unreadable",
                    file.span,
                    message,
                    "put the file beside the manifest",
                );
                return None;
            }
        };
        let found = hex::encode(Sha256::digest(&bytes));
        if found != file.sha256 {
            let message =
                format!("`{}` is not the file that this hash is of: its SHA-256 is {found}", file.file);
            let help = "copy the file again; write the hash anew only where you know why it changed";
            self.report(faults, "hash-mismatch", file.sha256_span, message, help);
            return None;
        }
        Some(bytes)
    }

    fn model(&self, manifest: Manifest, faults: &mut LoadFaults) -> Option<Model> {
        let onnx = self.bytes(faults, &manifest.model, MAX_MODEL_BYTES);
        let tokenizer = match &manifest.tokenizer {
            Some(file) => Some(self.bytes(faults, file, MAX_TOKENIZER_BYTES)?),
            None => None,
        };
        let onnx = onnx?;
        let bytes = (onnx.len() + tokenizer.as_ref().map_or(0, Vec::len)) as u64;
        let form = match (&manifest.input, tokenizer) {
            (Input::Tokens(input), Some(json)) => Form::Tokens(self.tokens(faults, &manifest, input, &json)?),
            (Input::Ngrams(NgramInput { buckets, max_features, window_chars, stride_chars, .. }), _) => {
                Form::Ngrams {
                    buckets: Buckets { buckets: *buckets, max_features: *max_features },
                    window_chars: *window_chars,
                    stride_chars: *stride_chars,
                }
            }
            (Input::Tokens(_), None) => return None,
        };
        let names = names(&manifest);
        let sample = match &form {
            Form::Tokens(tokens) => {
                let mut first = None;
                let _ = tokens.each(SAMPLES.first()?, Phase::Input, &|_| true, &mut |cut| {
                    first.get_or_insert(cut.ids);
                    Ok::<(), CutFault>(())
                });
                first?
            }
            Form::Ngrams { buckets, .. } => buckets.of(SAMPLES.first()?, Phase::Input),
        };
        let graph = match Graph::read(&onnx, names, &sample) {
            Ok(graph) => graph,
            Err(fault) => {
                let span = match fault.code {
                    "unknown-output" => manifest.output.span,
                    "unknown-input" | "unfed-input" => manifest.input_span,
                    _ => manifest.model.span,
                };
                self.report(faults, fault.code, span, fault.message, &fault.help);
                return None;
            }
        };
        drop(onnx);
        let mut hasher = Sha256::new();
        hasher.update(faults.texts.get(&self.file(MANIFEST)).map_or(&b""[..], |text| text.as_bytes()));
        hasher.update(&manifest.model.sha256);
        hasher.update(manifest.tokenizer.as_ref().map_or("", |file| &*file.sha256));
        let digest = hex::encode(hasher.finalize());
        let model = Model { manifest, graph, form, digest, bytes, twins: Vec::new(), weights: Vec::new() };
        self.tried(faults, &model).then_some(model)
    }

    fn tokens(
        &self,
        faults: &mut LoadFaults,
        manifest: &Manifest,
        input: &TokenInput,
        json: &[u8],
    ) -> Option<Tokens> {
        let span = manifest.tokenizer.as_ref().map_or(manifest.input_span, |file| file.span);
        // A file of somebody else's making must not end the process, even where the library asserts.
        let read = || Tokens::read(json, input.clone());
        let tokens = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)) {
            Ok(Ok(tokens)) => tokens,
            Ok(Err(fault)) => {
                let message = format!("this is not a tokenizer that can be read: {fault}");
                let help = "write it with the `tokenizers` library: tokenizer.save('tokenizer.json')";
                self.report(faults, "tokenizer-unusable", span, message, help);
                return None;
            }
            Err(_) => {
                let help = "write it with the `tokenizers` library: tokenizer.save('tokenizer.json')";
                self.report(faults, "tokenizer-unusable", span, "the tokenizer cannot be read", help);
                return None;
            }
        };
        let room = input.max_tokens.saturating_sub(tokens.overhead());
        if input.window > room {
            let message = format!(
                "`window: {}` does not fit: of `max_tokens: {}`, prefix and special tokens take {}",
                input.window,
                input.max_tokens,
                tokens.overhead()
            );
            self.report(
                faults,
                "window-too-large",
                manifest.input_span,
                message,
                &format!("write `window: {room}` or less"),
            );
            return None;
        }
        Some(tokens)
    }

    /// Runs the model on what could break it.
    fn tried(&self, faults: &mut LoadFaults, model: &Model) -> bool {
        let manifest = &model.manifest;
        let before = faults.diagnostics.len();
        let mut fail =
            |code, span, message: String, help: &str| self.report(faults, code, span, message, help);
        let (longest, largest) = match (&manifest.input, &model.form) {
            (Input::Tokens(input), Form::Tokens(tokens)) => (input.max_tokens, tokens.largest_id()),
            (Input::Ngrams(input), _) => {
                (input.max_features.min(input.buckets as usize), i64::from(input.buckets) - 1)
            }
            _ => return false,
        };
        let run = |ids: &[i64]| {
            let types = vec![0; ids.len()];
            model.graph.run(Tensors { ids, types: Some(&types) })
        };
        if let Some(fixed) = model.graph.fixed() {
            if longest > fixed {
                let message =
                    format!("the model reads exactly {fixed} tokens, and `max_tokens` is {longest}");
                fail("max-tokens", manifest.input_span, message, &format!("write `max_tokens: {fixed}`"));
                return false;
            }
            let masked = matches!(&manifest.input, Input::Tokens(TokenInput { mask: Some(_), .. }));
            if !masked {
                let message = format!(
                    "the model reads exactly {fixed} tokens and has no mask to tell which of them are text"
                );
                fail("fixed-length", manifest.model.span, message, "export the model with a dynamic length");
                return false;
            }
        }
        let (short, other) = (run(&[0; 4]), run(&[0; 7]));
        if let (Err(RunFault::Output(_)), _) | (_, Err(RunFault::Output(_))) = (&short, &other) {
            let message = "the output grows with the text: it is one of tokens, as models for embeddings have it, and not of labels";
            fail(
                "output-shape",
                manifest.output.span,
                message.to_owned(),
                "name the output with one number a label (usually `logits`); a model without one is no classifier",
            );
            return false;
        }
        if model.graph.outputs() != manifest.labels.len() {
            let message = format!(
                "the model puts out {} numbers for a text, and the manifest has {} labels",
                model.graph.outputs(),
                manifest.labels.len()
            );
            fail(
                "label-count",
                manifest.labels_span,
                message,
                "name every output, in order (config.json of the model has `id2label`)",
            );
            return false;
        }
        for id in [0, largest] {
            if let Err(fault) = run(&[id; 4]) {
                let message = format!("the model fails on the id {id}, which its texts can have: {fault}");
                fail(
                    "unknown-id",
                    manifest.model.span,
                    message,
                    "take the tokenizer that the model was trained with",
                );
                return false;
            }
        }
        let ids: Vec<i64> = match &model.form {
            Form::Tokens(_) => vec![largest; longest],
            Form::Ngrams { .. } => (0..=largest).take(longest).collect(),
        };
        if let Err(fault) = run(&ids) {
            let message = format!("the model fails on {longest} tokens: {fault}");
            fail(
                "max-tokens",
                manifest.input_span,
                message,
                "write a smaller `max_tokens` (`max_position_embeddings` of its config.json, or two less)",
            );
            return false;
        }
        for (text, phase) in SAMPLES.iter().flat_map(|text| [(text, Phase::Input), (text, Phase::Output)]) {
            let said = model
                .cuts(text, phase)
                .and_then(|cuts| cuts.iter().try_for_each(|cut| model.run(cut).map(drop)));
            if let Err(fault) = said {
                let message = format!("the model fails on the text {text:?}: {fault}");
                fail(
                    "model-fails",
                    manifest.model.span,
                    message,
                    "export the model again, and try it with onnxruntime",
                );
                return false;
            }
        }
        faults.diagnostics.len() == before
    }
}

fn names(manifest: &Manifest) -> Names<'_> {
    let output = &manifest.output.tensor;
    match &manifest.input {
        Input::Tokens(TokenInput { ids, mask, types, .. }) => {
            Names { ids, mask: mask.as_deref(), types: types.as_deref(), output }
        }
        Input::Ngrams(NgramInput { ids, .. }) => Names { ids, mask: None, types: None, output },
    }
}

/// Reads a file that is no larger than `most`.
fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    if metadata.len() > most {
        let message = format!("it has {} bytes, and {most} is the most", metadata.len());
        return Err(std::io::Error::other(message));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.by_ref().take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Lets every model read something, as the first question would.
pub(super) fn warm_up(models: &Models) {
    for model in &models.models {
        for text in SAMPLES {
            if let Ok(cuts) = model.cuts(text, Phase::Input) {
                for cut in cuts {
                    let _ = model.run(&cut);
                }
            }
        }
    }
}
