//! `qwarden audit export`: records for other programs.
//!
//! Reads the log itself and never the index, so that what is exported is what the log says.

use clap::{Args as ClapArgs, ValueEnum};

use super::audit_args::{Folder, note_failed, note_unreadable};
use super::audit_index::Query;
use super::printer::{Exit, Printer};
use crate::audit::visible::is_hidden;
use crate::audit::{Record, query};
use crate::policy::Mode;

/// Write records of the audit log out for other programs, oldest first
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    query: Query,
    #[command(flatten)]
    folder: Folder,
    /// The form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// No more than so many
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
}

/// What an export looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// The lines as they stand in the log.
    #[default]
    Jsonl,
    /// A table for spreadsheets: a row a record, findings summed up.
    Csv,
}

const COLUMNS: [&str; 29] = [
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

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let filter = match args.query.filter(printer) {
        Ok(filter) => filter,
        Err(exit) => return exit,
    };
    let records = match query::records(&args.folder.dir) {
        Ok(records) => records,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    if args.format == Form::Csv {
        printer.line(row(COLUMNS.map(str::to_owned)));
    }
    let (mut left, mut exit) = (args.limit.unwrap_or(u64::MAX), Exit::Fine);
    for stored in records {
        if left == 0 || printer.is_closed() {
            break;
        }
        let stored = match stored {
            Ok(stored) => stored,
            Err(error) => {
                note_failed(printer, &error);
                return Exit::Failed;
            }
        };
        match &stored.record {
            Ok(record) if filter.matches(record) => {
                left -= 1;
                match args.format {
                    Form::Jsonl => printer.json_line(&stored.line),
                    Form::Csv => printer.line(row(cells(record))),
                }
            }
            Ok(_) => {}
            Err(unreadable) => {
                note_unreadable(printer, unreadable);
                exit = Exit::No;
            }
        }
    }
    exit
}

fn cells(record: &Record) -> [String; 29] {
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
fn row(cells: [String; 29]) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Writing to memory cannot fail, and text stays text.
    let _ = writer.write_record(cells);
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).into_owned()
}
