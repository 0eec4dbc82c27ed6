//! Records as a table for spreadsheets: a row a record, findings summed up.
//!
//! Owns the columns. Refuses to be run: what a record says is only ever shown.

use crate::audit::Record;
use crate::audit::visible::is_hidden;
use crate::policy::Mode;

/// Names of the columns.
pub(super) const COLUMNS: [&str; 29] = [
    "seq",
    "time",
    "id",
    "tenant",
    "client",
    "dialect",
    "model",
    "stream",
    "revision",
    "mode",
    "action",
    "rule",
    "policies",
    "categories",
    "findings",
    "model_refused",
    "status",
    "ended",
    "code",
    "prompt_tokens",
    "completion_tokens",
    "total_us",
    "screen_input_us",
    "upstream_first_byte_us",
    "screen_output_us",
    "held_us_max",
    "late",
    "prompt",
    "reply",
];

/// The row of a record.
pub(super) fn cells(record: &Record) -> [String; 29] {
    let draft = &record.draft;
    let text = |text: &str| inert(text);
    let number = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
    let list = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.dedup();
        text(&names.join(" "))
    };
    let timing = &draft.timing;
    [
        record.seq.to_string(),
        draft.time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
        text(&draft.id),
        text(&draft.tenant),
        text(&draft.client),
        text(&draft.dialect),
        text(&draft.model),
        draft.stream.to_string(),
        text(&draft.revision),
        if draft.mode == Mode::Monitor { "monitor" } else { "enforce" }.to_owned(),
        draft.action.as_str().to_owned(),
        text(draft.rule.as_deref().unwrap_or_default()),
        list(draft.findings.iter().map(|finding| &*finding.policy).collect()),
        list(draft.findings.iter().filter_map(|finding| finding.category.as_deref()).collect()),
        draft.findings.len().to_string(),
        draft.model_refused.to_string(),
        number(draft.status.map(u64::from)),
        draft.ended.as_str().to_owned(),
        text(draft.code.as_deref().unwrap_or_default()),
        number(draft.usage.map(|usage| usage.prompt_tokens)),
        number(draft.usage.map(|usage| usage.completion_tokens)),
        timing.total_us.to_string(),
        timing.screen_input_us.to_string(),
        number(timing.upstream_first_byte_us),
        timing.screen_output_us.to_string(),
        timing.held_us_max.to_string(),
        draft.late.to_string(),
        text(draft.prompt.as_deref().unwrap_or_default()),
        text(draft.reply.as_deref().unwrap_or_default()),
    ]
}

/// A text that a spreadsheet only shows: one that it would take for a formula begins with `'`, and what
/// cannot be seen is written out.
fn inert(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']) {
        shown.push('\'');
    }
    for c in text.chars() {
        if is_hidden(c) && !matches!(c, '\n' | '\t') {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A row without its end.
pub(super) fn row(cells: [String; 29]) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Writing to memory cannot fail, and text stays text.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).into_owned()
}
