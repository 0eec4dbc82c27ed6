//! The policies: every rule with how often it was met, and the file that says it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use minijinja::{Value, context};
use serde::Deserialize;

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::encoded;
use super::super::chart::percent;
use super::super::render::Fault;
use super::super::views::{rule_link, severity, shown, thousands};
use crate::audit::filter::Kind;
use crate::audit::index::words::Word;
use crate::audit::marks::{Counts, Marks};
use crate::policy::coverage::streaming_cost;
use crate::policy::{self, Glob, Mode, Policies, Policy, Rule, Sources};

/// Rules whose counts are asked for.
const RULES: usize = 10_000;

/// How often each rule was met, and what people said of it.
#[derive(Default)]
struct Hits {
    words: HashMap<String, Word>,
    marks: BTreeMap<Arc<str>, Counts>,
}

fn hits(console: &Console) -> Result<Hits, Fault> {
    let words = console.archive.ask(|index| index.words(Kind::Rule, RULES))?;
    let marks =
        Marks::read(console.archive.dir()).map_err(|error| Fault::internal("read the marks", &error))?;
    Ok(Hits {
        words: words.into_iter().map(|word| (word.name.clone(), word)).collect(),
        marks: marks.by_rule(),
    })
}

pub(in crate::console) async fn list(State(console): State<Arc<Console>>, session: Session) -> Response {
    let page = move |console: &Arc<Console>| {
        let judge = console.status.judge();
        let policies = judge.policies();
        let hits = hits(console);
        let none = Hits::default();
        let known = hits.as_ref().unwrap_or(&none);
        let all: Vec<Value> =
            policies.policies.iter().map(|policy| summary(policies, policy, known)).collect();
        Ok((
            "policies.html",
            context! {
                page => "/policies", policies => all, index_fault => hits.as_ref().err().map(|fault| &fault.text),
                ..standing(console, policies)
            },
        ))
    };
    console.show(session, page).await
}

/// Whether the folder says what is in force.
fn standing(console: &Console, policies: &Policies) -> Value {
    let refused = console.status.readiness().policies_refused;
    context! {
        revision => policies.revision.as_str(),
        refused => refused.as_deref().map(shown),
        rule_count => policies.rules.len(),
    }
}

fn rules<'p>(policies: &'p Policies, policy: &Policy) -> impl Iterator<Item = &'p Rule> {
    let name = policy.name.clone();
    policies.rules.iter().filter(move |rule| policies.policy(rule.policy).name == name)
}

fn summary(policies: &Policies, policy: &Policy, hits: &Hits) -> Value {
    let rules: Vec<Value> = rules(policies, policy).map(|rule| of_rule(policies, rule, hits)).collect();
    context! {
        name => &*policy.name,
        title => &*policy.title,
        file => &*policy.file,
        mode => mode(policy.mode),
        scope => scope(policy),
        link => format!("/policies/{}", encoded(&policy.name)),
        rules,
    }
}

fn of_rule(policies: &Policies, rule: &Rule, hits: &Hits) -> Value {
    let met = hits.words.get(&*rule.path);
    let marks = hits.marks.get(&*rule.path);
    let most = hits.words.values().map(|word| word.records).max().unwrap_or(0);
    let last = met.and_then(|word| word.last);
    let covers_output = policies.policy(rule.policy).scope.phases.contains(&crate::text::Phase::Output);
    let cost = covers_output.then(|| streaming_cost(policies, rule));
    context! {
        id => &*rule.id,
        path => &*rule.path,
        action => rule.action.as_str(),
        severity => severity(rule.severity),
        line => rule.line,
        link => rule_link(&rule.path),
        search => format!("/search?rule={}", encoded(&rule.path)),
        hits => thousands(met.map_or(0, |word| word.records)),
        percent => percent(met.map_or(0, |word| word.records), most),
        never => met.is_none(),
        last => last.map(|(seq, time)| context! {
            seq, time => time.strftime("%Y-%m-%d %H:%M").to_string(), ago => ago(time, Timestamp::now()),
        }),
        false_positives => marks.map_or(0, |counts| counts.false_positives),
        true_positives => marks.map_or(0, |counts| counts.true_positives),
        streaming => cost.map(|(cost, _)| cost.to_string()),
        reason => cost.and_then(|(_, reason)| reason),
        restore => rule.restore,
    }
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Enforce => "enforce",
        Mode::Monitor => "monitor",
        Mode::Off => "off",
    }
}

fn scope(policy: &Policy) -> String {
    let scope = &policy.scope;
    let words = |values: Vec<&str>| values.join(", ");
    let mut parts = vec![words(scope.phases.iter().map(|one| super::super::views::phase(*one)).collect())];
    let only = |globs: &[Glob]| {
        let names: Vec<&str> = globs.iter().map(Glob::as_str).collect();
        (!names.contains(&"*")).then(|| names.join(", "))
    };
    parts.extend(only(&scope.models).map(|models| format!("models {models}")));
    parts.extend(only(&scope.tenants).map(|tenants| format!("tenants {tenants}")));
    parts.join("; ")
}

/// How long ago it was.
fn ago(time: Timestamp, now: Timestamp) -> String {
    match now.as_second().saturating_sub(time.as_second()) {
        ..60 => "just now".to_owned(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    rule: String,
}

pub(in crate::console) async fn one(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(name): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    console.show(session, move |console| Ok(("policy.html", put_together(console, &name, &asked)?))).await
}

fn put_together(console: &Console, name: &str, asked: &Asked) -> Result<Value, Fault> {
    let judge = console.status.judge();
    let policies = judge.policies();
    let Some(policy) = policies.policies.iter().find(|policy| &*policy.name == name) else {
        let text = "No policy of this name is in force. A record may name one that was removed since.";
        return Err(Fault::new(StatusCode::NOT_FOUND, "There is no such policy", text));
    };
    let sources = read(console)?;
    let known = hits(console).unwrap_or_default();
    let text = sources.text(&policy.file);
    let lines = text.as_deref().map(|text| lines(text, policies, policy, &asked.rule));
    Ok(context! {
        page => "/policies",
        policy => summary(policies, policy, &known),
        chosen => &asked.rule,
        lines,
        edited => console.status.revision_of(&sources) != policies.revision,
        playground => format!("/playground?file={}", encoded(&policy.file)),
        ..standing(console, policies)
    })
}

/// The folder as it is now.
pub(super) fn read(console: &Console) -> Result<Sources, Fault> {
    policy::load(console.status.policies_dir())
        .map_err(|error| Fault::internal("read the policies folder", &error))
}

/// The lines of a file, with the rule that each belongs to.
fn lines(text: &str, policies: &Policies, policy: &Policy, chosen: &str) -> Vec<Value> {
    let all: Vec<&str> = text.lines().collect();
    let mut owners: Vec<Option<&Rule>> = vec![None; all.len()];
    for rule in rules(policies, policy) {
        for line in extent(&all, rule.line as usize) {
            if let Some(owner) = owners.get_mut(line - 1) {
                *owner = Some(rule);
            }
        }
    }
    let mut before: Option<&str> = None;
    all.iter()
        .zip(owners)
        .zip(1..)
        .map(|((text, rule), number)| {
            let path = rule.map(|rule| &*rule.path);
            let first = path.is_some() && path != before;
            before = path;
            context! {
                number, text => shown_line(text), first,
                rule => rule.map(|rule| &*rule.id),
                chosen => rule.is_some_and(|rule| &*rule.id == chosen),
            }
        })
        .collect()
}

/// A line of a file that an editor of policies wrote: what cannot be seen in it is written out all the same.
fn shown_line(line: &str) -> Vec<super::super::marked::Piece> {
    super::super::marked::pieces(line, &[], super::super::marked::Layout::Lines)
}

/// The lines of a list item that begins at a line, from 1: down to the next line that is no deeper.
fn extent(lines: &[&str], first: usize) -> std::ops::Range<usize> {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let Some(begin) = first.checked_sub(1).and_then(|at| lines.get(at)) else { return first..first };
    // The place of a rule may be that of its first key, behind the dash.
    let indent = depth(begin);
    let mut end = first;
    for (at, line) in lines.iter().enumerate().skip(first) {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        if depth(line) <= indent {
            break;
        }
        end = at + 1;
    }
    first..end + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_owns_its_lines() {
        let text = "policy: p\nrules:\n  - id: a\n    when:\n\n      # why\n      keywords: [x]\n  # next\n  - {id: b}\n\nreplies:\n  c: d\n";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(extent(&lines, 3), 3..8);
        assert_eq!(extent(&lines, 9), 9..10);
        assert_eq!(extent(&lines, 99), 99..99);
        assert_eq!(extent(&lines, 0), 0..0);
        assert_eq!(extent(&["rules: [{id: a}]", "b: c"], 1), 1..2);
    }

    #[test]
    fn times_are_told_as_ago() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let now = at(1_000_000);
        let table =
            [(1_000_010, "just now"), (999_900, "1 min ago"), (990_000, "2 h ago"), (700_000, "3 days ago")];
        for (second, expected) in table {
            assert_eq!(ago(at(second), now), expected);
        }
    }
}
