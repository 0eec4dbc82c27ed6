//! The one judge of whole texts and of streams.
//!
//! Owns what is asked of detectors and classifiers, and what may be decided from it. Refuses to know events and
//! sockets. A whole text is judged here; a streamed one by a [`LaneJudge`], with the same rules.

pub use super::judgement::{Judgement, Snippet};
pub use super::lane::{LaneJudge, Release};
use super::{Decision, Plan, Verdict, redactions};
use crate::policy::{Action, Mode, Policies, StreamMode};
use crate::screen::classifier::Classifiers;
pub use crate::screen::classifier::{Question, Scores, Unavailable};
use crate::screen::{Findings, Hit, Screen, Subject};
pub use crate::screen::{Heard, Inquiry, Learned, WindowQuestion};
use crate::text::Segment;

/// The rules of one revision, ready to judge.
#[derive(Debug)]
pub struct Judge {
    pub(super) screen: Screen,
    pub(super) plan: Plan,
    /// What masks the texts of records; made when it is first asked for.
    pub(super) masks: std::sync::OnceLock<super::masks::Masks>,
}

impl Judge {
    /// The judge of these rules.
    #[must_use]
    pub fn new(screen: Screen) -> Self {
        let plan = Plan::new(screen.policies());
        Self { screen, plan, masks: std::sync::OnceLock::new() }
    }

    /// The policies it judges by.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        self.screen.policies()
    }

    /// The classifiers that its rules ask, and no others: a label is a place in one set.
    #[must_use]
    pub fn classifiers(&self) -> &Classifiers {
        self.screen.classifiers()
    }

    /// Whether to judge ASCII costs no more than to hash it (see [`Screen::is_light`]).
    #[must_use]
    pub fn is_light(&self) -> bool {
        self.screen.is_light()
    }

    /// Judges a whole text; what it is to be asked about ([`Judge::inquire`]) stays unanswered.
    #[must_use]
    pub fn whole(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Judgement {
        self.whole_with(segment, subject, |_| Err(Unavailable::Closed))
    }

    /// Judges a whole text; `ask` answers what classifiers are asked about it, if anything.
    pub fn whole_with(
        &self,
        segment: &Segment<'_>,
        subject: Subject<'_>,
        ask: impl FnOnce(&Question) -> Result<Scores, Unavailable>,
    ) -> Judgement {
        let asked = self.inquire(segment, subject).map(|inquiry| {
            let answer = ask(&inquiry.question);
            (inquiry, answer)
        });
        let answer = asked.as_ref().map(|(inquiry, answer)| (inquiry, answer));
        self.conclude(self.look(segment, subject), subject, answer)
    }

    /// What classifiers are to be asked about a whole text, if any rule in scope asks.
    #[must_use]
    pub fn inquire(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Option<Inquiry> {
        self.screen.inquire(segment, subject)
    }

    /// What classifiers said to each detector that asked, for people to look at.
    #[must_use]
    pub fn heard(&self, inquiry: &Inquiry, answer: &Result<Scores, Unavailable>) -> Vec<Heard> {
        self.screen.heard(inquiry, answer)
    }

    /// What the other detectors see in a whole text; hand it to [`Judge::conclude`].
    #[must_use]
    pub fn look(&self, segment: &Segment<'_>, subject: Subject<'_>) -> Findings {
        self.screen.whole(segment, subject)
    }

    /// Judges a whole text by all that was found, and by the answer to what was asked.
    #[must_use]
    pub fn conclude(
        &self,
        mut findings: Findings,
        subject: Subject<'_>,
        answer: Option<(&Inquiry, &Result<Scores, Unavailable>)>,
    ) -> Judgement {
        if let Some((inquiry, answer)) = answer {
            self.screen.learn(inquiry, answer, &mut findings);
            findings.hits.sort_unstable();
        }
        let decision = self.plan.decide(self.policies(), subject, &findings, true);
        let redactions = redactions(self.policies(), &decision.verdicts, &findings);
        Judgement { verdicts: decision.verdicts, findings, redactions }
    }

    /// Begins to judge a streamed text.
    #[must_use]
    pub fn lane(&self, subject: Subject<'_>) -> LaneJudge {
        LaneJudge::new(self, subject)
    }

    pub(super) fn decide(&self, subject: Subject<'_>, findings: &Findings, complete: bool) -> Decision {
        self.plan.decide(self.policies(), subject, findings, complete)
    }

    /// Whether a match of this detector must not leave unjudged.
    pub(super) fn holds(&self, hit: &Hit) -> bool {
        self.acts(hit) && !self.is_live(hit)
    }

    /// Whether a match of this detector takes effect when its text has left.
    pub(super) fn follows(&self, hit: &Hit) -> bool {
        self.acts(hit) && self.is_live(hit)
    }

    fn acts(&self, hit: &Hit) -> bool {
        let detector = self.policies().detector(hit.detector);
        let rule = self.policies().rule(detector.rule);
        !detector.negated
            && rule.action >= Action::Redact
            && self.policies().policy(rule.policy).mode == Mode::Enforce
    }

    fn is_live(&self, hit: &Hit) -> bool {
        let detector = self.policies().detector(hit.detector);
        detector.kind.asks().is_some() && self.policies().rule(detector.rule).stream == StreamMode::Live
    }

    pub(super) fn cuts(&self, verdict: &Verdict) -> bool {
        verdict.enforced && self.policies().rule(verdict.rule).action >= Action::Deflect
    }
}
