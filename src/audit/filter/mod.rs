//! What a search asks of a record, as a value.
//!
//! Owns the typed filter and the one definition of what it means: [`Filter::matches`] on a record.
//! The index answers the same question faster, and a property test holds it to this. Refuses to
//! know how a filter is written (`language`) and how an index answers it.

mod language;

pub use language::FilterFault;

use std::fmt::Write as _;

use super::capture::{Capture, Excerpt};
use super::record::{Draft, Record};
use crate::policy::{Glob, Mode, Severity};
use crate::text::fold::{self, Folded, Folder, View};
use crate::text::{Channel, Encoding, Phase, Role, Span};

/// A dimension of records whose values are words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The largest action.
    Action,
    /// A policy that found something or won.
    Policy,
    /// `policy/rule` that found something or won.
    Rule,
    /// The list, entity or label of a finding.
    Category,
    /// The detector of a finding.
    Detector,
    /// The severity of a finding.
    Severity,
    /// The phase of a finding.
    Phase,
    /// Who spoke where something was found.
    Role,
    /// The channel in which something was found.
    Channel,
    /// Whose exchange it was.
    Tenant,
    /// The model asked for.
    Model,
    /// The API that was called.
    Dialect,
    /// Where it came from.
    Client,
    /// How it ended.
    Ended,
    /// The code of the error that the client got.
    Code,
    /// The revision of the policies.
    Revision,
    /// `refused` (the model declined), `streamed`, `monitor`, `late`.
    Is,
}

impl Kind {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 17] = [
        Self::Action,
        Self::Policy,
        Self::Rule,
        Self::Category,
        Self::Detector,
        Self::Severity,
        Self::Phase,
        Self::Role,
        Self::Channel,
        Self::Tenant,
        Self::Model,
        Self::Dialect,
        Self::Client,
        Self::Ended,
        Self::Code,
        Self::Revision,
        Self::Is,
    ];

    /// The name in queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Action => "action",
            Self::Policy => "policy",
            Self::Rule => "rule",
            Self::Category => "category",
            Self::Detector => "detector",
            Self::Severity => "severity",
            Self::Phase => "phase",
            Self::Role => "role",
            Self::Channel => "channel",
            Self::Tenant => "tenant",
            Self::Model => "model",
            Self::Dialect => "dialect",
            Self::Client => "client",
            Self::Ended => "ended",
            Self::Code => "code",
            Self::Revision => "revision",
            Self::Is => "is",
        }
    }
}

/// A dimension of records whose values are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The place in the log.
    Seq,
    /// When the exchange began, in microseconds since 1970.
    Time,
    /// How long it took as a whole, in microseconds.
    Latency,
    /// The HTTP status; 0 where the client got none.
    Status,
}

/// What one word must be.
#[derive(Debug, Clone)]
pub enum Pattern {
    /// Exactly this.
    Exact(String),
    /// Whatever the glob matches, in either case.
    Glob(Glob),
}

impl Pattern {
    /// Whether a value is as the pattern says.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        match self {
            Self::Exact(word) => word == value,
            Self::Glob(glob) => glob.matches(value),
        }
    }
}

/// One condition.
#[derive(Debug, Clone)]
pub enum Test {
    /// One of the record's words of this kind is one of these.
    Word(Kind, Vec<Pattern>),
    /// The number lies in the range, both ends included.
    Range(Measure, i64, i64),
    /// The folded text holds this, folded as it is.
    Text(String),
    /// The exchange has this id.
    Id(String),
}

/// A condition, or its opposite.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Whether the condition must not hold.
    pub negated: bool,
    /// The condition.
    pub test: Test,
}

/// Conditions that must all hold; without any, every record is meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The conditions, in the order in which they were written.
    pub clauses: Vec<Clause>,
}

impl Filter {
    /// Whether the record is one of those that are asked for.
    #[must_use]
    pub fn matches(&self, record: &Record) -> bool {
        let mut text: Option<String> = None;
        self.clauses.iter().all(|clause| {
            let holds = match &clause.test {
                Test::Word(kind, any) => {
                    let mut found = false;
                    words(&record.draft, |of, value| {
                        found |= of == *kind && any.iter().any(|pattern| pattern.matches(value));
                    });
                    found
                }
                Test::Range(measure, low, high) => (*low..=*high).contains(&number(record, *measure)),
                Test::Text(needle) => {
                    text.get_or_insert_with(|| body(&record.draft)).contains(needle.as_str())
                }
                Test::Id(id) => record.draft.id == *id,
            };
            holds != clause.negated
        })
    }

    /// Where a record holds the first text that is asked for, with its context; `None` where no text
    /// is asked for.
    #[must_use]
    pub fn excerpt(&self, draft: &Draft) -> Option<Excerpt> {
        let needle =
            self.clauses.iter().filter(|clause| !clause.negated).find_map(|clause| match &clause.test {
                Test::Text(needle) => Some(needle.as_str()),
                Test::Word(..) | Test::Range(..) | Test::Id(_) => None,
            })?;
        texts(draft).find_map(|text| Capture::Excerpt.excerpt(text, Some(locate(text, needle)?)))
    }
}

/// The number of a record in one dimension.
pub(super) fn number(record: &Record, measure: Measure) -> i64 {
    match measure {
        Measure::Seq => clamp(record.seq),
        Measure::Time => record.draft.time.as_microsecond(),
        Measure::Latency => clamp(record.draft.timing.total_us),
        Measure::Status => record.draft.status.map_or(0, i64::from),
    }
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Every word of a record; the same word may come more than once.
pub(super) fn words(draft: &Draft, mut each: impl FnMut(Kind, &str)) {
    each(Kind::Action, draft.action.as_str());
    each(Kind::Tenant, &draft.tenant);
    each(Kind::Model, &draft.model);
    each(Kind::Dialect, &draft.dialect);
    each(Kind::Client, &draft.client);
    each(Kind::Ended, draft.ended.as_str());
    each(Kind::Revision, &draft.revision);
    if let Some(code) = &draft.code {
        each(Kind::Code, code);
    }
    if let Some(rule) = &draft.rule {
        each(Kind::Rule, rule);
        each(Kind::Policy, rule.split_once('/').map_or(&**rule, |(policy, _)| policy));
    }
    let mut rule = String::new();
    for finding in &draft.findings {
        each(Kind::Policy, &finding.policy);
        rule.clear();
        // Writing to a string cannot fail.
        let _ = write!(rule, "{}/{}", finding.policy, finding.rule);
        each(Kind::Rule, &rule);
        each(Kind::Detector, &finding.detector);
        if let Some(category) = &finding.category {
            each(Kind::Category, category);
        }
        each(Kind::Severity, severity(finding.severity));
        each(Kind::Phase, phase(finding.phase));
        each(Kind::Role, role(finding.role));
        each(Kind::Channel, channel(finding.channel));
    }
    let flags = [
        (draft.model_refused, "refused"),
        (draft.stream, "streamed"),
        (draft.mode == Mode::Monitor, "monitor"),
        (draft.late, "late"),
    ];
    for (_, name) in flags.into_iter().filter(|(set, _)| *set) {
        each(Kind::Is, name);
    }
}

/// The text of a record, folded: prompt, reply and excerpts, a line each. Every line is ended, so that any
/// two characters of a text have a third behind them.
pub(super) fn body(draft: &Draft) -> String {
    let mut body = String::new();
    for text in texts(draft) {
        let folded = folded(text);
        if !folded.is_empty() {
            body.push_str(&folded);
            body.push('\n');
        }
    }
    body
}

/// The texts of a record that are searched.
fn texts(draft: &Draft) -> impl Iterator<Item = &str> {
    let excerpts = draft.findings.iter().filter_map(|finding| finding.excerpt.as_deref());
    let said = [&draft.prompt, &draft.reply, &draft.original];
    said.into_iter().filter_map(|text| text.as_deref()).chain(excerpts)
}

/// Where a text holds a folded one.
fn locate(text: &str, needle: &str) -> Option<Span> {
    let mut folded = Folded::new(0);
    Folder::new(Encoding::Plain, View::Standard).fold(text, &mut folded);
    // As `folded` below does, and as long.
    let plain: String = folded.text().chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
    let start = folded.start() + plain.find(needle)?;
    Some(folded.original(start, start + needle.len()))
}

/// A text as it is searched: case, width, invisible characters and white space as keywords see
/// them, so that whoever searches `password` finds what a rule would have found.
pub(super) fn folded(text: &str) -> String {
    let folded = fold::standard(text);
    // A line end parts the texts of a record, and SQLite ends a text at a zero byte.
    if folded.bytes().any(|byte| byte < b' ') {
        return folded.chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
    }
    folded
}

const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];
const PHASES: [&str; 2] = ["input", "output"];
const ROLES: [&str; 4] = ["system", "user", "assistant", "tool"];
const CHANNELS: [&str; 3] = ["content", "reasoning", "tool_call"];
const FLAGS: [&str; 4] = ["refused", "streamed", "monitor", "late"];

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Input => "input",
        Phase::Output => "output",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Content => "content",
        Channel::Reasoning => "reasoning",
        Channel::ToolCall => "tool_call",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_shown_where_it_stands() {
        let check = |text: &str, query: &str, expected: Option<&str>| {
            let filter = Filter::parse(query, jiff::Timestamp::UNIX_EPOCH).unwrap();
            let draft =
                Draft { prompt: Some("nothing".into()), reply: Some(text.into()), ..Draft::default() };
            let found = filter.excerpt(&draft);
            let marked = found.as_ref().map(|found| {
                let mark = found.mark.unwrap();
                &found.text[mark.start..mark.end]
            });
            assert_eq!(marked, expected, "{query} in {text}");
        };
        check("a ＮＥＥ\u{200b}DLE here", "needle", Some("ＮＥＥ\u{200b}DLE"));
        check("如何自杀？", "自杀", Some("自杀"));
        check("one\n\ttwo", "\"one two\"", Some("one\n\ttwo"));
        check("nothing", "-x", None);
        check("nothing", "action:allow", None);
        check("nothing", "needle", None);
    }
}
