//! The policy document: a policy file as written.
//!
//! It mirrors the file key by key. Every unknown key, wrong type, missing key and unknown word is
//! reported; whatever is right is kept, so that compiling can report the rest. This file refuses to
//! know other files: whether names meet (replies, lists, rules of tests) is for compiling to say.

use super::condition::{self, Condition};
use super::decode::{Fields, Reader, Spanned};
use super::diagnostic::Span;
use super::masks;
use super::suite::{self, CaseDocument};
use super::yaml::{Node, Value};
use super::{Action, Channel, Failure, Mode, Phase, Role, Severity, StreamMode};

/// A policy as written. What is absent was left out, or was reported.
#[derive(Debug, Default)]
pub struct Document {
    /// `policy:`
    pub name: Option<Spanned<String>>,
    /// `title:`
    pub title: Option<String>,
    /// `mode:`
    pub mode: Option<Spanned<Mode>>,
    /// `scope:`
    pub scope: ScopeDocument,
    /// `failure:`
    pub failure: Option<Failure>,
    /// `joint:`
    pub joint: Option<String>,
    /// `mask:`, one condition for each detector.
    pub mask: Vec<Condition>,
    /// `rules:`
    pub rules: Vec<RuleDocument>,
    /// `replies:`
    pub replies: Vec<ReplyDocument>,
    /// `tests:`
    pub tests: Vec<CaseDocument>,
}

/// A `scope:` as written. What is absent is everything.
#[derive(Debug, Default)]
pub struct ScopeDocument {
    /// Where it stands, if there is no fault in it.
    pub sound: Option<Span>,
    /// `phase:`
    pub phases: Option<Vec<Phase>>,
    /// `roles:`
    pub roles: Option<Vec<Role>>,
    /// `channels:`
    pub channels: Option<Vec<Channel>>,
    /// `models:`
    pub models: Option<Vec<String>>,
    /// `tenants:`
    pub tenants: Option<Vec<String>>,
}

/// A rule as written.
#[derive(Debug)]
pub struct RuleDocument {
    /// Where it stands.
    pub span: Span,
    /// Whether there is no fault in it.
    pub sound: bool,
    /// `id:`
    pub id: Option<Spanned<String>>,
    /// `when:`
    pub when: Option<Condition>,
    /// `severity:`
    pub severity: Option<Severity>,
    /// `action:`
    pub action: Option<Spanned<Action>>,
    /// `reply:`
    pub reply: Option<Spanned<String>>,
    /// `with:`
    pub with: Option<Spanned<String>>,
    /// `restore:`
    pub restore: Option<Spanned<bool>>,
    /// `stream:`
    pub stream: Option<Spanned<StreamMode>>,
}

/// A reply as written.
#[derive(Debug)]
pub struct ReplyDocument {
    /// Its name.
    pub name: Spanned<String>,
    /// Language and template, in the order of the file.
    pub texts: Vec<(String, Spanned<String>)>,
}

/// The keys of a policy.
pub const POLICY_KEYS: [&str; 10] =
    ["policy", "title", "mode", "scope", "failure", "joint", "mask", "rules", "replies", "tests"];
/// The keys of a scope.
pub const SCOPE_KEYS: [&str; 5] = ["phase", "roles", "channels", "models", "tenants"];
/// The keys of a rule.
pub const RULE_KEYS: [&str; 8] = ["id", "when", "severity", "action", "reply", "with", "restore", "stream"];
/// The keys of a rule that come with actions which are not built yet.
pub const LATER_RULE_KEYS: [&str; 3] = ["prepend", "append", "replace"];

/// The words for modes.
pub const MODES: [(&str, Mode); 3] =
    [("enforce", Mode::Enforce), ("monitor", Mode::Monitor), ("off", Mode::Off)];
/// The words for failures.
pub const FAILURES: [(&str, Failure); 2] = [("closed", Failure::Closed), ("open", Failure::Open)];
/// The words for severities.
pub const SEVERITIES: [(&str, Severity); 4] = [
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];
/// The words for actions that are built.
pub const ACTIONS: [(&str, Action); 5] = [
    ("allow", Action::Allow),
    ("flag", Action::Flag),
    ("redact", Action::Redact),
    ("deflect", Action::Deflect),
    ("block", Action::Block),
];
/// The action that comes later.
pub const LATER_ACTION: &str = "rewrite";
/// The words for what a stream does.
pub const STREAMS: [(&str, StreamMode); 2] = [("hold", StreamMode::Hold), ("live", StreamMode::Live)];
/// The words for phases.
pub const PHASES: [(&str, Phase); 2] = [("input", Phase::Input), ("output", Phase::Output)];
/// The words for roles.
pub const ROLES: [(&str, Role); 4] =
    [("user", Role::User), ("assistant", Role::Assistant), ("tool", Role::Tool), ("system", Role::System)];
/// The words for channels.
pub const CHANNELS: [(&str, Channel); 3] =
    [("content", Channel::Content), ("reasoning", Channel::Reasoning), ("tool_call", Channel::ToolCall)];

/// Reads a policy.
pub fn decode(reader: &mut Reader<'_>, root: &Node) -> Document {
    let mut document = Document::default();
    let Some(fields) = reader.fields(root, "a policy", &POLICY_KEYS) else { return document };
    document.name = reader
        .required(&fields, "policy", "a-name")
        .and_then(|node| name(reader, node, "the name of a policy"));
    document.title = fields
        .find("title")
        .and_then(|node| reader.string(node, "`title`"))
        .map(|title| title.value.to_owned());
    document.mode = fields
        .find("mode")
        .and_then(|node| Some(Spanned { value: reader.choice(node, "`mode`", &MODES)?, span: node.span }));
    document.failure = fields.find("failure").and_then(|node| reader.choice(node, "`failure`", &FAILURES));
    document.joint = fields
        .find("joint")
        .and_then(|node| reader.string(node, "`joint`"))
        .map(|joint| joint.value.to_owned());
    if let Some(node) = fields.find("scope") {
        document.scope = scope(reader, node);
    }
    if let Some(node) = fields.find("mask") {
        document.mask = masks::decode(reader, node);
    }
    // A policy may do nothing but mask.
    let rules = match fields.find("mask") {
        Some(_) => fields.find("rules"),
        None => reader.required(&fields, "rules", "[...]"),
    };
    if let Some(node) = rules {
        let example = "{id: a-name, when: {keywords: [\"a phrase\"]}, action: flag}";
        let items = reader.list(node, "`rules`", example).unwrap_or_default();
        document.rules = items.iter().filter_map(|item| rule(reader, item)).collect();
    }
    if let Some(node) = fields.find("replies") {
        document.replies = replies(reader, node);
    }
    if let Some(node) = fields.find("tests") {
        document.tests = suite::decode(reader, node);
    }
    document
}

fn scope(reader: &mut Reader<'_>, node: &Node) -> ScopeDocument {
    let Some(fields) = reader.fields(node, "`scope`", &SCOPE_KEYS) else { return ScopeDocument::default() };
    let errors = reader.errors();
    let scope = ScopeDocument {
        sound: None,
        phases: words(reader, &fields, "phase", &PHASES, "[input, output]"),
        roles: words(reader, &fields, "roles", &ROLES, "[user, assistant]"),
        channels: words(reader, &fields, "channels", &CHANNELS, "[content]"),
        models: globs(reader, &fields, "models", "[\"qwen*\"]"),
        tenants: globs(reader, &fields, "tenants", "[\"*\"]"),
    };
    ScopeDocument { sound: (reader.errors() == errors).then_some(fields.span), ..scope }
}

fn words<T: Copy + PartialEq>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_>,
    key: &str,
    known: &[(&str, T)],
    example: &str,
) -> Option<Vec<T>> {
    let of = format!("`{key}`");
    let items = reader.list(fields.find(key)?, &of, example)?;
    let mut values = Vec::new();
    for item in items {
        let Some(value) = reader.choice(item, &of, known) else { continue };
        if values.contains(&value) {
            let warning = reader.warning("repeated-value", item.span, format!("{of} names this twice"));
            reader.report(warning.help("remove one of them"));
        } else {
            values.push(value);
        }
    }
    Some(values)
}

fn globs(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str, example: &str) -> Option<Vec<String>> {
    let of = format!("`{key}`");
    let items = reader.list(fields.find(key)?, &of, example)?;
    let mut patterns = Vec::new();
    for item in items {
        let Some(pattern) = reader.string(item, &format!("an item of {of}")) else { continue };
        if pattern.value.trim().is_empty() {
            let fault = reader.fault("empty-text", pattern.span, format!("an item of {of} cannot be empty"));
            reader.report(fault.help("write a name, with `*` for any run of characters"));
        } else {
            patterns.push(pattern.value.trim().to_owned());
        }
    }
    Some(patterns)
}

fn rule(reader: &mut Reader<'_>, node: &Node) -> Option<RuleDocument> {
    let errors = reader.errors();
    let mut known = RULE_KEYS.to_vec();
    known.extend(LATER_RULE_KEYS);
    let Value::Mapping(entries) = &node.value else {
        reader.wrong_type(node, "a rule", "a mapping", "write `- id: a-name`, then its other keys below");
        return None;
    };
    // The keys that come later are known, so that they are not called a slip of the finger; but
    // they are not offered.
    for entry in entries.iter().filter(|entry| !known.contains(&&*entry.key)) {
        reader.unknown_key(entry, "a rule", &RULE_KEYS);
    }
    let fields = reader.fields_unchecked(node, "a rule", entries);
    for key in LATER_RULE_KEYS {
        let Some(entry) = fields.entry(key).filter(|entry| entry.value.value != Value::Boolean(false)) else {
            continue;
        };
        let fault =
            reader.fault("not-available-yet", entry.key_span, format!("`{key}` is not available yet"));
        reader.report(
            fault.help("the actions allow, flag, redact (with `with` or `restore`), deflect and block are"),
        );
    }
    let id = reader.required(&fields, "id", "a-name").and_then(|node| name(reader, node, "the id of a rule"));
    let when = reader
        .required(&fields, "when", "{keywords: [\"a phrase\"]}")
        .map(|node| condition::decode(reader, node));
    let severity = fields.find("severity").and_then(|node| reader.choice(node, "`severity`", &SEVERITIES));
    let action = reader.required(&fields, "action", "flag").and_then(|node| action(reader, node));
    let mut text = |key: &str| {
        let found = reader.string(fields.find(key)?, &format!("`{key}`"))?;
        Some(Spanned { value: found.value.to_owned(), span: found.span })
    };
    let (reply, with) = (text("reply"), text("with"));
    let restore = fields
        .find("restore")
        .and_then(|node| Some(Spanned { value: reader.boolean(node, "`restore`")?, span: node.span }));
    let stream = fields.find("stream").and_then(|node| {
        Some(Spanned { value: reader.choice(node, "`stream`", &STREAMS)?, span: node.span })
    });
    let sound = reader.errors() == errors;
    Some(RuleDocument { span: fields.span, sound, id, when, severity, action, reply, with, restore, stream })
}

/// The word for an action, where the action is built. Tests name actions too.
pub(super) fn action(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<Action>> {
    if matches!(&node.value, Value::String(word) if word == LATER_ACTION) {
        let fault = reader.fault("not-available-yet", node.span, "the action `rewrite` is not available yet");
        reader.report(fault.help("the actions allow, flag, redact, deflect and block are"));
        return None;
    }
    let value = reader.choice(node, "`action`", &ACTIONS)?;
    Some(Spanned { value, span: node.span })
}

/// A name that can stand in a header, a path and a record.
fn name(reader: &mut Reader<'_>, node: &Node, of: &str) -> Option<Spanned<String>> {
    let found = reader.string(node, of)?;
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !found.value.is_empty() && found.value.len() <= MAX_NAME && found.value.bytes().all(letter) {
        return Some(Spanned { value: found.value.to_owned(), span: found.span });
    }
    let message = format!("{of} is made of a-z, 0-9 and `-`, at most {MAX_NAME} of them");
    let fault = reader.fault("bad-name", found.span, message);
    let mut better: String = found
        .value
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .take(MAX_NAME)
        .collect();
    while better.contains("--") {
        better = better.replace("--", "-");
    }
    let better = better.trim_matches('-');
    reader.report(fault.help(if better.is_empty() {
        "write a name such as `self-harm`".to_owned()
    } else {
        format!("write `{better}`")
    }));
    None
}

/// Names stand in response headers.
const MAX_NAME: usize = 64;

fn replies(reader: &mut Reader<'_>, node: &Node) -> Vec<ReplyDocument> {
    let Value::Mapping(entries) = &node.value else {
        let help = "write a name, then a text for each language below it: `crisis: {en: \"...\"}`";
        reader.wrong_type(node, "`replies`", "a mapping", help);
        return Vec::new();
    };
    let mut replies = Vec::new();
    for entry in entries {
        let name = Spanned { value: entry.key.clone(), span: entry.key_span };
        let texts = match &entry.value.value {
            Value::Mapping(texts) => {
                if texts.is_empty() {
                    let fault =
                        reader.fault("empty-reply", entry.key_span, "a reply needs at least one text");
                    reader.report(fault.help("add a text such as `en: \"...\"`"));
                }
                texts.iter().filter_map(|text| language(reader, text)).collect()
            }
            Value::String(_) => {
                let text = reply_text(reader, &entry.value);
                text.map(|text| (super::template::ANY_LANGUAGE.to_owned(), text)).into_iter().collect()
            }
            _ => {
                let help = "write a text, or one for each language: {en: \"...\", zh: \"...\"}";
                reader.wrong_type(&entry.value, "a reply", "a text or a mapping", help);
                Vec::new()
            }
        };
        replies.push(ReplyDocument { name, texts });
    }
    replies
}

fn language(reader: &mut Reader<'_>, entry: &super::yaml::Entry) -> Option<(String, Spanned<String>)> {
    let mut tags = entry.key.split('-');
    let primary = tags.next().unwrap_or_default();
    let short =
        |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fine = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !(fine && tags.all(short)) {
        let message = format!("`{}` is not a language code", entry.key);
        let fault = reader.fault("bad-language", entry.key_span, message);
        reader.report(fault.help("write a code of ISO 639 such as en, zh or zh-Hant"));
        return None;
    }
    Some((entry.key.clone(), reply_text(reader, &entry.value)?))
}

fn reply_text(reader: &mut Reader<'_>, node: &Node) -> Option<Spanned<String>> {
    let text = reader.string(node, "the text of a reply")?;
    if text.value.trim().is_empty() {
        let fault = reader.fault("empty-text", text.span, "the text of a reply cannot be empty");
        reader.report(fault.help("write what the person or program is to be told"));
        return None;
    }
    Some(Spanned { value: text.value.to_owned(), span: text.span })
}
