//! Screening: detectors look at texts and report what they saw, and where.
//!
//! Owns the compiled search engines and their streaming state. Refuses to know what a finding
//! leads to: rules, actions and replies are `decide`'s and `rewrite`'s.
//!
//! Whole texts and streams go through the same [`LaneScan`]; a whole text is a stream of one chunk.

pub mod classifier;
mod dictionary;
pub mod entities;
mod keywords;
mod languages;
mod learned;
mod lengths;
mod liveness;
mod pattern_scan;
mod patterns;
mod scan;
mod starts;
mod strong;
mod windows;
mod words;

use std::sync::Arc;

use crate::policy::{Action, Detector, DetectorId, DetectorKind, Mode, Policies};
use crate::text::fold::Fold;
use crate::text::fold::strong::Transforms;
use crate::text::{Channel, Encoding, Phase, Role, Segment, Span};

use classifier::Classifiers;
use keywords::Keywords;
use learned::Asks;
pub use learned::{Heard, Inquiry, Learned, Scored};
use patterns::Patterns;
pub use scan::LaneScan;
use strong::StrongKeywords;
pub use windows::WindowQuestion;

/// What is known about a text before it is read.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Which way it travels.
    pub phase: Phase,
    /// Who speaks.
    pub role: Role,
    /// Through which opening.
    pub channel: Channel,
    /// How it is to be read.
    pub encoding: Encoding,
    /// The model that was asked for.
    pub model: &'a str,
    /// Whose exchange it is.
    pub tenant: &'a str,
}

/// A detector saw something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Where, in the original text. Empty for a length that was reached.
    pub span: Span,
    /// Which detector.
    pub detector: DetectorId,
    /// By which transforms the text differs from what was looked for; none but under `fold: strong`.
    pub transforms: Transforms,
    /// What a classifier said; none for other detectors.
    pub score: Option<Scored>,
}

/// Everything the detectors have said about one text so far.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What was seen, in the order in which it became certain.
    pub hits: Vec<Hit>,
    /// Detectors that can no longer see anything in this text (a length that was passed).
    pub ruled_out: Vec<DetectorId>,
    /// What classifiers said beside that.
    pub learned: Learned,
}

/// The detectors of all policies, ready to search.
#[derive(Debug)]
pub struct Screen {
    policies: Arc<Policies>,
    keywords: Option<Keywords>,
    strong: Option<StrongKeywords>,
    patterns: Vec<Patterns>,
    lengths: Vec<Length>,
    languages: Vec<DetectorId>,
    asks: Asks,
    is_light: bool,
}

#[derive(Debug, Clone, Copy)]
struct Length {
    detector: DetectorId,
    min_chars: usize,
    max_chars: Option<usize>,
}

/// Why the detectors of a set of policies cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the detectors of these policies cannot be built: {0}")]
pub struct BuildError(String);

impl Screen {
    /// Builds the search engines: all keywords of all policies go into one automaton.
    ///
    /// # Errors
    /// [`BuildError`] when the automaton would be too large (beyond about 2^29 states).
    pub fn build(policies: Arc<Policies>) -> Result<Self, BuildError> {
        Self::build_with(policies, &Classifiers::none())
    }

    /// The same with classifiers to ask; policies that ask for labels were compiled with the offer of the same.
    ///
    /// # Errors
    /// As [`Screen::build`], and when a rule asks for a label that is not there.
    pub fn build_with(policies: Arc<Policies>, classifiers: &Classifiers) -> Result<Self, BuildError> {
        let asks = Asks::build(&policies, classifiers)?;
        Self::assemble(policies, asks)
    }

    /// A screen whose questions nobody answers but the test: `labels` are those that there are.
    #[cfg(test)]
    pub(crate) fn scripted(policies: Arc<Policies>, labels: &[&str]) -> Result<Self, BuildError> {
        let asks = Asks::scripted(&policies, labels);
        Self::assemble(policies, asks)
    }

    fn assemble(policies: Arc<Policies>, asks: Asks) -> Result<Self, BuildError> {
        let lengths = policies
            .detectors()
            .filter_map(|(detector, compiled)| match compiled.kind {
                DetectorKind::Length { min_chars, max_chars } => {
                    Some(Length { detector, min_chars: min_chars.unwrap_or(0), max_chars })
                }
                _ => None,
            })
            .collect();
        let keywords = Keywords::build(&policies)?;
        let strong = StrongKeywords::build(&policies)?;
        let patterns = patterns::sets(&policies)?;
        let is_light = policies.detectors.iter().all(|detector| match &detector.kind {
            DetectorKind::Keywords { fold, .. } => matches!(fold, Fold::Exact | Fold::Standard),
            DetectorKind::Length { .. } => true,
            DetectorKind::Patterns { .. }
            | DetectorKind::Entity { .. }
            | DetectorKind::Classifier { .. }
            | DetectorKind::Refusal { .. }
            | DetectorKind::Language { .. } => false,
        });
        let is_language = |detector: &Detector| matches!(detector.kind, DetectorKind::Language { .. });
        let languages =
            policies.detectors().filter(|(_, detector)| is_language(detector)).map(|(id, _)| id).collect();
        crate::text::fold::table::warm_up();
        Ok(Self { policies, keywords, strong, patterns, lengths, languages, asks, is_light })
    }

    /// The policies whose detectors these are.
    #[must_use]
    pub fn policies(&self) -> &Arc<Policies> {
        &self.policies
    }

    /// The classifiers that they ask.
    #[must_use]
    pub fn classifiers(&self) -> &Classifiers {
        &self.asks.classifiers
    }

    /// Whether ASCII is read about as fast as it can be hashed: keywords under the plain folds, and
    /// nothing else.
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.is_light
    }

    /// Everything the detectors see in a whole segment.
    ///
    /// A segment of several parts is read twice, once with a space at each seam and once without:
    /// chat templates join parts in either way, and a keyword must be found in both.
    #[must_use]
    pub fn whole(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Findings {
        let mut findings = self.read(segment, subject, false);
        if segment.parts.len() > 1 {
            let spaced = self.read(segment, subject, true);
            findings.hits.extend(spaced.hits);
            findings.hits.sort_unstable();
            findings.hits.dedup();
        }
        findings
    }

    fn read(&self, segment: &Segment<'_>, subject: Subject<'_>, spaced: bool) -> Findings {
        let mut findings = Findings::default();
        let mut lane = LaneScan::new(self, subject);
        for (index, part) in segment.parts.iter().enumerate() {
            if spaced && index > 0 {
                lane.seam(self, subject, &mut findings);
            }
            lane.push(self, subject, &part.text, &mut findings);
        }
        lane.finish(self, subject, &mut findings);
        findings
    }

    /// Heap of the search engines in bytes, without the keywords as written.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.keywords.as_ref().map_or(0, Keywords::heap_bytes)
            + self.strong.as_ref().map_or(0, StrongKeywords::heap_bytes)
    }

    /// Whether a detector looks at texts like this one.
    fn looks_at(&self, detector: DetectorId, subject: Subject<'_>) -> bool {
        let scope = &self.policies.policy_of(self.policies.detector(detector).rule).scope;
        scope.covers(subject.phase, subject.role, subject.channel)
            && scope.admits(subject.model, subject.tenant)
    }
}

/// The channels of a reply in whose streams this detector's matches must not leave before they
/// are judged, as a bit mask by [`channel_bit`].
fn held_channels(policies: &Policies, detector: &Detector) -> u8 {
    let rule = policies.rule(detector.rule);
    let policy = policies.policy(rule.policy);
    if detector.negated || rule.action < Action::Redact || policy.mode != Mode::Enforce {
        return 0;
    }
    [Channel::Content, Channel::Reasoning, Channel::ToolCall]
        .into_iter()
        .filter(|channel| policy.scope.covers(Phase::Output, Role::Assistant, *channel))
        .map(channel_bit)
        .sum()
}

/// The bit of a channel in masks.
fn channel_bit(channel: Channel) -> u8 {
    1 << channel_index(channel)
}

/// The index of a channel in tables.
fn channel_index(channel: Channel) -> usize {
    match channel {
        Channel::Content => 0,
        Channel::Reasoning => 1,
        Channel::ToolCall => 2,
    }
}

#[cfg(test)]
mod tests;
