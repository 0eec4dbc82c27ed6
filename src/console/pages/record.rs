//! One record: what was found and where, by which rule, what it cost, and what the same people said nearby.
//!
//! Owns what the page is put together from. Refuses to know where spans stand in a text (`spans`), and what may be said of
//! a record (`marks`).

mod absence;
mod marks;
mod spans;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::SignedDuration;
use minijinja::{Value, context};

use super::super::Console;
use super::super::access::Session;
use super::super::access::guard::encoded;
use super::super::archive::Found;
use super::super::chart::percent;
use super::super::render::Fault;
use super::super::views::{
    channel, excerpt, microseconds, phase, role, row, rule_link, severity, shown, thousands,
};
use crate::audit::filter::{Clause, Filter, Kind, Measure, Pattern, Test};
use crate::audit::query::Key;
use crate::audit::visible::escape_json;
use crate::audit::{Draft, Finding, Record, Timing};
use crate::decide::judge::Judge;
use crate::policy::Mode;
use crate::text::Phase;
pub(in crate::console) use marks::mark;

/// Neighbours before and after.
const NEIGHBOURS: usize = 6;
/// How far from it in time they may be.
const NEARBY: SignedDuration = SignedDuration::from_mins(30);
/// Spans that are listed of a finding.
const SPANS: usize = 12;

pub(in crate::console) async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Path(key): Path<String>,
) -> Response {
    console.show(session, move |console| Ok(("record.html", put_together(console, &key)?))).await
}

fn put_together(console: &Console, key: &str) -> Result<Value, Fault> {
    let missing = |text: &str| Fault::new(StatusCode::NOT_FOUND, "There is no such record", text);
    let key: Key = key.parse().map_err(|text: String| missing(&format!("What was asked for is {text}.")))?;
    let stored = match console.archive.find(&key)? {
        Found::Line(stored) => stored,
        Found::Nothing => {
            return Err(missing(
                "Neither the index nor the end of the log has it. Retention may have removed it, or the index may not have \
                 got to it yet.",
            ));
        }
        Found::Lie(lie) => {
            let title = "The index and the log disagree about this record";
            let text = format!("The index has it, but {lie}. Verify the log.");
            return Err(Fault::new(StatusCode::CONFLICT, title, text));
        }
    };
    let record = match &stored.record {
        Ok(record) => record,
        Err(unreadable) => return Err(Fault::internal("read the record", unreadable)),
    };
    let judge = console.status.judge();
    let draft = &record.draft;
    let pretty = serde_json::from_str::<serde_json::Value>(&stored.line)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| stored.line.clone());
    Ok(context! {
        page => "/search",
        head => row(record, None),
        findings => draft.findings.iter().map(|one| finding(one, Some(&judge))).collect::<Vec<_>>(),
        findings_cut => draft.findings_cut,
        prompt => spans::text(draft.prompt.as_deref(), draft, Some(Phase::Input)),
        reply => spans::text(draft.reply.as_deref(), draft, draft.original.is_none().then_some(Phase::Output)),
        original => spans::text(draft.original.as_deref(), draft, Some(Phase::Output)),
        absence => absence::absence(console.archive.dir(), record),
        marks => marks::marks(console, record),
        timing => timing(&draft.timing),
        neighbours => neighbours(console, record),
        raw => escape_json(&pretty, true),
        ..facts(record, &judge)
    })
}

fn facts(record: &Record, judge: &Judge) -> Value {
    let draft = &record.draft;
    let policies = judge.policies();
    context! {
        seq => record.seq,
        prev => shown(&record.prev),
        id => shown(&draft.id),
        time => draft.time.strftime("%Y-%m-%d %H:%M:%S%.6f UTC").to_string(),
        revision => shown(&draft.revision),
        in_force => &*draft.revision == policies.revision.as_str(),
        monitored => draft.mode == Mode::Monitor,
        rule_place => draft.rule.as_deref().and_then(|rule| place(judge, rule)),
        usage => draft.usage.map(|usage| {
            context! { prompt => thousands(usage.prompt_tokens), reply => thousands(usage.completion_tokens) }
        }),
        lost => draft.lost,
        tenant_link => word_link("tenant", &draft.tenant),
        client_link => word_link("client", &draft.client),
        model_link => word_link("model", &draft.model),
    }
}

/// The search for everything of the same name.
fn word_link(key: &str, value: &str) -> String {
    let query = format!("{key}:\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    format!("/search?q={}", encoded(&query))
}

/// Where a rule that is in force stands.
fn place(judge: &Judge, path: &str) -> Option<Value> {
    let policies = judge.policies();
    let (_, rule) = policies.rules().find(|(_, rule)| &*rule.path == path)?;
    let file = &policies.policy(rule.policy).file;
    Some(context! { file => &**file, line => rule.line, link => rule_link(path) })
}

/// A finding as the page shows it; where it was judged by the rules in force, with the place of its rule.
pub(super) fn finding(finding: &Finding, judge: Option<&Judge>) -> Value {
    let path = format!("{}/{}", finding.policy, finding.rule);
    let spans: Vec<String> =
        finding.spans.iter().take(SPANS).map(|(start, end)| format!("{start}–{end}")).collect();
    context! {
        path => shown(&path),
        place => judge.and_then(|judge| place(judge, &path)),
        detector => shown(&finding.detector),
        category => finding.category.as_deref().map(shown),
        severity => severity(finding.severity),
        phase => phase(finding.phase),
        role => role(finding.role),
        channel => channel(finding.channel),
        segment => finding.segment,
        score => finding.score.map(|score| context! {
            value => format!("{score:.3}"), percent => format!("{:.1}", (score * 100.0).clamp(0.0, 100.0)),
            threshold => finding.threshold.map(|threshold| format!("{threshold:.3}")),
        }),
        transforms => finding.transforms.iter().map(|name| shown(name)).collect::<Vec<_>>(),
        spans,
        more_spans => finding.spans.len().saturating_sub(SPANS) + finding.spans_cut as usize,
        excerpt => finding.excerpt.as_ref().map(|_| excerpt(finding)),
        marked => finding.mark.is_some(),
    }
}

/// Where the time went, as parts of the whole.
fn timing(timing: &Timing) -> Value {
    let total = timing.total_us.max(1);
    let waited = timing.upstream_first_byte_us.unwrap_or(0);
    let input = timing.screen_input_us.min(total);
    let waited = waited.min(total - input);
    let output = timing.screen_output_us.min(total - input - waited);
    let rest = total - input - waited - output;
    let mut at = 0;
    let parts = [
        ("screening the prompt", "input", input, timing.screen_input_us),
        ("waiting for the backend's first byte", "wait", waited, timing.upstream_first_byte_us.unwrap_or(0)),
        ("screening the reply", "output", output, timing.screen_output_us),
        ("the rest: receiving, sending, recording", "rest", rest, rest),
    ];
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|(name, class, part, told)| {
            let x = percent(at, total);
            at += part;
            context! { name, class, x, width => percent(part, total), time => microseconds(told), some => part > 0 }
        })
        .collect();
    context! {
        parts,
        total => microseconds(timing.total_us),
        added => microseconds(timing.screen_input_us + timing.screen_output_us),
        held => (timing.held_us_max > 0).then(|| microseconds(timing.held_us_max)),
        no_backend => timing.upstream_first_byte_us.is_none(),
    }
}

/// What the same tenant said from the same address, shortly before and after.
fn neighbours(console: &Console, record: &Record) -> Vec<Value> {
    let draft = &record.draft;
    let word = |kind, value: &str| Test::Word(kind, vec![Pattern::Exact(value.to_owned())]);
    let moment = |time: Option<jiff::Timestamp>| time.unwrap_or(draft.time).as_microsecond();
    let near = Test::Range(
        Measure::Time,
        moment(draft.time.checked_sub(NEARBY).ok()),
        moment(draft.time.checked_add(NEARBY).ok()),
    );
    let seq = i64::try_from(record.seq).unwrap_or(i64::MAX);
    let after = Test::Range(Measure::Seq, seq + 1, seq.saturating_add(5_000));
    let filter = |more: Option<Test>| {
        let tests = [word(Kind::Tenant, &draft.tenant), word(Kind::Client, &draft.client), near.clone()];
        let clauses = tests.into_iter().chain(more).map(|test| Clause { negated: false, test }).collect();
        Filter { clauses }
    };
    let pages = console.archive.ask(|index| {
        let after = index.page(&filter(Some(after)), None, 200)?;
        let before = index.page(&filter(None), Some(record.seq), NEIGHBOURS)?;
        Ok((after, before))
    });
    let Ok((after, before)) = pages else { return Vec::new() };
    // The nearest of those after it are the last of their page.
    let skipped = after.hits.len().saturating_sub(NEIGHBOURS);
    let near = after.hits.iter().skip(skipped).map(|hit| (hit, true));
    near.chain(before.hits.iter().map(|hit| (hit, false)))
        .filter_map(|(hit, later)| {
            let (_, other) = hit.found.as_ref().ok()?;
            Some(context! { row => row(other, None), later, same => same_conversation(draft, &other.draft) })
        })
        .collect()
}

/// Whether one prompt goes on where the other ended, as a chat that is sent again does. Only whole prompts tell.
fn same_conversation(one: &Draft, other: &Draft) -> bool {
    let (Some(one), Some(other)) = (one.prompt.as_deref(), other.prompt.as_deref()) else { return false };
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.len() < long.len()
        && long.starts_with(short)
        && long.get(short.len()..).is_some_and(|rest| rest.starts_with("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_that_goes_on_is_the_same_conversation() {
        let draft = |prompt: &str| Draft { prompt: Some(prompt.to_owned()), ..Draft::default() };
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(same_conversation(&draft(one), &draft(other)), expected, "{one} {other}");
        };
        check("user: a", "user: a\n\nassistant: b\n\nuser: c", true);
        check("user: a\n\nassistant: b", "user: a", true);
        check("user: a", "user: ab", false);
        check("user: a", "user: a", false);
    }

    #[test]
    fn the_parts_of_the_time_never_exceed_the_whole() {
        let odd = Timing {
            screen_input_us: 90,
            upstream_first_byte_us: Some(90),
            screen_output_us: 90,
            held_us_max: 0,
            total_us: 100,
        };
        let parts = timing(&odd).get_attr("parts").unwrap();
        let widths: Vec<String> =
            parts.try_iter().unwrap().map(|part| part.get_attr("width").unwrap().to_string()).collect();
        assert_eq!(widths, ["90", "10", "0", "0"]);
    }
}
