//! One trial: a writing in a carrier goes through the judge, and the finding must be of the right keyword and
//! in the right place.
//!
//! Owns the policies of the keywords and the check of one text. Uses only what the crate makes public.

use std::sync::Arc;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use qwarden::decide::judge::Judge;
use qwarden::policy::{self, Sources};
use qwarden::screen::{Screen, Subject};
use qwarden::text::{Channel, Encoding, Lane, Part, Phase, Role, Segment, Span};

pub(crate) const SUBJECT: Subject<'static> = Subject {
    phase: Phase::Output,
    role: Role::Assistant,
    channel: Channel::Content,
    encoding: Encoding::Plain,
    model: "qwen3",
    tenant: "default",
};

/// A judge with a rule that redacts for each of the keywords; `None` where the fold is not known yet.
pub(crate) fn judge(keywords: &[&str], fold: &str) -> Option<Judge> {
    let mut yaml = "policy: p\nrules:\n".to_owned();
    for (index, keyword) in keywords.iter().enumerate() {
        let keyword = serde_json::Value::from(*keyword);
        yaml.push_str(&format!(
            "  - id: k{index}\n    when: {{keywords: {{words: [{keyword}], fold: {fold}}}}}\n    action: redact\n"
        ));
    }
    let compiled =
        policy::compile(&Sources::from_files([("p.yaml", yaml.as_str())]), &policy::Options::default());
    let unknown = compiled.policies.is_none();
    if unknown && fold != "strong" {
        panic!("{:#?}", compiled.diagnostics);
    }
    Some(Judge::new(Screen::build(Arc::new(compiled.policies?)).expect("an automaton")))
}

pub(crate) fn segment<'a>(parts: &[&'a str]) -> Segment<'a> {
    Segment {
        lane: Lane { choice: 0, channel: Channel::Content, index: 0 },
        role: Role::Assistant,
        encoding: Encoding::Plain,
        parts: parts.iter().map(|text| Part { text: (*text).into(), source: 0..0 }).collect(),
    }
}

/// A text with an evasion in it.
pub(crate) struct Trial {
    pub(crate) keyword: usize,
    pub(crate) before: &'static str,
    pub(crate) writing: String,
    pub(crate) after: &'static str,
    /// Whether a finding may cover more or less than the characters of the writing.
    pub(crate) encoded: bool,
}

/// What came of a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Caught,
    Missed,
    /// Found, but some of the writing would be left, or some of the carrier would go.
    Misplaced,
}

impl Trial {
    pub(crate) fn text(&self) -> String {
        [self.before, &self.writing, self.after].concat()
    }

    /// What the judge makes of it when it comes in these parts.
    pub(crate) fn run(&self, judge: &Judge, parts: &[&str]) -> Outcome {
        let judgement = judge.whole(&segment(parts), SUBJECT);
        let rule = format!("p/k{}", self.keyword);
        let spans: Vec<Span> = judgement
            .verdicts
            .iter()
            .filter(|verdict| *judge.policies().rule(verdict.rule).path.to_string() == rule)
            .flat_map(|verdict| verdict.spans.iter().copied())
            .collect();
        if spans.is_empty() {
            return Outcome::Missed;
        }
        let covered = |at: usize| spans.iter().any(|span| (span.start..span.end).contains(&at));
        let (start, end) = (self.before.len(), self.before.len() + self.writing.len());
        let text = self.text();
        let lost = text
            .char_indices()
            .filter(|(at, _)| !(start..end).contains(at))
            .any(|(at, c)| c.is_alphanumeric() && covered(at));
        let left: String = text
            .char_indices()
            .filter(|(at, _)| (start..end).contains(at) && !covered(*at))
            .map(|(_, c)| c)
            .collect();
        // An encoded sentence need not go as a whole: what is left must not say the keyword any more.
        let left_over = if self.encoded {
            let rest = judgement.text(&segment(parts)).into_owned();
            judge
                .whole(&segment(&[&rest]), SUBJECT)
                .verdicts
                .iter()
                .any(|verdict| *judge.policies().rule(verdict.rule).path.to_string() == rule)
        } else {
            left.chars().any(means)
        };
        if lost || left_over { Outcome::Misplaced } else { Outcome::Caught }
    }
}

/// Whether a character that is left over says anything: not space, marks, controls and what cannot be seen,
/// except tag characters, which a model reads.
fn means(c: char) -> bool {
    if ('\u{E0020}'..'\u{E007F}').contains(&c) {
        return true;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !(c.is_whitespace()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || GeneralCategoryGroup::Mark.contains(category)
        || matches!(category, GeneralCategory::Control | GeneralCategory::Format)
        // The flag in front of tag characters.
        || c == '🏴')
}
