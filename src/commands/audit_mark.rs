//! `qwarden audit mark`: an operator's word on a record.
//!
//! Owns which words fit a record: a rule that is called wrong must have found something in it. Refuses
//! to know how marks are kept.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use super::audit_args::{Folder, note_failed};
use super::printer::{Exit, Printer, Shown};
use crate::audit::Record;
use crate::audit::marks::{self, Word};
use crate::audit::query::{self, Key};

/// Characters of a label.
const LABEL: usize = 64;
/// Characters of a note.
const NOTE: usize = 2_000;

/// Say of a record that a rule was wrong or right, that something was missed, or what it is.
/// The latest word on the same thing counts
#[derive(Debug, Clone, ClapArgs)]
#[command(group = clap::ArgGroup::new("word").required(true).multiple(true))]
pub struct Args {
    /// The record's id (`x-qwarden-id`) or its sequence number
    #[arg(value_name = "ID|SEQ")]
    key: Key,
    #[command(flatten)]
    folder: Folder,
    /// The rule should not have found anything; without a name, the rule that won
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "", group = "word")]
    false_positive: Option<String>,
    /// The rule was right; without a name, the rule that won
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "", group = "word", conflicts_with = "false_positive")]
    true_positive: Option<String>,
    /// What should have been found and was not, such as `self_harm`; can be given more than once
    #[arg(long, value_name = "LABEL", num_args = 1.., group = "word", value_parser = label)]
    missed: Vec<String>,
    /// What the prompt is, for training, such as `harmful=0`; can be given more than once
    #[arg(long, value_name = "LABEL=0|1", num_args = 1.., group = "word", value_parser = labelled)]
    label: Vec<(String, u8)>,
    /// Take back what was said of a rule; without a name, everything that was said of the record
    #[arg(long, value_name = "RULE", num_args = 0..=1, default_missing_value = "", group = "word",
        conflicts_with_all = ["false_positive", "true_positive", "missed", "label"])]
    withdraw: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = note)]
    note: Option<String>,
    /// Who says so
    #[arg(long, value_name = "NAME", env = "USER", value_parser = note)]
    by: Option<String>,
    /// The log's signing key, where it is not in its folder
    #[arg(long, value_name = "FILE", env = "QWARDEN_AUDIT__KEY")]
    signing_key: Option<PathBuf>,
}

fn label(text: &str) -> Result<String, String> {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if text.is_empty() || text.len() > LABEL || !text.bytes().all(fine) {
        return Err(format!("a label is made of a-z, 0-9 and `_`, at most {LABEL} of them"));
    }
    Ok(text.to_owned())
}

fn labelled(text: &str) -> Result<(String, u8), String> {
    match text.split_once('=') {
        Some((name, "0")) => Ok((label(name)?, 0)),
        Some((name, "1")) => Ok((label(name)?, 1)),
        _ => Err("write `harmful=0` or `harmful=1`".to_owned()),
    }
}

fn note(text: &str) -> Result<String, String> {
    if text.chars().count() > NOTE {
        return Err(format!("at most {NOTE} characters"));
    }
    Ok(text.to_owned())
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let dir = &args.folder.dir;
    let record = match query::find(dir, &args.key) {
        Ok(Some(stored)) => stored.record,
        Ok(None) => {
            printer.note(format_args!("no such record in {}", Shown(&dir.display().to_string())));
            return Exit::No;
        }
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    let record = match record {
        Ok(record) => record,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    let words = match words(args, &record) {
        Ok(words) => words,
        Err(reason) => {
            printer.note(format_args!("error: {}", Shown(&reason)));
            return Exit::Failed;
        }
    };
    let of = (record.draft.id.as_str(), record.seq);
    let (note, by) = (args.note.as_deref(), args.by.as_deref());
    match marks::add(dir, args.signing_key.as_deref(), of, words, note, by) {
        Ok(()) => {
            printer.line(format_args!("marked record {}", record.seq));
            Exit::Fine
        }
        Err(error) => {
            printer.error(&error);
            printer.note("help: marks are signed with the key of the log: run this as the gateway's user, or name the key with --signing-key");
            Exit::Failed
        }
    }
}

fn words(args: &Args, record: &Record) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    if let Some(name) = &args.false_positive {
        words.push(Word::FalsePositive { rule: rule(name, record)? });
    }
    if let Some(name) = &args.true_positive {
        words.push(Word::TruePositive { rule: rule(name, record)? });
    }
    if !args.missed.is_empty() {
        words.push(Word::Missed { labels: args.missed.clone() });
    }
    if !args.label.is_empty() {
        let labels: BTreeMap<String, u8> = args.label.iter().cloned().collect();
        words.push(Word::Labels { labels });
    }
    match args.withdraw.as_deref() {
        None => {}
        Some("") => words.push(Word::Withdrawn { rule: None }),
        Some(name) => words.push(Word::Withdrawn { rule: Some(rule(name, record)?) }),
    }
    Ok(words)
}

/// The rule that is meant: by its full name, by its own within a policy, or the one that won.
fn rule(name: &str, record: &Record) -> Result<Arc<str>, String> {
    let mut found: Vec<Arc<str>> = record
        .draft
        .findings
        .iter()
        .map(|finding| format!("{}/{}", finding.policy, finding.rule).into())
        .chain(record.draft.rule.clone())
        .collect();
    found.sort_unstable();
    found.dedup();
    let all = found.join(", ");
    let mut meant = found.into_iter().filter(|path| match name {
        "" => record.draft.rule.as_ref() == Some(path),
        _ if name.contains('/') => **path == *name,
        _ => path.split_once('/').is_some_and(|(_, rule)| rule == name),
    });
    match (meant.next(), meant.next()) {
        (Some(rule), None) => Ok(rule),
        (Some(_), Some(_)) => {
            Err(format!("`{name}` is a rule of more than one policy here; it is one of {all}"))
        }
        (None, _) if all.is_empty() => {
            Err("no rule found anything in this record; what it missed is told with --missed".to_owned())
        }
        (None, _) if name.is_empty() => Err(format!("no rule won in this record; name one of {all}")),
        (None, _) => Err(format!("the rule `{name}` found nothing in this record; it is one of {all}")),
    }
}
