//! Whole bodies: a request or a reply with its redactions made, or no permission at all.
//!
//! Owns the way from spans of a segment to bytes of a body. Refuses to write anything else into a
//! body than replacements, `null` for what repeats a changed text, and the notice.

use std::sync::Arc;

use bytes::Bytes;

use super::Permitted;
use super::restore::{self, Originals};
use crate::decide::judge::Judgement;
use crate::decide::{Outcome, Redaction};
use crate::dialect::json::Document;
use crate::dialect::splice::{Edit, insert_member, null_out, replace_spans, splice};
use crate::dialect::{Notice, Shadow};
use crate::text::{Segment, Span};

/// What was decided about every text of a body. Consumed by [`permit`]: one decision, one body.
#[derive(Debug)]
pub struct Ruling {
    outcome: Outcome,
    redactions: Vec<Vec<Redaction>>,
}

impl Ruling {
    /// The ruling of these judgements, one for each segment of the body, in its order.
    #[must_use]
    pub fn new(outcome: Outcome, judgements: &[Judgement]) -> Self {
        Self { outcome, redactions: judgements.iter().map(|one| one.redactions.clone()).collect() }
    }

    /// Gives the redactions of a prompt that are to be undone in the reply their placeholders; what
    /// these stand for is kept for the reply. `segments` are those that were judged.
    #[must_use]
    pub fn set_aside(&mut self, segments: &[Segment<'_>]) -> Option<Arc<Originals>> {
        restore::set_aside(&mut self.redactions, segments)
    }

    /// What wins.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Whether any text is to be changed.
    #[must_use]
    pub fn redacts(&self) -> bool {
        self.redactions.iter().any(|of_segment| !of_segment.is_empty())
    }
}

/// The body must not leave; something of our own has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied(pub Outcome);

/// A body whose texts were judged, with its redactions made. Unchanged bodies are passed on as the
/// bytes they came in.
///
/// # Errors
/// [`Denied`] when the ruling deflects or blocks, or does not speak about every segment.
pub fn permit(
    raw: Bytes,
    document: &Document<'_>,
    segments: &[Segment<'_>],
    shadows: &[Shadow],
    notice: Option<&Notice>,
    ruling: Ruling,
) -> Result<Permitted<Bytes>, Denied> {
    if ruling.outcome.stops() || ruling.redactions.len() != segments.len() {
        return Err(Denied(ruling.outcome));
    }
    if !ruling.redacts() {
        return Ok(Permitted::mint(raw));
    }
    let mut edits = edits(document, segments, shadows, &ruling.redactions);
    if let Some(notice) = notice.and_then(|notice| serde_json::to_vec(notice).ok()) {
        edits.extend(insert_member(document, "qwarden", &notice));
    }
    Ok(Permitted::mint(Bytes::from(splice(document.raw(), &edits))))
}

/// The edits that make these redactions, those of each segment, and take away what repeats the
/// changed texts in another form.
pub(super) fn edits(
    document: &Document<'_>,
    segments: &[Segment<'_>],
    shadows: &[Shadow],
    redactions: &[Vec<Redaction>],
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut changed = Vec::new();
    for (segment, redactions) in segments.iter().zip(redactions) {
        if redactions.is_empty() {
            continue;
        }
        changed.push(segment.lane.choice);
        let mut start = 0;
        for part in &segment.parts {
            let within = Span::new(start, start + part.text.len());
            let spans: Vec<(Span, &str)> =
                redactions.iter().filter_map(|redaction| clip(redaction, within)).collect();
            edits.extend(replace_spans(document.raw(), part.source.clone(), &spans));
            start = within.end;
        }
    }
    let of_changed = |shadow: &&Shadow| changed.contains(&shadow.choice);
    edits.extend(shadows.iter().filter(of_changed).map(|shadow| null_out(shadow.source.clone())));
    edits
}

/// The stretch of a part that a redaction covers, and what stands there: the replacement where the
/// redaction begins, nothing where it goes on from the part before.
fn clip(redaction: &Redaction, part: Span) -> Option<(Span, &str)> {
    let start = redaction.span.start.max(part.start);
    let end = redaction.span.end.min(part.end);
    if start >= end {
        return None;
    }
    let with = if redaction.span.start >= part.start { &*redaction.with } else { "" };
    Some((Span::new(start - part.start, end - part.start), with))
}

/// A body on a path that carries no text of a model, as the route table of `dialect` or the
/// operator's `open_paths` says.
pub fn pass(raw: Bytes) -> Permitted<Bytes> {
    Permitted::mint(raw)
}
