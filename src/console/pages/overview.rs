//! The overview: how the gateway does, and what it did.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};

use super::super::access::Session;
use super::super::archive::Archive;
use super::super::chart::{percent, series, spread};
use super::super::render::Fault;
use super::super::summary::Window;
use super::super::views::{microseconds, row, rule_link, shown, thousands};
use super::super::{Console, Readiness};
use crate::audit::index::stats::{Count, Stats};
use crate::audit::query::Stored;
use crate::audit::{Record, Timing};
use crate::policy::Action;
use crate::screen::classifier::State as ModelState;

/// Exchanges whose times are read from the end of the log.
const RECENT: usize = 300;
/// Those of them that are listed.
const LISTED: usize = 8;
/// Rows of a table of names.
const TOP: usize = 8;

#[derive(Debug, Default, Deserialize)]
pub(in crate::console) struct Asked {
    #[serde(default)]
    window: String,
}

/// A name with its count.
#[derive(Debug, Clone, Serialize)]
pub(in crate::console) struct Named {
    name: String,
    raw: String,
    count: String,
    percent: String,
    link: Option<String>,
}

pub(in crate::console) async fn page(
    State(console): State<Arc<Console>>,
    session: Session,
    Query(asked): Query<Asked>,
) -> Response {
    console.show(session, move |console| Ok(("overview.html", put_together(console, &asked)?))).await
}

fn put_together(console: &Arc<Console>, asked: &Asked) -> Result<Value, Fault> {
    let window = Window::of_name(&asked.window);
    let readiness = console.status.readiness();
    // A console whose index fails still tells how the gateway does.
    let counted = console.counted(window);
    let recent = recent(&console.archive);
    let coverage = console.status.coverage();
    let log = console.status.log().stats();
    let windows: Vec<Value> = Window::ALL
        .into_iter()
        .map(|one| context! { name => one.name(), title => one.title(), current => one == window })
        .collect();
    let numbers = match &counted {
        Ok(counted) => context! {
            series => series(counted, window),
            until => counted.until.strftime("%H:%M:%S UTC").to_string(),
            ..totals(&counted.stats)
        },
        Err(fault) => context! { index_fault => &fault.text },
    };
    let timing = |of: fn(&Timing) -> u64| spread(recent.iter().map(|one| of(&one.draft.timing)).collect());
    Ok(context! {
        page => "/",
        readiness => health(&readiness),
        windows,
        window => window.name(),
        window_title => window.title(),
        latency => timing(|timing| timing.total_us),
        added => timing(|timing| timing.screen_input_us + timing.screen_output_us),
        held => timing(|timing| timing.held_us_max),
        listed => recent.iter().take(LISTED).map(|record| row(record, None)).collect::<Vec<_>>(),
        queue => context! {
            used => log.queue_used, size => log.queue_size, lost => log.lost, upkeep_failures => log.upkeep_failures,
            durable_ms => log.sync_us.checked_div(log.syncs).map(microseconds),
        },
        index_lag => console.status.index_lag(),
        coverage => context! {
            surfaces => coverage.surface_lines(),
            rules => coverage.rule_lines(),
            warnings => coverage.warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>(),
        },
        ..numbers
    })
}

fn health(readiness: &Readiness) -> Value {
    context! {
        ready => readiness.ready,
        revision => &readiness.revision,
        rules => readiness.rules,
        policies_refused => readiness.policies_refused.as_deref().map(shown),
        classifiers => readiness.classifiers.iter().map(|one| context! {
            name => shown(&one.classifier), state => one.state.as_str(), failed => one.state == ModelState::Failed,
        }).collect::<Vec<_>>(),
        classifiers_refused => readiness.classifiers_refused.as_deref().map(shown),
        audit_failed => readiness.audit_failed.as_deref().map(shown),
        uncovered => readiness.uncovered.len(),
    }
}

fn recent(archive: &Archive) -> Vec<Record> {
    let lines = archive.newest(RECENT).unwrap_or_default();
    lines.into_iter().filter_map(|Stored { record, .. }| record.ok().map(|record| *record)).collect()
}

fn totals(stats: &Stats) -> Value {
    let acted: u64 =
        stats.actions.iter().filter(|one| one.name != Action::Allow.as_str()).map(|one| one.records).sum();
    let named = |counts: &[Count], key: &str| {
        let most = counts.first().map_or(0, |count| count.records);
        let named = counts.iter().take(TOP).map(|count| Named {
            name: if count.name.is_empty() { "(none)".to_owned() } else { shown(&count.name) },
            raw: count.name.clone(),
            count: thousands(count.records),
            percent: percent(count.records, most),
            link: if key == "rule" { rule_link(&count.name) } else { None },
        });
        named.collect::<Vec<_>>()
    };
    context! {
        exchanges => thousands(stats.records),
        none => stats.records == 0,
        acted => thousands(acted),
        acted_percent => percent(acted, stats.records),
        p50 => microseconds(stats.latency.p50),
        p99 => microseconds(stats.latency.p99),
        actions => named(&stats.actions, "action"),
        rules_hit => named(&stats.rules, "rule"),
        tenants => named(&stats.tenants, "tenant"),
        models => named(&stats.models, "model"),
        ends => named(&stats.ended, "ended"),
    }
}
