//! What a record may keep of the texts of an exchange.
//!
//! Owns the place where the policies' masks meet the log's capture: nothing that was said goes into a record but
//! through here. Masks are applied to more text than is kept, so that a cut never leaves half of a number behind.
//! Refuses to know how masks find anything, and how records are written.

use std::sync::Arc;

use super::findings::Place;
use crate::audit::{Capture, Clip, TextPlace};
use crate::decide::judge::Judge;
use crate::decide::masks::Masked;
use crate::policy::{Action, DetectorKind, Policies};
use crate::screen::{Hit, Subject};
use crate::text::{Channel, Encoding, Part, Phase, Role, Segment, Span};

/// Bytes of a text of which only the beginning is kept: what is masked there may reach so far.
const HEAD: usize = 16 * 1024;
/// Bytes of a whole text that are looked at.
const WHOLE: usize = 256 * 1024 + HEAD;

/// The masks of one exchange.
#[derive(Debug, Clone, Copy)]
pub(super) struct Masking<'a> {
    pub(super) judge: &'a Judge,
    pub(super) capture: Capture,
    pub(super) model: &'a str,
    pub(super) tenant: &'a str,
}

impl<'a> Masking<'a> {
    /// The policies in force.
    pub(super) fn policies(&self) -> &'a Policies {
        self.judge.policies()
    }

    fn subject(&self, place: Place, encoding: Encoding) -> Subject<'a> {
        let Place { phase, role, channel, .. } = place;
        Subject { phase, role, channel, encoding, model: self.model, tenant: self.tenant }
    }

    fn keeps_whole(&self) -> bool {
        self.capture == Capture::Full
    }

    /// A whole text.
    pub(super) fn whole<'t>(&self, place: Place, encoding: Encoding, text: &'t str) -> Masked<'t> {
        let text = if self.capture == Capture::None { "" } else { text };
        self.judge.mask(self.subject(place, encoding), text, self.keeps_whole())
    }

    /// A piece of a streamed text that begins at `begin`, where that is known; `hits` are what rules found in the
    /// whole of it.
    pub(super) fn piece<'t, 'h>(
        &self,
        place: Place,
        encoding: Encoding,
        text: &'t str,
        begin: Option<usize>,
        hits: impl Iterator<Item = &'h Hit>,
    ) -> Masked<'t> {
        let mut known: Vec<(Span, Arc<str>)> = Vec::new();
        if let (Some(begin), false) = (begin, self.keeps_whole()) {
            let mut spans: Vec<(Span, Arc<str>)> = hits
                .filter(|hit| hit.span.start < begin + text.len() && hit.span.end > begin)
                .filter_map(|hit| Some((hit.span, self.label(hit)?)))
                .collect();
            spans.sort_unstable_by_key(|(span, _)| *span);
            for (span, label) in spans {
                let start = text.floor_char_boundary(span.start.saturating_sub(begin));
                let end = text.ceil_char_boundary((span.end - begin).min(text.len()));
                match known.last_mut() {
                    Some((last, _)) if start < last.end => last.end = last.end.max(end),
                    _ => known.push((Span::new(start, end), label)),
                }
            }
        }
        self.judge.mask_also(self.subject(place, encoding), text, self.keeps_whole(), &known)
    }

    /// What stands for a hit that is not kept in clear; `None` for others.
    fn label(&self, hit: &Hit) -> Option<Arc<str>> {
        let policies = self.policies();
        let detector = policies.detector(hit.detector);
        match &detector.kind {
            DetectorKind::Entity { kind } => Some(format!("[{kind}]").into()),
            kind if !detector.negated && policies.rule(detector.rule).action == Action::Redact => {
                Some(policies.replacement(detector.rule, kind.category().as_deref()))
            }
            _ => None,
        }
    }

    /// The `prompt` of a record, and under `full` where its texts stand in it.
    pub(super) fn prompt(&self, segments: &[Segment<'_>]) -> (Option<String>, Vec<TextPlace>) {
        let wanted: Vec<&Segment<'_>> = match self.capture {
            Capture::None => return (None, Vec::new()),
            Capture::Full => segments.iter().collect(),
            Capture::Excerpt => {
                let said = segments.iter().rfind(|segment| segment.role == Role::User);
                said.or(segments.last()).into_iter().collect()
            }
        };
        let (texts, masked) = self.masked(Phase::Input, &wanted);
        let (prompt, mut places) = self.capture.conversation(&texts);
        tell(&mut places, &masked);
        (prompt, places)
    }

    /// What the model said, beside the `reply` of a record (see [`Capture::said`]).
    pub(super) fn said(
        &self,
        segments: &[Segment<'_>],
        reply: Option<&str>,
    ) -> (Option<String>, Vec<TextPlace>) {
        if !self.keeps_whole() {
            return (None, Vec::new());
        }
        let (texts, masked) = self.masked(Phase::Output, &segments.iter().collect::<Vec<_>>());
        let (original, mut places) = self.capture.said(&texts, reply);
        tell(&mut places, &masked);
        (original, places)
    }

    /// The texts as a record may keep them, and which of them are not as they were.
    fn masked(&self, phase: Phase, segments: &[&Segment<'_>]) -> (Vec<Segment<'static>>, Vec<bool>) {
        let mut left = if self.keeps_whole() { WHOLE } else { HEAD };
        let (mut texts, mut masked) = (Vec::with_capacity(segments.len()), Vec::new());
        for (index, segment) in segments.iter().enumerate() {
            if left == 0 {
                break;
            }
            let place =
                Place { phase, segment: index as u32, role: segment.role, channel: segment.channel() };
            let (text, changed) = self.parts(place, segment, left);
            left = left.saturating_sub(text.len());
            texts.push(text);
            masked.push(changed);
        }
        (texts, masked)
    }

    /// A segment, masked as rules see it: without its seams, which are put back where they were. A seam within
    /// something that was masked is gone with it.
    fn parts(&self, place: Place, segment: &Segment<'_>, most: usize) -> (Segment<'static>, bool) {
        let mut joined = String::new();
        let mut seams = Vec::new();
        for (index, part) in segment.parts.iter().enumerate() {
            if index > 0 {
                seams.push(joined.len());
            }
            let room = most.saturating_sub(joined.len());
            joined.push_str(part.text.get(..part.text.floor_char_boundary(room)).unwrap_or_default());
        }
        let masked = self.whole(place, segment.encoding, &joined);
        let text = masked.text.as_ref();
        let (mut parts, mut from) = (Vec::with_capacity(segment.parts.len()), 0);
        let mut part = |from: usize, to: usize| {
            let text = text.get(from..to).unwrap_or_default().to_owned();
            parts.push(Part { text: text.into(), source: 0..0 });
        };
        for seam in seams {
            let at = masked.span(Span::new(seam, seam));
            if at.is_empty() && text.is_char_boundary(at.start) && at.start >= from {
                part(from, at.start);
                from = at.start;
            }
        }
        part(from, text.len());
        let changed = text != joined;
        (Segment { lane: segment.lane, role: segment.role, encoding: segment.encoding, parts }, changed)
    }
}

/// Tells which texts are not as they were.
fn tell(places: &mut [TextPlace], masked: &[bool]) {
    for place in places {
        place.masked = masked.get(place.segment as usize).copied().unwrap_or(false);
    }
}

/// Gathers what the client was told, as the record will keep it.
#[derive(Debug)]
pub(super) enum Heard {
    /// Nothing is masked: no more is gathered than is kept.
    Clear(Clip),
    /// More than is kept, so that nothing is masked by half.
    Masked { text: String, most: usize },
}

impl Heard {
    pub(super) fn new(masking: Masking<'_>) -> Self {
        match masking.capture {
            Capture::Full if masking.judge.masks_nothing(true) => Self::Clear(Clip::new(Capture::Full)),
            Capture::Full => Self::Masked { text: String::new(), most: WHOLE },
            Capture::Excerpt => Self::Masked { text: String::new(), most: HEAD },
            Capture::None => Self::Clear(Clip::new(Capture::None)),
        }
    }

    /// Adds a piece.
    pub(super) fn push(&mut self, piece: &str) {
        match self {
            Self::Clear(clip) => clip.push(piece),
            Self::Masked { text, most } => {
                let room = most.saturating_sub(text.len());
                text.push_str(piece.get(..piece.floor_char_boundary(room)).unwrap_or_default());
                if piece.len() > room {
                    // A later and shorter piece must not be glued to the gap.
                    *most = text.len();
                }
            }
        }
    }

    /// The `reply` of a record.
    pub(super) fn finish(self, masking: Masking<'_>) -> Option<String> {
        match self {
            Self::Clear(clip) => clip.finish(),
            Self::Masked { text, .. } => {
                let place = Place {
                    phase: Phase::Output,
                    segment: 0,
                    role: Role::Assistant,
                    channel: Channel::Content,
                };
                masking.capture.reply(&masking.whole(place, Encoding::Plain, &text).text)
            }
        }
    }
}
