//! What the console asks the gateway.
//!
//! Owns the trait and its values. Refuses to know who answers.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use crate::audit::{Finding, Log};
use crate::decide::judge::Judge;
use crate::policy::coverage::Coverage;
use crate::policy::{Action, Diagnostic, Mode, Revision, Sources};
use crate::screen::classifier::ModelHealth;
use crate::text::{Channel, Phase, Role};

/// What the console asks the gateway.
pub trait Status: Send + Sync + 'static {
    /// Whether exchanges are served, and under what.
    fn readiness(&self) -> Readiness;
    /// All metrics in the Prometheus text format.
    fn metrics(&self) -> String;
    /// Which rules are in force on which surface.
    fn coverage(&self) -> Coverage<'static>;
    /// The rules in force.
    fn judge(&self) -> Arc<Judge>;
    /// The folder that they are read from.
    fn policies_dir(&self) -> &Path;
    /// The revision that a folder would have under the classifiers in force.
    fn revision_of(&self, sources: &Sources) -> Revision;
    /// The audit log.
    fn log(&self) -> &Log;
    /// The folder of the audit log.
    fn audit_dir(&self) -> &Path;
    /// The file of the log's signing key, where it is not in that folder.
    fn signing_key(&self) -> Option<&Path>;
    /// Records that the index for search is behind; `None` where nothing keeps it level.
    fn index_lag(&self) -> Option<u64>;
    /// Judges one text as an exchange would, under the rules in force or under a draft of them. Takes time,
    /// with a draft about a second: call it where nobody waits.
    fn judge_text(&self, question: &Question, draft: Option<Sources>) -> Drafted<Verdict>;
    /// Compiles a draft of the rules. Takes about a second.
    fn draft(&self, draft: Sources) -> Drafted<Arc<Judge>>;
}

/// Whether the gateway serves, and what an operator should know.
#[derive(Debug, Clone, Serialize)]
pub struct Readiness {
    /// Whether exchanges are served.
    pub ready: bool,
    /// Revision of the policies in force.
    pub revision: String,
    /// Number of rules in force.
    pub rules: usize,
    /// Why the last edit of the policies was not taken over; `None` when it was.
    pub policies_refused: Option<String>,
    /// The classifiers in force.
    pub classifiers: Vec<ModelHealth>,
    /// Why the last change of the classifiers is not in force; `None` when it is.
    pub classifiers_refused: Option<String>,
    /// Why the audit log takes no records; `None` when it does.
    pub audit_failed: Option<String>,
    /// Why audit records do not reach the collector, and how many wait; `None` when they do, or none is set.
    pub shipping: Option<String>,
    /// Surfaces that are open and on which no rule is in force.
    pub uncovered: Vec<String>,
}

/// What a draft of the rules makes: its judge, or a judgement of it. The rules in force draw no remarks.
#[derive(Debug)]
pub struct Drafted<T> {
    /// What was made; `None` where the draft does not compile.
    pub made: Option<T>,
    /// What is wrong or odd with the draft, by file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// The same as a report with the lines that it is about.
    pub report: String,
    /// Why nothing was made, where the machine and not the draft is to blame.
    pub failed: Option<String>,
}

impl<T> Drafted<T> {
    /// What was made, or why nothing could be, without a word on a draft.
    pub(crate) fn plain(made: Result<T, String>) -> Self {
        let (made, failed) = match made {
            Ok(made) => (Some(made), None),
            Err(reason) => (None, Some(reason)),
        };
        Self { made, diagnostics: Vec::new(), report: String::new(), failed }
    }
}

/// A text that is to be judged.
#[derive(Debug, Clone)]
pub struct Question {
    /// The text.
    pub text: String,
    /// Which way it travels.
    pub phase: Phase,
    /// Who says it.
    pub role: Role,
    /// Through which channel.
    pub channel: Channel,
    /// The model of the exchange.
    pub model: String,
    /// The tenant of the exchange.
    pub tenant: String,
}

/// A judgement of one text.
#[derive(Debug)]
pub struct Verdict {
    /// Revision of the policies that judged.
    pub revision: String,
    /// The largest action of all rules that fired.
    pub action: Action,
    /// Whether it would be done.
    pub mode: Mode,
    /// The rule behind it.
    pub rule: Option<Winner>,
    /// What was found, as a record would hold it under `capture: full`.
    pub findings: Vec<Finding>,
    /// What would be sent on, or in place of the text; `None` where the answer would be an error.
    pub sent: Option<String>,
    /// How long the judging took, in microseconds.
    pub took_us: u64,
}

/// The rule that wins.
#[derive(Debug, Clone, Serialize)]
pub struct Winner {
    /// `policy/rule`.
    pub path: String,
    /// Its file.
    pub file: String,
    /// The line of it.
    pub line: u32,
}
