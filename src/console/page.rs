//! The overview page.
//!
//! Owns its HTML, rendered by minijinja with auto-escaping: every text of a record is untrusted.
//! Refuses scripts.

use minijinja::{AutoEscape, Environment, context};

use super::Readiness;
use crate::audit::Record;
use crate::audit::visible::Shown;
use crate::policy::Mode;
use crate::policy::coverage::Coverage;

const TEMPLATE: &str = include_str!("overview.html");

/// The page as HTML; a plain sentence where it cannot be rendered.
pub(super) fn overview(readiness: &Readiness, coverage: &Coverage<'_>, recent: &[Record]) -> String {
    let rows: Vec<_> = recent.iter().map(row).collect();
    let state = context! {
        ready => readiness.ready,
        revision => &readiness.revision,
        rules => readiness.rules,
        policies_refused => readiness.policies_refused.as_deref(),
        audit_failed => readiness.audit_failed.as_deref(),
    };
    let coverage = context! {
        surfaces => coverage.surface_lines(),
        rules => coverage.rule_lines(),
        warnings => coverage.warnings.iter().map(|warning| warning.message.clone()).collect::<Vec<_>>(),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment
        .render_str(
            TEMPLATE,
            context! { readiness => state, coverage, rows, version => env!("CARGO_PKG_VERSION") },
        )
        .unwrap_or_else(|error| format!("<p>The page could not be rendered: {}.", error.kind()))
}

/// One record as the page shows it; hidden characters are made visible.
fn row(record: &Record) -> minijinja::Value {
    let draft = &record.draft;
    let excerpt = draft.findings.first().and_then(|finding| {
        let text = finding.excerpt.as_deref()?;
        let (start, end) = finding.mark?;
        // An excerpt that does not begin where the text does says so.
        let within = finding.spans.first().is_some_and(|(first, _)| *first > start);
        Some(context! {
            before => format!("{}{}", if within { "…" } else { "" }, Shown(text.get(..start)?)),
            matched => Shown(text.get(start..end)?).to_string(),
            after => Shown(text.get(end..)?).to_string(),
        })
    });
    context! {
        seq => record.seq,
        id => &draft.id,
        time => draft.time.to_string(),
        day => draft.time.strftime("%Y-%m-%d").to_string(),
        clock => draft.time.strftime("%H:%M:%S").to_string(),
        action => draft.action.as_str(),
        monitored => draft.mode == Mode::Monitor,
        rule => draft.rule.as_deref().unwrap_or(""),
        dialect => &*draft.dialect,
        model => Shown(&draft.model).to_string(),
        status => draft.status,
        ended => draft.ended.as_str(),
        stream => draft.stream,
        total => milliseconds(draft.timing.total_us),
        screened => milliseconds(draft.timing.screen_input_us + draft.timing.screen_output_us),
        prompt => draft.prompt.as_deref().map(|prompt| Shown(prompt).to_string()),
        excerpt,
    }
}

fn milliseconds(microseconds: u64) -> String {
    let digits = if microseconds < 1_000 { 2 } else { 1 };
    format!("{:.digits$} ms", microseconds as f64 / 1_000.0)
}
