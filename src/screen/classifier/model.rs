//! One loaded model: text in, one logit a label out.
//!
//! Owns the joining of a manifest, its graph and its way of reading texts. Refuses to know of other
//! models, of languages and of rules.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::text::{Phase, Span};

use super::calibration::logits;
use super::graph::{Graph, RunFault, Tensors};
use super::manifest::Manifest;
use super::ngrams::Buckets;
use super::tokens::{Cut, CutFault, Tokens};

/// A loaded model. A clone is the same model: what is large is shared.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) manifest: Arc<Manifest>,
    pub(super) graph: Arc<Graph>,
    pub(super) form: Arc<Form>,
    /// SHA-256 of manifest, model and tokenizer.
    pub(super) digest: String,
    /// Bytes of its files.
    pub(super) bytes: u64,
    /// For each label, that of the fast tier with the same name.
    pub(super) twins: Vec<Option<usize>>,
    /// For each label, how much of the fast tier's logit goes into it.
    pub(super) weights: Vec<f32>,
    /// Whether it failed when it was last run.
    pub(super) failed: Arc<AtomicBool>,
}

/// How a model reads texts.
#[derive(Debug)]
pub(super) enum Form {
    Tokens(Box<Tokens>),
    Ngrams { buckets: Buckets, window_chars: usize, stride_chars: usize },
}

/// Why a model said nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ModelFault {
    #[error(transparent)]
    Cut(#[from] CutFault),
    #[error(transparent)]
    Run(#[from] RunFault),
}

impl Model {
    /// Shows the windows of a text of which `wanted` says yes, one by one.
    pub(super) fn each<E: From<CutFault>>(
        &self,
        text: &str,
        phase: Phase,
        wanted: &dyn Fn(Span) -> bool,
        see: &mut dyn FnMut(Cut) -> Result<(), E>,
    ) -> Result<(), E> {
        match &*self.form {
            Form::Tokens(tokens) => tokens.each(text, phase, wanted, see),
            Form::Ngrams { buckets, window_chars, stride_chars } => {
                let spans = char_windows(text, *window_chars, *stride_chars);
                for span in spans.into_iter().filter(|span| wanted(*span)) {
                    let ids = buckets.of(text.get(span.start..span.end).unwrap_or_default(), phase);
                    see(Cut { span, ids, types: Vec::new() })?;
                }
                Ok(())
            }
        }
    }

    /// All windows of a text.
    pub(super) fn cuts(&self, text: &str, phase: Phase) -> Result<Vec<Cut>, ModelFault> {
        let mut cuts = Vec::new();
        self.each(text, phase, &|_| true, &mut |cut| {
            cuts.push(cut);
            Ok::<(), ModelFault>(())
        })?;
        Ok(cuts)
    }

    /// One logit a label. An embedding of an unknown id or a text past the graph's length is never asked for:
    /// both were tried when the model was loaded.
    pub(super) fn run(&self, cut: &Cut) -> Result<Vec<f32>, ModelFault> {
        let mut values = self.noted(self.graph.run(tensors(cut)))?;
        logits(self.manifest.output.activation, &mut values);
        Ok(values)
    }

    /// The same for several windows in one run of a graph that packs.
    pub(super) fn run_all(&self, cuts: &[&Cut]) -> Result<Vec<Vec<f32>>, ModelFault> {
        let texts: Vec<Tensors<'_>> = cuts.iter().map(|cut| tensors(cut)).collect();
        let values = self.noted(self.graph.run_all(&texts))?;
        let mut each: Vec<Vec<f32>> =
            values.chunks_exact(self.graph.outputs().max(1)).map(<[f32]>::to_vec).collect();
        for values in &mut each {
            logits(self.manifest.output.activation, values);
        }
        Ok(each)
    }

    fn noted(&self, outcome: Result<Vec<f32>, RunFault>) -> Result<Vec<f32>, ModelFault> {
        // Written only where it changes, so that threads do not take the line from each other at each window.
        if self.failed.load(Ordering::Relaxed) != outcome.is_err() {
            self.failed.store(outcome.is_err(), Ordering::Relaxed);
        }
        Ok(outcome?)
    }
}

fn tensors(cut: &Cut) -> Tensors<'_> {
    Tensors { ids: &cut.ids, types: (!cut.types.is_empty()).then_some(&*cut.types) }
}

/// Windows of so many characters, each so many behind the one before. Always at least one.
pub(super) fn char_windows(text: &str, window: usize, stride: usize) -> Vec<Span> {
    if text.len() <= window {
        return vec![Span::new(0, text.len())];
    }
    // The windows that have begun, by the character at which they end.
    let mut ends = std::collections::VecDeque::new();
    let mut spans = Vec::new();
    for (index, (at, _)) in text.char_indices().enumerate() {
        if index % stride == 0 {
            ends.push_back((index + window, at));
        }
        if ends.front().is_some_and(|(end, _)| *end == index)
            && let Some((_, start)) = ends.pop_front()
        {
            spans.push(Span::new(start, at));
        }
    }
    // The first window that reaches the end is the last one.
    if let Some((_, start)) = ends.front() {
        spans.push(Span::new(*start, text.len()));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_characters_overlap_and_reach_the_end() {
        let check = |text: &str, window: usize, stride: usize, expected: &[&str]| {
            let found: Vec<&str> = char_windows(text, window, stride)
                .into_iter()
                .map(|span| &text[span.start..span.end])
                .collect();
            assert_eq!(found, expected, "{text} {window} {stride}");
        };
        check("", 4, 3, &[""]);
        check("abcd", 4, 3, &["abcd"]);
        check("abcde", 4, 3, &["abcd", "de"]);
        check("你好吗朋友们", 4, 3, &["你好吗朋", "朋友们"]);
        check("abcdefgh", 4, 4, &["abcd", "efgh"]);
        check("你好吗朋", 4, 3, &["你好吗朋"]);
        check("abcdefghi", 4, 1, &["abcd", "bcde", "cdef", "defg", "efgh", "fghi"]);
    }
}
