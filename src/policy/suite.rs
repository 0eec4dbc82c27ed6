//! Suites: the `tests:` of a policy, as data.
//!
//! A case says what goes in and what should come out. Running it needs screening, which this room
//! refuses to know; this file reads cases and compares.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::decode::{Reader, Spanned};
use super::diagnostic::Span;
use super::document::{CHANNELS, ROLES, action};
use super::yaml::Node;
use super::{Action, Channel, Phase, Role};

/// The tests of one policy.
#[derive(Debug, Clone, Serialize)]
pub struct Suite {
    /// Name of the policy.
    pub policy: Arc<str>,
    /// The file they stand in.
    pub file: Arc<str>,
    /// The tests, as written.
    pub cases: Vec<Case>,
}

/// One test.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    /// What it is about.
    pub name: Arc<str>,
    /// Which way the text travels.
    pub phase: Phase,
    /// Who says it: the user for input and the model for output, unless the case says otherwise.
    pub role: Role,
    /// Where it is said.
    pub channel: Channel,
    /// The model of the exchange, where the case names one.
    pub model: Option<Arc<str>>,
    /// The tenant of the exchange, where the case names one.
    pub tenant: Option<Arc<str>>,
    /// Whether it can only be run where there are classifiers.
    pub needs_classifiers: bool,
    /// The text.
    pub text: Arc<str>,
    /// What should come of it.
    pub expect: Expectation,
    /// Where the case stands.
    #[serde(flatten)]
    pub span: Span,
}

/// What should come of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Expectation {
    /// The action.
    pub action: Action,
    /// The rule that wins, as `policy/rule`.
    pub rule: Option<Arc<str>>,
    /// The text that leaves: what was let through, with its redactions, or the reply.
    pub text: Option<Arc<str>>,
}

/// What did come of a case.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// The action.
    pub action: Action,
    /// The rule that won, as `policy/rule`.
    pub rule: Option<&'a str>,
    /// The text that leaves, where the runner knows it.
    pub text: Option<&'a str>,
}

impl Case {
    /// Whether the outcome is what was expected.
    ///
    /// # Errors
    /// Otherwise: what is different, in one sentence.
    pub fn judge(&self, outcome: &Outcome<'_>) -> Result<(), String> {
        let mut differences = Vec::new();
        let expected = &self.expect;
        if outcome.action != expected.action {
            differences.push(format!("expected {}, got {}", word(expected.action), word(outcome.action)));
        }
        if let Some(rule) = expected.rule.as_deref()
            && outcome.rule != Some(rule)
        {
            differences.push(format!("expected the rule {rule}, got {}", outcome.rule.unwrap_or("none")));
        }
        if let Some(text) = expected.text.as_deref()
            && outcome.text != Some(text)
        {
            differences.push(match outcome.text {
                Some(got) => format!("expected the text {text:?}, got {got:?}"),
                None => format!("expected the text {text:?}, got none"),
            });
        }
        if differences.is_empty() {
            return Ok(());
        }
        let mut sentence = differences.join("; ");
        // The rule explains a wrong action, even where the case named none.
        if outcome.action != expected.action
            && expected.rule.is_none()
            && let Some(rule) = outcome.rule
        {
            let _ = write!(sentence, " from the rule {rule}");
        }
        Err(sentence)
    }
}

fn word(action: Action) -> &'static str {
    let words = &super::document::ACTIONS;
    words.iter().find(|(_, known)| *known == action).map_or(super::document::LATER_ACTION, |(word, _)| word)
}

/// A case as written.
#[derive(Debug)]
pub struct CaseDocument {
    /// Where it stands.
    pub span: Span,
    /// `name:`
    pub name: Spanned<String>,
    /// `input:` or `output:`
    pub phase: Phase,
    /// The text of it.
    pub text: String,
    /// `role:`
    pub role: Option<Role>,
    /// `channel:`
    pub channel: Option<Channel>,
    /// `model:`
    pub model: Option<String>,
    /// `tenant:`
    pub tenant: Option<String>,
    /// `needs: classifiers`
    pub needs_classifiers: bool,
    /// `action:` of `expect:`
    pub action: Spanned<Action>,
    /// `rule:` of `expect:`
    pub rule: Option<Spanned<String>>,
    /// `text:` of `expect:`
    pub expected_text: Option<String>,
}

/// The keys of a test.
pub const CASE_KEYS: [&str; 9] =
    ["name", "input", "output", "role", "channel", "model", "tenant", "needs", "expect"];
/// What a test can need.
pub const CASE_NEEDS: [(&str, ()); 1] = [("classifiers", ())];
/// The keys of an expectation.
pub const EXPECT_KEYS: [&str; 3] = ["action", "rule", "text"];

/// Reads `tests:`.
pub(super) fn decode(reader: &mut Reader<'_>, node: &Node) -> Vec<CaseDocument> {
    let example = "{name: a name, input: \"a text\", expect: {action: allow}}";
    let items = reader.list(node, "`tests`", example).unwrap_or_default();
    items.iter().filter_map(|item| case(reader, item)).collect()
}

fn case(reader: &mut Reader<'_>, node: &Node) -> Option<CaseDocument> {
    let fields = reader.fields(node, "a test", &CASE_KEYS)?;
    let name = reader.required(&fields, "name", "what it is about");
    let name = name.and_then(|node| reader.string(node, "the name of a test"));
    let text = match (fields.entry("input"), fields.entry("output")) {
        (Some(entry), None) => Some((Phase::Input, entry)),
        (None, Some(entry)) => Some((Phase::Output, entry)),
        (None, None) => {
            reader.required(&fields, "input", "\"a text\"` or `output: \"a text\"");
            None
        }
        (Some(_), Some(second)) => {
            let message = "a test has an input or an output, and not both";
            let fault = reader.fault("two-texts", second.key_span, message);
            reader.report(fault.help("write two tests"));
            None
        }
    };
    let text = text.and_then(|(phase, entry)| {
        let text = reader.string(&entry.value, "the text of a test")?;
        Some((phase, text.value.to_owned()))
    });
    let role = fields.find("role").and_then(|node| reader.choice(node, "`role`", &ROLES));
    let channel = fields.find("channel").and_then(|node| reader.choice(node, "`channel`", &CHANNELS));
    let mut plain = |key: &str| Some(reader.string(fields.find(key)?, &format!("`{key}`"))?.value.to_owned());
    let (model, tenant) = (plain("model"), plain("tenant"));
    let needs = fields.find("needs").and_then(|node| reader.choice(node, "`needs`", &CASE_NEEDS));
    let needs_classifiers = needs.is_some();
    let expect = reader.required(&fields, "expect", "{action: allow}")?;
    let fields = reader.fields(expect, "`expect`", &EXPECT_KEYS)?;
    let action = reader.required(&fields, "action", "allow").and_then(|node| action(reader, node));
    let rule = fields.find("rule").and_then(|node| reader.string(node, "`rule`"));
    let rule = rule.map(|rule| Spanned { value: rule.value.to_owned(), span: rule.span });
    let expected_text =
        fields.find("text").and_then(|node| Some(reader.string(node, "`text`")?.value.to_owned()));
    let (name, (phase, text), action) = (name?, text?, action?);
    if let (Action::Allow, Some(rule)) = (action.value, &rule) {
        let message = "a text that is allowed has no rule";
        let fault = reader.fault("contradictory-expectation", rule.span, message);
        reader.report(fault.help("remove `rule`, or expect its action"));
    }
    let name = Spanned { value: name.value.to_owned(), span: name.span };
    let span = node.span;
    Some(CaseDocument {
        span,
        name,
        phase,
        text,
        role,
        channel,
        model,
        tenant,
        needs_classifiers,
        action,
        rule,
        expected_text,
    })
}

impl CaseDocument {
    /// The case, with the full name of its rule.
    pub(super) fn link(self, rule: Option<Arc<str>>) -> Case {
        let spoken_by = match self.phase {
            Phase::Input => Role::User,
            Phase::Output => Role::Assistant,
        };
        Case {
            name: self.name.value.into(),
            phase: self.phase,
            role: self.role.unwrap_or(spoken_by),
            channel: self.channel.unwrap_or(Channel::Content),
            model: self.model.map(Into::into),
            tenant: self.tenant.map(Into::into),
            needs_classifiers: self.needs_classifiers,
            text: self.text.into(),
            expect: Expectation { action: self.action.value, rule, text: self.expected_text.map(Into::into) },
            span: self.span,
        }
    }
}
