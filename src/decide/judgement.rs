//! What the judge says: about a whole text, and of the matches in a stream.
//!
//! Owns plain values. Refuses to judge.

use std::borrow::Cow;

use super::{Redaction, Verdict};
use crate::policy::RuleId;
use crate::screen::Findings;
use crate::text::{Segment, Span};

/// What is said about a whole text.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// The rules that fired.
    pub verdicts: Vec<Verdict>,
    /// What the detectors saw.
    pub findings: Findings,
    /// What is to be replaced.
    pub redactions: Vec<Redaction>,
}

impl Judgement {
    /// The text of the segment with its redactions made.
    #[must_use]
    pub fn text<'s>(&self, segment: &'s Segment<'_>) -> Cow<'s, str> {
        let original = match segment.parts.as_slice() {
            [part] => Cow::Borrowed(part.text.as_ref()),
            parts => Cow::Owned(parts.iter().map(|part| part.text.as_ref()).collect()),
        };
        if self.redactions.is_empty() {
            return original;
        }
        let mut text = String::with_capacity(original.len());
        let mut at = 0;
        for redaction in &self.redactions {
            text.push_str(original.get(at..redaction.span.start).unwrap_or_default());
            text.push_str(&redaction.with);
            at = redaction.span.end;
        }
        text.push_str(original.get(at..).unwrap_or_default());
        text.into()
    }
}

/// The first match of a rule in a streamed text, with what stood around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The rule that fired.
    pub rule: RuleId,
    /// A piece of the original text.
    pub text: String,
    /// The match within it.
    pub mark: Span,
}
