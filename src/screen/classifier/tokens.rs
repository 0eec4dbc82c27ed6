//! From a text to the windows that an encoder reads, as ids.
//!
//! Owns the tokenizer and where windows begin and end. Nothing of a text is cut off: what does not
//! fit into one window goes into several, which overlap. Refuses to know what a window leads to.

use tokenizers::Tokenizer;

use crate::text::{Phase, Span};

use super::manifest::TokenInput;

/// A window of a text, ready to be read by a model.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    pub(super) span: Span,
    pub(super) ids: Vec<i64>,
    pub(super) types: Vec<i64>,
}

/// Why a text could not be cut: the tokenizer gave an error, or one character takes more than a window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct CutFault(String);

/// A tokenizer, and how long windows are.
#[derive(Debug)]
pub(super) struct Tokens {
    tokenizer: Tokenizer,
    input: TokenInput,
    /// Tokens that are in every window beside the text: special ones and the prefix.
    overhead: [usize; 2],
}

/// Characters of a text that are tokenized at once: what a tokenizer keeps is many times its text.
const BLOCK: usize = 16_384;
/// Characters that a block shares with the one before it.
const BLOCK_OVERLAP: usize = 1_024;

impl Tokens {
    /// Reads a `tokenizer.json`.
    pub(super) fn read(json: &[u8], input: TokenInput) -> Result<Self, CutFault> {
        let fault = |error: tokenizers::Error| CutFault(error.to_string());
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(fault)?;
        // Many files cut to the length of the training and fill up to it. Here nothing is cut, and
        // padding would only cost time.
        tokenizer.with_truncation(None).map_err(fault)?;
        tokenizer.with_padding(None);
        // `[SEP]` or `</s>` in somebody's text is text, and ends nothing.
        tokenizer.set_encode_special_tokens(true);
        let mut tokens = Self { tokenizer, input, overhead: [0; 2] };
        tokens.overhead =
            [tokens.encode("", Phase::Input)?.0.len(), tokens.encode("", Phase::Output)?.0.len()];
        Ok(tokens)
    }

    /// The largest id there is.
    pub(super) fn largest_id(&self) -> i64 {
        let vocabulary = self.tokenizer.get_vocab(true);
        vocabulary.values().copied().max().map_or(0, i64::from)
    }

    /// Tokens that are in every window beside the text.
    pub(super) fn overhead(&self) -> usize {
        self.overhead.into_iter().max().unwrap_or_default()
    }

    /// Prefix, text and special tokens, as ids and types.
    pub(super) fn encode(&self, text: &str, phase: Phase) -> Result<(Vec<i64>, Vec<i64>), CutFault> {
        let prefix = match phase {
            Phase::Input => &self.input.prefix_input,
            Phase::Output => &self.input.prefix_output,
        };
        let whole;
        let text = if prefix.is_empty() {
            text
        } else if text.is_empty() {
            // The blank at a prefix's end belongs to the first word of the text.
            prefix.trim_end()
        } else {
            whole = format!("{prefix}{text}");
            &whole
        };
        let encoding = self.tokenizer.encode_fast(text, true).map_err(|error| CutFault(error.to_string()))?;
        let wide = |ids: &[u32]| ids.iter().copied().map(i64::from).collect();
        Ok((wide(encoding.get_ids()), wide(encoding.get_type_ids())))
    }

    /// Shows the windows of a text one by one, in order; those of which `wanted` says no are left out. A text in
    /// which there is nothing has one window too. Whoever sees them may end it with an error.
    pub(super) fn each<E: From<CutFault>>(
        &self,
        text: &str,
        phase: Phase,
        wanted: &dyn Fn(Span) -> bool,
        see: &mut dyn FnMut(Cut) -> Result<(), E>,
    ) -> Result<(), E> {
        let overhead = self.overhead.get(phase as usize).copied().unwrap_or_default();
        // Few texts have tokens of more bytes than that on the average; they are cut, which is no loss.
        if text.len() <= self.input.window * 16 {
            let (ids, types) = self.encode(text, phase)?;
            if ids.len() <= self.input.max_tokens && ids.len() <= self.input.window + overhead {
                let span = Span::new(0, text.len());
                return if wanted(span) { see(Cut { span, ids, types }) } else { Ok(()) };
            }
        }
        for block in blocks(text).into_iter().filter(|block| wanted(*block)) {
            for span in self.spans(text, block)?.into_iter().filter(|span| wanted(*span)) {
                self.fit(text, span, phase, see)?;
            }
        }
        Ok(())
    }

    /// The windows of a block.
    fn spans(&self, text: &str, block: Span) -> Result<Vec<Span>, CutFault> {
        let slice = text.get(block.start..block.end).unwrap_or_default();
        let encoding = self.tokenizer.encode(slice, false).map_err(|error| CutFault(error.to_string()))?;
        let offsets = encoding.get_offsets();
        let start_of = |token: usize| {
            let at = offsets.get(token).map_or(slice.len(), |offsets| offsets.0);
            block.start + slice.floor_char_boundary(at)
        };
        let (mut spans, mut first) = (Vec::new(), 0);
        loop {
            let last = first + self.input.window;
            let start = if first == 0 { block.start } else { start_of(first) };
            let end = if last >= offsets.len() { block.end } else { start_of(last).max(start) };
            spans.push(Span::new(start, end));
            if last >= offsets.len() {
                return Ok(spans);
            }
            first += self.input.stride;
        }
    }

    /// Encodes a window; where it takes more tokens by itself than within its text, as two.
    fn fit<E: From<CutFault>>(
        &self,
        text: &str,
        span: Span,
        phase: Phase,
        see: &mut dyn FnMut(Cut) -> Result<(), E>,
    ) -> Result<(), E> {
        let slice = text.get(span.start..span.end).unwrap_or_default();
        let (ids, types) = self.encode(slice, phase)?;
        if ids.len() <= self.input.max_tokens {
            return see(Cut { span, ids, types });
        }
        let middle = slice.floor_char_boundary(slice.len() / 2);
        if middle == 0 {
            let fault = "one character takes more tokens than the model can read at once";
            return Err(CutFault(fault.to_owned()).into());
        }
        let middle = span.start + middle;
        self.fit(text, Span::new(span.start, middle), phase, see)?;
        self.fit(text, Span::new(middle, span.end), phase, see)
    }
}

/// Blocks of a text that are tokenized one by one; they overlap, and end at spaces where there are some.
fn blocks(text: &str) -> Vec<Span> {
    let mut blocks = Vec::new();
    let mut start = 0;
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let Some((end, _)) = rest.char_indices().nth(BLOCK) else {
            blocks.push(Span::new(start, text.len()));
            return blocks;
        };
        let near = rest.char_indices().nth(BLOCK - BLOCK / 16).map_or(0, |(at, _)| at);
        let tail = rest.get(near..end).unwrap_or_default();
        let end = tail.rfind(char::is_whitespace).map_or(end, |at| near + at);
        blocks.push(Span::new(start, start + end));
        let block = rest.get(..end).unwrap_or_default();
        let back = block.char_indices().rev().nth(BLOCK_OVERLAP - 1).map_or(end, |(at, _)| at);
        start += back;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_a_text_and_overlap() {
        for text in ["", "short", &"自杀".repeat(40_000), &"some words and ".repeat(9_000)] {
            let blocks = blocks(text);
            assert_eq!(blocks.first().map(|block| block.start), Some(0));
            assert_eq!(blocks.last().map(|block| block.end), Some(text.len()));
            for pair in blocks.windows(2) {
                let shared = text.get(pair[1].start..pair[0].end).expect("character boundaries");
                assert_eq!(shared.chars().count(), BLOCK_OVERLAP);
                assert!(pair[1].end > pair[0].end);
            }
        }
    }
}
