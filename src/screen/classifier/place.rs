//! One model's folder: its files, read and held against their hashes.
//!
//! Owns the limits of what is read, and the way from files to a model that was tried. Refuses to know of other models.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::policy::diagnostic::{Diagnostic, Severity, Span};
use crate::text::Phase;

use super::fault::LoadFaults;
use super::graph::{Graph, Names, PackNames};
use super::load::MANIFEST;
use super::manifest::{self, FileRef, Input, Manifest, NgramInput, TokenInput};
use super::model::{Form, Model};
use super::ngrams::Buckets;
use super::tokens::{CutFault, Tokens};
use super::trial;

/// Largest manifest, in bytes.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;
/// Largest model, in bytes.
const MAX_MODEL_BYTES: u64 = 1 << 30;
/// Largest tokenizer, in bytes.
const MAX_TOKENIZER_BYTES: u64 = 64 << 20;
/// A model's folder.
pub(super) struct Place {
    pub(super) folder: std::path::PathBuf,
    pub(super) name: String,
}

impl Place {
    fn file(&self, name: &str) -> Arc<str> {
        if self.name.is_empty() { name.into() } else { format!("{}/{name}", self.name).into() }
    }

    /// Keeps a fault at a place of the manifest.
    pub(super) fn report(
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

    pub(super) fn manifest(&self, faults: &mut LoadFaults) -> Option<Manifest> {
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

    pub(super) fn read_manifest(&self, text: String, faults: &mut LoadFaults) -> Option<Manifest> {
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

    /// Reads a model's files, and tries it. One that is `known`, with the same bytes in every file, is not made anew.
    pub(super) fn model(
        &self,
        manifest: Manifest,
        known: &[Model],
        faults: &mut LoadFaults,
    ) -> Option<Model> {
        let onnx = self.bytes(faults, &manifest.model, MAX_MODEL_BYTES);
        let tokenizer = match &manifest.tokenizer {
            Some(file) => Some(self.bytes(faults, file, MAX_TOKENIZER_BYTES)?),
            None => None,
        };
        let onnx = onnx?;
        let digest = self.digest(&manifest, faults);
        if let Some(known) = known.iter().find(|known| known.digest == digest) {
            return Some(known.clone());
        }
        let bytes = (onnx.len() + tokenizer.as_ref().map_or(0, Vec::len)) as u64;
        let form = match (&manifest.input, tokenizer) {
            (Input::Tokens(input), Some(json)) => {
                Form::Tokens(Box::new(self.tokens(faults, &manifest, input, &json)?))
            }
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
                let _ = tokens.each(trial::SAMPLES.first()?, Phase::Input, &|_| true, &mut |cut| {
                    first.get_or_insert(cut.ids);
                    Ok::<(), CutFault>(())
                });
                first?
            }
            Form::Ngrams { buckets, .. } => buckets.of(trial::SAMPLES.first()?, Phase::Input),
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
        let model = Model {
            manifest: Arc::new(manifest),
            graph: Arc::new(graph),
            form: Arc::new(form),
            digest,
            bytes,
            twins: Vec::new(),
            weights: Vec::new(),
            failed: Arc::default(),
        };
        let mut fail =
            |code, span, message: String, help: &str| self.report(faults, code, span, message, help);
        trial::holds(&model, &mut fail).then_some(model)
    }

    /// SHA-256 of the manifest, and of the other files' hashes.
    fn digest(&self, manifest: &Manifest, faults: &LoadFaults) -> String {
        let mut hasher = Sha256::new();
        hasher.update(faults.texts.get(&self.file(MANIFEST)).map_or(&b""[..], |text| text.as_bytes()));
        hasher.update(&manifest.model.sha256);
        hasher.update(manifest.tokenizer.as_ref().map_or("", |file| &*file.sha256));
        hex::encode(hasher.finalize())
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
}

fn names(manifest: &Manifest) -> Names<'_> {
    let output = &manifest.output.tensor;
    match &manifest.input {
        Input::Tokens(TokenInput { ids, mask, types, pack, .. }) => {
            let pack = pack.as_ref().map(|pack| PackNames {
                positions: &pack.positions,
                segments: &pack.segments,
                starts: &pack.starts,
            });
            Names { ids, mask: mask.as_deref(), types: types.as_deref(), pack, output }
        }
        Input::Ngrams(NgramInput { ids, .. }) => Names { ids, mask: None, types: None, pack: None, output },
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
