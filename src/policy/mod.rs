//! Policies: what the rules are. Documents as written become compiled, immutable [`Policies`].
//!
//! This room owns the policy format, its diagnostics, its test suites and the compiled form. It
//! refuses to know how text is searched (`screen`), how findings combine (`decide`) and what a
//! reply looks like on the wire (`dialect`). Compiling is pure: the folder is read in [`load`],
//! everything after that is a function of the bytes that were read.

mod checks;
pub mod compile;
pub mod condition;
pub mod coverage;
pub mod decode;
mod detector;
pub mod diagnostic;
pub mod document;
pub mod keyword;
pub mod lists;
mod masks;
pub mod offer;
pub mod pattern;
mod rules;
pub mod schema;
mod scope;
pub mod sources;
pub mod suite;
pub mod template;
mod vocabulary;
pub mod yaml;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use compile::{Compiled, Options, compile, compile_str};
pub use coverage::Surface;
pub use detector::{Asked, Detector, DetectorKind, Expr, Keyword, REFUSAL};
pub use diagnostic::Diagnostic;
pub use masks::MaskRules;
pub use offer::{Offer, Score};
pub use scope::{Glob, Scope};
pub use sources::{Sources, load};
pub use suite::Suite;
pub use template::{RenderContext, Reply, Template};

pub use crate::text::fold::Fold;
use crate::text::{Channel, Phase, Role};

/// What a rule does to the text it matches. The order is the lattice on which findings combine:
/// the largest action wins, so the order of rules never changes an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing.
    #[default]
    Allow,
    /// An entry in the audit log, and nothing else.
    Flag,
    /// The matched spans are replaced.
    Redact,
    /// The reply is changed as a whole (a later issue; compiles to a diagnostic until then).
    Rewrite,
    /// The gateway answers in place of the model, as a success.
    Deflect,
    /// The exchange ends in an error.
    Block,
}

impl Action {
    /// The name in files, headers and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Redact => "redact",
            Self::Rewrite => "rewrite",
            Self::Deflect => "deflect",
            Self::Block => "block",
        }
    }
}

/// How much a finding of the rule matters to whoever reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// The default.
    #[default]
    Medium,
    /// Should be looked at.
    High,
    /// Must be looked at.
    Critical,
}

/// Whether a policy acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Decide, audit and act.
    #[default]
    Enforce,
    /// Decide and audit, change nothing.
    Monitor,
    /// Not in force.
    Off,
}

/// What happens when something that a policy needs is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The exchange is refused.
    #[default]
    Closed,
    /// The exchange goes on, and the log says so.
    Open,
}

/// Whether a classifier's window waits for its verdict in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamMode {
    /// Text waits for its verdict.
    #[default]
    Hold,
    /// Text is released while it is judged (classifiers only).
    Live,
}

/// How a keyword must stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchMode {
    /// Not inside a longer word.
    Word,
    /// Anywhere.
    Substring,
}

/// Index of a policy in [`Policies`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(pub(crate) u32);

/// Index of a rule in [`Policies`], over all policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) u32);

/// Index of a detector in [`Policies`], over all rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetectorId(pub(crate) u32);

/// First sixteen hexadecimal digits of the SHA-256 over every file of a policies folder: two
/// gateways with the same revision enforce the same rules.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub(crate) Arc<str>);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Revision {
    /// The revision as it stands in headers and records.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A rule, compiled.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its policy.
    pub policy: PolicyId,
    /// Its name within the policy.
    pub id: Arc<str>,
    /// `policy/rule`, as headers and records name it.
    pub path: Arc<str>,
    /// When it fires.
    pub when: Expr,
    /// How much it matters.
    pub severity: Severity,
    /// What it does.
    pub action: Action,
    /// Name of the reply a deflection (or the message a block) sends; resolved at compile time.
    pub reply: Option<Arc<Reply>>,
    /// What replaces a redacted span; rendered with `entity`, `rule`, `policy`.
    pub with: Arc<Template>,
    /// Whether what was redacted in a prompt comes back where the reply repeats its placeholder.
    pub restore: bool,
    /// Whether classifier windows wait.
    pub stream: StreamMode,
    /// Line of the rule in its file, from 1.
    pub line: u32,
}

/// A policy, compiled.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its unique name.
    pub name: Arc<str>,
    /// What people call it.
    pub title: Arc<str>,
    /// Whether it acts.
    pub mode: Mode,
    /// Where it is in force.
    pub scope: Scope,
    /// What happens when a detector is down.
    pub failure: Failure,
    /// What stands between text that was already sent and a deflection in mid-stream.
    pub joint: Arc<str>,
    /// File it was read from, relative to the policies folder.
    pub file: Arc<str>,
}

/// Every policy of a folder, compiled: immutable, shared by all exchanges that began under it.
#[derive(Debug)]
pub struct Policies {
    /// What was compiled.
    pub revision: Revision,
    /// Policies, by name. Those whose mode is `off` are kept, and their rules are not.
    pub policies: Vec<Policy>,
    /// Rules of all policies in force.
    pub rules: Vec<Rule>,
    /// Detectors of all rules.
    pub detectors: Vec<Detector>,
    /// What is masked in records, beside what rules redact.
    pub masks: MaskRules,
}

impl Policies {
    /// The policy with this index.
    #[must_use]
    pub fn policy(&self, id: PolicyId) -> &Policy {
        &self.policies[id.0 as usize]
    }

    /// The rule with this index.
    #[must_use]
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.0 as usize]
    }

    /// The detector with this index.
    #[must_use]
    pub fn detector(&self, id: DetectorId) -> &Detector {
        &self.detectors[id.0 as usize]
    }

    /// The policy that a rule belongs to.
    #[must_use]
    pub fn policy_of(&self, id: RuleId) -> &Policy {
        self.policy(self.rule(id).policy)
    }

    /// What stands in place of a span that the rule redacts; `category` is what was found there, where
    /// it has a name.
    #[must_use]
    pub fn replacement(&self, id: RuleId, category: Option<&str>) -> Arc<str> {
        let rule = self.rule(id);
        if rule.with.constant {
            return rule.with.source.clone();
        }
        let policy = self.policy(rule.policy);
        let found = category.unwrap_or("redacted");
        let context = RenderContext {
            policy: &policy.name,
            rule: &rule.id,
            title: &policy.title,
            entity: found,
            category: found,
            ..RenderContext::default()
        };
        rule.with.render(&context).into()
    }

    /// All rules with their indices.
    pub fn rules(&self) -> impl Iterator<Item = (RuleId, &Rule)> {
        self.rules.iter().enumerate().map(|(index, rule)| (RuleId(index as u32), rule))
    }

    /// All detectors with their indices.
    pub fn detectors(&self) -> impl Iterator<Item = (DetectorId, &Detector)> {
        self.detectors.iter().enumerate().map(|(index, detector)| (DetectorId(index as u32), detector))
    }
}

#[cfg(test)]
mod tests;
