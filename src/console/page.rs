//! The overview page.
//!
//! Owns its HTML, rendered by minijinja with auto-escaping: every text of a record is untrusted.
//! Refuses scripts.

use minijinja::{AutoEscape, Environment, context};

use super::Readiness;
use crate::audit::Record;
use crate::audit::visible::Shown;
use crate::policy::Mode;

const TEMPLATE: &str = include_str!("overview.html");

/// The page as HTML; a plain sentence where it cannot be rendered.
pub(super) fn overview(readiness: &Readiness, coverage: &str, recent: &[Record]) -> String {
    let rows: Vec<_> = recent.iter().map(row).collect();
    let state = context! {
        ready => readiness.ready,
        revision => &readiness.revision,
        rules => readiness.rules,
        policies_refused => readiness.policies_refused.as_deref(),
        audit_failed => readiness.audit_failed.as_deref(),
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
        Some(context! {
            before => Shown(text.get(..start)?).to_string(),
            matched => Shown(text.get(start..end)?).to_string(),
            after => Shown(text.get(end..)?).to_string(),
        })
    });
    context! {
        seq => record.seq,
        id => &draft.id,
        time => draft.time.to_string(),
        action => draft.action.as_str(),
        monitored => draft.mode == Mode::Monitor,
        rule => draft.rule.as_deref().unwrap_or(""),
        dialect => &*draft.dialect,
        model => Shown(&draft.model).to_string(),
        status => draft.status,
        ended => draft.ended.as_str(),
        stream => draft.stream,
        total_ms => format!("{:.1}", draft.timing.total_us as f64 / 1_000.0),
        screened_us => draft.timing.screen_input_us + draft.timing.screen_output_us,
        prompt => draft.prompt.as_deref().map(|prompt| Shown(prompt).to_string()),
        excerpt,
    }
}
