//! Training examples from records that operators have marked.
//!
//! Owns the way from marks to labels, in the form that the classifier recipe reads (`text`, `role`, `lang`,
//! `labels`, `source`, `orig`, `context`, `quality`): a label that nobody spoke of is absent, not zero. Only whole
//! texts are used; what could not be used is counted, by reason. Refuses to guess: no record becomes an example
//! that nobody marked.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::printer::Printer;
use crate::audit::erasures::Erasures;
use crate::audit::marks::{Marks, Standing, Verdict};
use crate::audit::{Draft, Record};
use crate::text::{Phase, language};

/// The labels of harmful content: one of them that holds makes `harmful` hold.
const HARMFUL: [&str; 11] = [
    "violence",
    "weapons",
    "self_harm",
    "sexual",
    "sexual_minors",
    "hate",
    "harassment",
    "illegal",
    "cyber",
    "privacy",
    "misinformation",
];
/// The others.
const OTHERS: [&str; 4] = ["jailbreak", "prompt_injection", "refusal", "harmful"];
/// How a whole prompt begins, and each of its messages.
const ROLES: [&str; 4] = ["system: ", "user: ", "assistant: ", "tool: "];
/// What stands at the end of a text that was cut.
const CUT: &str = "…[cut: ";

/// Makes examples.
pub(super) struct Labelled {
    marks: Marks,
    erasures: Erasures,
    examples: u64,
    used: u64,
    unmarked: u64,
    unused: BTreeMap<&'static str, u64>,
}

/// What is said of the two texts of a record.
#[derive(Default)]
struct Labels {
    prompt: BTreeMap<String, u8>,
    reply: BTreeMap<String, u8>,
}

impl Labelled {
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            marks: Marks::read(dir)?,
            erasures: Erasures::read(dir)?,
            examples: 0,
            used: 0,
            unmarked: 0,
            unused: BTreeMap::new(),
        })
    }

    /// The examples that a record gives, as lines.
    pub(super) fn of(&mut self, record: &Record) -> Vec<String> {
        let Some(standing) = self.marks.of(&record.draft.id) else {
            self.unmarked += 1;
            return Vec::new();
        };
        let labels = labels(standing, &record.draft);
        match self.lines(record, labels) {
            Ok(lines) => {
                self.examples += lines.len() as u64;
                self.used += 1;
                lines
            }
            Err(reason) => {
                *self.unused.entry(reason).or_default() += 1;
                Vec::new()
            }
        }
    }

    fn lines(&self, record: &Record, labels: Labels) -> Result<Vec<String>, &'static str> {
        let draft = &record.draft;
        if labels.prompt.is_empty() && labels.reply.is_empty() {
            return Err("the rule that was marked stands for no label of the classifiers");
        }
        if draft.sealed.is_some() {
            return Err("its text is encrypted, and --identity does not open it");
        }
        if self.erasures.of(record.seq).is_some() {
            return Err("its text was erased");
        }
        let Some(prompt) = draft.prompt.as_deref() else {
            return Err("it holds no text (capture: none)");
        };
        let Some(said) = last_of_user(prompt) else {
            return Err("it holds a piece of the prompt only (capture: excerpt)");
        };
        let mut lines = Vec::new();
        if !labels.prompt.is_empty() {
            if said.contains(CUT) {
                return Err("its prompt was too long and is cut");
            }
            lines.push(example(said, "prompt", &labels.prompt, draft, None));
        }
        if !labels.reply.is_empty() {
            match draft.reply.as_deref() {
                Some(reply) if !reply.contains(CUT) => {
                    lines.push(example(reply, "response", &labels.reply, draft, Some(said)));
                }
                Some(_) => return Err("its reply was too long and is cut"),
                None => return Err("it holds no reply"),
            }
        }
        Ok(lines)
    }

    /// Says on standard error what became of the records.
    pub(super) fn report(&self, printer: &mut Printer) {
        printer.note(format_args!("{} examples from {} marked records", self.examples, self.used));
        for (reason, count) in &self.unused {
            printer.note(format_args!("{count} marked records could not be used: {reason}"));
        }
        if self.unmarked > 0 {
            printer.note(format_args!("{} records are not marked (`qwarden audit mark`)", self.unmarked));
        }
    }
}

/// What the marks say, as labels.
fn labels(standing: &Standing, draft: &Draft) -> Labels {
    let mut labels = Labels::default();
    for (rule, said) in &standing.verdicts {
        let holds = u8::from(said.what == Verdict::TruePositive);
        let of_rule = draft
            .findings
            .iter()
            .filter(|finding| rule.split_once('/') == Some((&*finding.policy, &*finding.rule)));
        for finding in of_rule {
            let label = if finding.detector == "refusal" {
                Some("refusal".to_owned())
            } else {
                // A rule stands for the label that its classifier scores, or that its policy is named after.
                let category = finding.category.as_deref().unwrap_or_default();
                known(category).or_else(|| known(&finding.policy))
            };
            let side = if finding.phase == Phase::Input { &mut labels.prompt } else { &mut labels.reply };
            if let Some(label) = label {
                put(side, &label, holds);
            }
        }
    }
    // What an operator says in so many words counts for more.
    for label in standing.missed.iter().flat_map(|said| &said.what) {
        let side = if label == "refusal" { &mut labels.reply } else { &mut labels.prompt };
        put(side, label, 1);
    }
    for (label, holds) in standing.labels.iter().flat_map(|said| &said.what) {
        let side = if label == "refusal" { &mut labels.reply } else { &mut labels.prompt };
        put(side, label, *holds);
    }
    labels
}

/// The label of this name, where there is one: `self-harm` is `self_harm`.
fn known(name: &str) -> Option<String> {
    let name = name.replace('-', "_");
    HARMFUL.iter().chain(&OTHERS).any(|label| **label == *name).then_some(name)
}

fn put(labels: &mut BTreeMap<String, u8>, label: &str, holds: u8) {
    labels.insert(label.to_owned(), holds);
    if holds == 1 && HARMFUL.contains(&label) {
        labels.insert("harmful".to_owned(), 1);
    }
}

/// What the user said last, of a prompt that was kept whole; `None` for a piece of one.
fn last_of_user(prompt: &str) -> Option<&str> {
    if !ROLES.iter().any(|role| prompt.starts_with(role)) {
        return None;
    }
    let start = match prompt.rfind("\n\nuser: ") {
        Some(at) => at + "\n\nuser: ".len(),
        None => prompt.strip_prefix("user: ").map(|rest| prompt.len() - rest.len())?,
    };
    let said = prompt.get(start..)?;
    let next = ROLES.iter().filter_map(|role| said.find(&format!("\n\n{role}"))).min();
    said.get(..next.unwrap_or(said.len()))
}

fn example(
    text: &str,
    role: &str,
    labels: &BTreeMap<String, u8>,
    draft: &Draft,
    context: Option<&str>,
) -> String {
    let mut row = Map::new();
    row.insert("text".into(), text.into());
    row.insert("role".into(), role.into());
    row.insert("lang".into(), language::detect(text).unwrap_or("und").into());
    row.insert("labels".into(), json!(labels));
    row.insert("source".into(), "own-traffic".into());
    row.insert("orig".into(), draft.id.as_str().into());
    if let Some(context) = context {
        row.insert("context".into(), context.into());
    }
    row.insert("quality".into(), "human".into());
    Value::Object(row).to_string()
}
