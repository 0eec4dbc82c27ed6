//! The playground: what would be done with a text, under the policies in force or under a draft of one of their files.
//!
//! Owns the form. Nothing is saved: a draft lives in the browser's form and in one answer.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use minijinja::{Value, context};
use serde::Deserialize;

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::Signed;
use super::super::marked::{Layout, Mark, pieces};
use super::super::render::{Fault, Shown};
use super::super::status::{Drafted, Question, Verdict};
use super::super::views::{microseconds, rule_link, shown};
use super::record::finding;
use crate::decide::judge::Judge;
use crate::policy::diagnostic::Severity;
use crate::policy::{Diagnostic, Mode, Sources};

/// Bytes of a text that is judged here.
const TEXT: usize = 256 * 1024;

#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    file: String,
    #[serde(default)]
    text: String,
}

/// What the form holds.
#[derive(Debug, Clone, Default)]
struct Form {
    text: String,
    phase: String,
    role: String,
    channel: String,
    model: String,
    tenant: String,
    /// The file that is edited; empty where the policies in force are asked.
    file: String,
    draft: String,
}

pub(in crate::console) async fn form(
    State(console): State<Arc<Console>>,
    session: Session,
    Query(asked): Query<Asked>,
) -> Response {
    let page = move |console: &Arc<Console>| {
        let sources = super::policies::read(console)?;
        let file = sources.names().find(|name| *name == asked.file).unwrap_or_default().to_owned();
        let draft = sources.text(&file).unwrap_or_default();
        let form = Form { text: asked.text, file, draft, ..Form::default() };
        Ok(show(&sources, &form, context! {}))
    };
    console.show(session, page).await
}

pub(in crate::console) async fn judge(
    State(console): State<Arc<Console>>,
    session: Session,
    Signed(fields): Signed,
) -> Response {
    let Ok(permit) = console.judging.clone().acquire_owned().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let text = |name: &str| fields.text(name).to_owned();
    let form = Form {
        text: text("text"),
        phase: text("phase"),
        role: text("role"),
        channel: text("channel"),
        model: text("model"),
        tenant: text("tenant"),
        file: text("file"),
        draft: text("draft"),
    };
    let loads = fields.text("do") == "load";
    let page = move |console: &Arc<Console>| {
        let _permit = permit;
        judged(console, form, loads)
    };
    console.show(session, page).await
}

fn judged(console: &Console, mut form: Form, loads: bool) -> Shown {
    let sources = super::policies::read(console)?;
    if !form.file.is_empty() && !sources.names().any(|name| name == form.file) {
        return Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "There is no such file",
            "It may have been removed since.",
        ));
    }
    if loads {
        // The button beside the choice of a file: its text takes the place of the draft, and nothing is judged.
        form.draft = sources.text(&form.file).unwrap_or_default();
        return Ok(show(&sources, &form, context! {}));
    }
    if form.text.len() > TEXT {
        let text = format!(
            "It has {} bytes, and {TEXT} can be judged here. `qwarden policy explain` takes more.",
            form.text.len()
        );
        return Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "The text is too long", text));
    }
    let question = question(&form)?;
    let now = console.status.judge_text(&question, None);
    let draft = (!form.file.is_empty()).then(|| {
        let edited = sources.with_text(&form.file, &form.draft);
        (
            console.status.judge_text(&question, Some(edited)),
            sources.text(&form.file).as_deref() != Some(form.draft.as_str()),
        )
    });
    let judge = console.status.judge();
    let seen = |answer: &Drafted<Verdict>, judge| answer_of(answer, &question, judge);
    let (draft, edited) = match &draft {
        Some((answer, edited)) => (Some(seen(answer, None)), *edited),
        None => (None, false),
    };
    Ok(show(&sources, &form, context! { now => seen(&now, Some(&*judge)), draft, edited, asked => true }))
}

/// Words of a form as values. They come from lists, so that anything else was not sent by the page.
fn question(form: &Form) -> Result<Question, Fault> {
    let wrong = |name: &str| {
        Fault::new(
            StatusCode::BAD_REQUEST,
            "The form has a value that it does not offer",
            format!("It is that of {name}."),
        )
    };
    let phase =
        word(if form.phase.is_empty() { "input" } else { &form.phase }).ok_or_else(|| wrong("phase"))?;
    let said_by = if form.phase == "output" { "assistant" } else { "user" };
    let role = word(if form.role.is_empty() { said_by } else { &form.role }).ok_or_else(|| wrong("role"))?;
    let channel = if form.channel.is_empty() { "content" } else { &form.channel };
    let or = |text: &str, default: &str| {
        if text.trim().is_empty() { default.to_owned() } else { text.trim().to_owned() }
    };
    Ok(Question {
        text: form.text.clone(),
        phase,
        role,
        channel: word(channel).ok_or_else(|| wrong("channel"))?,
        model: or(&form.model, "qwen"),
        tenant: or(&form.tenant, "default"),
    })
}

/// A value by the word that records have for it.
fn word<T: serde::de::DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

fn show(sources: &Sources, form: &Form, outcome: Value) -> (&'static str, Value) {
    let files =
        sources.names().filter(|name| !name.starts_with("lists/")).map(str::to_owned).collect::<Vec<_>>();
    let form = context! {
        text => &form.text, phase => &form.phase, role => &form.role, channel => &form.channel,
        model => &form.model, tenant => &form.tenant, file => &form.file, draft => &form.draft,
    };
    ("playground.html", context! { page => "/playground", form, files, ..outcome })
}

fn answer_of(answer: &Drafted<Verdict>, question: &Question, judge: Option<&Judge>) -> Value {
    context! {
        failed => answer.failed.as_deref().map(shown),
        verdict => answer.made.as_ref().map(|verdict| verdict_of(verdict, question, judge)),
        ..diagnosed(&answer.diagnostics, &answer.report)
    }
}

/// What is wrong with a draft, as a list and as a report.
pub(super) fn diagnosed(diagnostics: &[Diagnostic], report: &str) -> Value {
    let count = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
    let line = |one: &Diagnostic| {
        context! {
            severity => match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            code => one.code, file => &*one.file, line => one.span.map(|span| span.line),
            message => shown(&one.message), help => one.help.as_deref().map(shown),
        }
    };
    context! {
        diagnostics => diagnostics.iter().map(line).collect::<Vec<_>>(),
        errors => count(Severity::Error),
        warnings => count(Severity::Warning),
        report => report.lines().map(visible).collect::<Vec<_>>().join("\n"),
    }
}

/// A line of a report: nothing in it moves anything about, and its backslashes stay single.
fn visible(line: &str) -> String {
    pieces(line, &[], Layout::OneLine).into_iter().map(|piece| piece.text).collect()
}

fn verdict_of(verdict: &Verdict, question: &Question, judge: Option<&Judge>) -> Value {
    let names: Vec<(usize, usize, String)> = verdict
        .findings
        .iter()
        .flat_map(|found| {
            let name = format!("{}/{}", found.policy, found.rule);
            found.spans.iter().map(move |(start, end)| (*start, *end, name.clone()))
        })
        .collect();
    let marks: Vec<Mark<'_>> = names.iter().map(|(start, end, name)| (*start, *end, name.as_str())).collect();
    context! {
        revision => &verdict.revision,
        action => verdict.action.as_str(),
        monitored => verdict.mode == Mode::Monitor,
        rule => verdict.rule.as_ref().map(|rule| context! {
            path => &rule.path, file => &rule.file, line => rule.line, link => rule_link(&rule.path),
        }),
        findings => verdict.findings.iter().map(|found| finding(found, judge)).collect::<Vec<_>>(),
        text => pieces(&question.text, &marks, Layout::Lines),
        marked => marks.len(),
        sent => verdict.sent.as_deref().map(|sent| pieces(sent, &[], Layout::Lines)),
        unchanged => verdict.sent.as_deref() == Some(question.text.as_str()),
        took => microseconds(verdict.took_us),
    }
}
