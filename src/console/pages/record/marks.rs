//! What operators said of a record, and the form by which they say it.
//!
//! Owns which words the page offers. Refuses to know what becomes of them: that is the log's.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};

use super::super::super::Console;
use super::super::super::access::Session;
use super::super::super::access::guard::{Fields, Signed, see_other};
use super::super::super::archive::Found;
use super::super::super::render::{Fault, refusal};
use super::super::super::views::shown;
use crate::audit::Record;
use crate::audit::marks::{self, Marks, Verdict, Word};
use crate::audit::query::Key;

/// Characters of the note on a mark.
const NOTE: usize = 500;

/// What was said of the record, and what can be said: each rule that found something was right or wrong.
pub(super) fn marks(console: &Console, record: &Record) -> Value {
    let marks = match Marks::read(console.archive.dir()) {
        Ok(marks) => marks,
        Err(error) => return context! { fault => format!("The marks cannot be read: {error}") },
    };
    let standing = marks.of(&record.draft.id);
    let rules: Vec<Value> = found_rules(record)
        .into_iter()
        .map(|rule| {
            let said = standing.and_then(|standing| standing.verdicts.get(rule.as_str()));
            context! {
                shown => shown(&rule),
                said => said.map(|said| match said.what {
                    Verdict::FalsePositive => "false positive",
                    Verdict::TruePositive => "right",
                }),
                by => said.and_then(|said| said.by.as_deref()).map(shown),
                note => said.and_then(|said| said.note.as_deref()).map(shown),
                time => said.map(|said| said.time.strftime("%Y-%m-%d %H:%M").to_string()),
                rule,
            }
        })
        .collect();
    let missed = standing.and_then(|standing| standing.missed.as_ref());
    context! { rules, missed => missed.map(|said| shown(&said.what.join(", "))) }
}

/// The rules that found something in a record, each once.
fn found_rules(record: &Record) -> Vec<String> {
    let mut rules: Vec<String> =
        record.draft.findings.iter().map(|found| format!("{}/{}", found.policy, found.rule)).collect();
    rules.sort();
    rules.dedup();
    rules
}

/// Marks the record.
pub(in crate::console) async fn mark(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(key): Path<String>,
    Signed(fields): Signed,
) -> Response {
    let shared = console.clone();
    let said = tokio::task::spawn_blocking(move || add_mark(&shared, &key, &fields)).await;
    match said {
        Ok(Ok(seq)) => see_other(&format!("/record/{seq}#marks")),
        Ok(Err(fault)) => refusal(&console, &fault, Some(&session)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn add_mark(console: &Console, key: &str, fields: &Fields) -> Result<u64, Fault> {
    let wrong = |title: &str| {
        Fault::new(StatusCode::BAD_REQUEST, title, "The form of the record's page offers no such thing.")
    };
    let key: Key = key.parse().map_err(|_| wrong("This is no record"))?;
    let Found::Line(stored) = console.archive.find(&key)? else {
        return Err(wrong("There is no such record"));
    };
    let record = stored.record.map_err(|unreadable| Fault::internal("read the record", &unreadable))?;
    let rule = fields.text("rule");
    if !found_rules(&record).iter().any(|found| found == rule) {
        return Err(wrong("This rule found nothing in the record"));
    }
    let rule: Arc<str> = rule.into();
    let word = match fields.text("says") {
        "false_positive" => Word::FalsePositive { rule },
        "true_positive" => Word::TruePositive { rule },
        "withdrawn" => Word::Withdrawn { rule: Some(rule) },
        _ => return Err(wrong("This cannot be said of a rule")),
    };
    let note: String = fields.text("note").trim().chars().take(NOTE).collect();
    let note = (!note.is_empty()).then_some(note);
    let (dir, id) = (console.archive.dir(), (&*record.draft.id, record.seq));
    marks::add(dir, console.status.signing_key(), id, [word], note.as_deref(), Some("console"))
        .map_err(|error| Fault::internal("write the mark", &error))?;
    Ok(record.seq)
}
