//! Which language a text is in.
//!
//! Owns the beginning of a text that is looked at, and which detectors it speaks for. Refuses to tell
//! languages itself; `text::language` does.

use super::{Findings, Hit, Screen, Subject};
use crate::policy::{DetectorId, DetectorKind};
use crate::text::Span;
use crate::text::fold::strong::Transforms;
use crate::text::language::{LOOKED_AT, detect};

/// The beginning of one text, where any detector asks for its language.
#[derive(Debug, Clone)]
pub(super) struct LanguageScan {
    detectors: Vec<DetectorId>,
    beginning: String,
    chars: usize,
}

impl LanguageScan {
    /// The beginning before the first chunk.
    pub(super) fn new(screen: &Screen, subject: Subject<'_>) -> Self {
        let asks = |id: &DetectorId| screen.looks_at(*id, subject);
        let detectors = screen.languages.iter().copied().filter(asks).collect();
        Self { detectors, beginning: String::new(), chars: 0 }
    }

    /// Takes the next chunk; tells once there is enough.
    pub(super) fn push(&mut self, screen: &Screen, text: &str, findings: &mut Findings) {
        if self.detectors.is_empty() {
            return;
        }
        let room = LOOKED_AT - self.chars;
        let end = text.char_indices().nth(room).map_or(text.len(), |(at, _)| at);
        let taken = text.get(..end).unwrap_or_default();
        self.beginning.push_str(taken);
        self.chars += taken.chars().count();
        if self.chars == LOOKED_AT {
            self.finish(screen, findings);
        }
    }

    /// Tells by what there is.
    pub(super) fn finish(&mut self, screen: &Screen, findings: &mut Findings) {
        if self.detectors.is_empty() {
            return;
        }
        let language = detect(&self.beginning);
        let at = self.beginning.len();
        for detector in std::mem::take(&mut self.detectors) {
            let DetectorKind::Language { codes } = &screen.policies.detector(detector).kind else { continue };
            if language.is_some_and(|language| codes.iter().any(|code| **code == *language)) {
                let span = Span::new(at, at);
                findings.hits.push(Hit { span, detector, transforms: Transforms::empty(), score: None });
            } else {
                findings.ruled_out.push(detector);
            }
        }
        self.beginning = String::new();
    }
}
