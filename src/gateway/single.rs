//! One text judged outside of an exchange: for `policy explain`, `policy test`, `screen` and the console's playground.
//!
//! Owns what is said of such a text, so that whoever asks gets the answer that an exchange would get.
//! Refuses to know who asks and how it is shown.

use super::rules::Rulebook;
use crate::decide::judge::{Heard, Judgement};
use crate::decide::{self, Outcome};
use crate::policy::{Action, Mode};
use crate::rewrite::restore::set_aside;
use crate::screen::Subject;
use crate::text::{Encoding, Lane, Part, Phase, Segment};

/// A text on its own, judged.
#[derive(Debug)]
pub struct Judged {
    /// What the rules and detectors said.
    pub judgement: Judgement,
    /// What is done.
    pub outcome: Outcome,
    /// The largest action of all rules that fired, those that only monitor included, and its rule.
    pub decided: Outcome,
    /// Whether what was decided is done.
    pub mode: Mode,
    /// What would be sent on; the reply where the text does not go on.
    pub sent: Option<String>,
    /// What classifiers said where rules asked, below their thresholds too.
    pub scores: Vec<Heard>,
}

/// A text as the only segment of its conversation.
#[must_use]
pub fn segment<'t>(subject: Subject<'_>, text: &'t str) -> Segment<'t> {
    Segment {
        lane: Lane { choice: 0, channel: subject.channel, index: 0 },
        role: subject.role,
        encoding: Encoding::Plain,
        parts: vec![Part { text: text.into(), source: 0..0 }],
    }
}

/// Judges one text as an exchange would.
#[must_use]
pub fn judge(rulebook: &Rulebook, subject: Subject<'_>, text: &str) -> Judged {
    let segment = segment(subject, text);
    let answered = rulebook.judge.inquire(&segment, subject).map(|inquiry| {
        let answer = rulebook.classifiers.answer_here(&inquiry.question);
        (inquiry, answer)
    });
    let scores = answered.as_ref().map(|(inquiry, answer)| rulebook.judge.heard(inquiry, answer));
    let findings = rulebook.judge.look(&segment, subject);
    let answer = answered.as_ref().map(|(inquiry, answer)| (inquiry, answer));
    let mut judgement = rulebook.judge.conclude(findings, subject, answer);
    if subject.phase == Phase::Input {
        // What comes back in the reply goes to the model as a placeholder.
        let _ = set_aside(std::slice::from_mut(&mut judgement.redactions), std::slice::from_ref(&segment));
    }
    let policies = rulebook.policies();
    let outcome = decide::outcome(policies, judgement.verdicts.iter());
    let decided = judgement
        .verdicts
        .iter()
        .map(|verdict| Outcome { action: policies.rule(verdict.rule).action, rule: Some(verdict.rule) })
        .fold(Outcome::ALLOW, |best, next| best.max(policies, next));
    let mode = if outcome.rule.is_none() && decided.rule.is_some() { Mode::Monitor } else { Mode::Enforce };
    let decided = if mode == Mode::Enforce { outcome } else { decided };
    let sent = match outcome.action {
        Action::Block => None,
        Action::Deflect => {
            let language = crate::text::language::detect(text).unwrap_or("");
            Some(decide::words(policies, outcome, language, "00000000-0000-7000-8000-000000000000").text)
        }
        _ => Some(judgement.text(&segment).into_owned()),
    };
    Judged { judgement, outcome, decided, mode, sent, scores: scores.unwrap_or_default() }
}
