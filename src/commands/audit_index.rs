//! What the commands that search share: the query as it was typed, and an index that is level with
//! the log.
//!
//! Owns what is said while an index is built. Refuses to know what is searched.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::audit_args::{Folder, Identity, Opened, note_failed};
use super::printer::{BAD, Exit, Printer, Shown, Styled, WARNING};
use crate::audit::filter::Filter;
use crate::audit::index::check::{self, Checked};
use crate::audit::index::{Index, IndexError};
use crate::audit::query;

/// What is asked for.
#[derive(Debug, Clone, Args)]
pub(super) struct Query {
    /// Conditions that must all hold, such as `action:deflect policy:pii since:1h latency:>500ms "text" -tenant:x`;
    /// put them in quotes of the shell's, after `--` when they begin with `-`. docs/audit-search.md has them all
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
}

impl Query {
    /// A query that was put together elsewhere.
    pub(super) fn of(query: Vec<String>) -> Self {
        Self { query }
    }

    /// The filter, or the end of the command.
    pub(super) fn filter(&self, printer: &mut Printer) -> Result<Filter, Exit> {
        Filter::parse(&self.query.join(" "), jiff::Timestamp::now()).map_err(|fault| {
            printer.error(&fault);
            Exit::Failed
        })
    }
}

/// Which records of which log, and what opens their texts.
#[derive(Debug, Clone, Args)]
pub(super) struct Wanted {
    #[command(flatten)]
    query: Query,
    #[command(flatten)]
    folder: Folder,
    #[command(flatten)]
    identity: Identity,
}

impl Wanted {
    /// The folder of the log.
    pub(super) fn dir(&self) -> &Path {
        &self.folder.dir
    }

    /// The filter and the identity, or the end of the command.
    pub(super) fn read(&self, printer: &mut Printer) -> Result<(Filter, Opened), Exit> {
        Ok((self.query.filter(printer)?, self.identity.open(printer)?))
    }
}

/// The index of the log in `dir`, level with it.
pub(super) fn level(dir: &Path, rebuild: bool, printer: &mut Printer) -> Result<Index, Exit> {
    try_level(dir, rebuild, printer).map_err(|error| {
        note_failed(printer, &error);
        Exit::Failed
    })
}

fn try_level(dir: &Path, rebuild: bool, printer: &mut Printer) -> Result<Index, IndexError> {
    let mut index = if rebuild { Index::rebuild(dir)? } else { Index::open(dir)? };
    let last =
        query::tail(dir, 1).ok().and_then(|lines| Some(lines.last()?.record.as_ref().ok()?.seq)).unwrap_or(0);
    let at = index.last_seq()?;
    if index.is_read_only() {
        if at < last {
            printer.note(format_args!(
                "{}: the index cannot be written by this user, and ends at record {at} of {last}",
                Styled(WARNING, "warning")
            ));
        }
        return Ok(index);
    }
    let bar = if std::io::stderr().is_terminal() && last.saturating_sub(at) > 10_000 {
        ProgressBar::new(last)
    } else {
        ProgressBar::hidden()
    };
    // A template that cannot be read leaves the bar that indicatif has by itself.
    if let Ok(style) = ProgressStyle::with_template("indexing {bar:30} {pos} of {len} records, {eta} left") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar.set_position(at);
    let filled = index.catch_up(|seq| bar.set_position(seq))?;
    bar.finish_and_clear();
    if filled.rebuilt {
        printer.note("note: the index did not agree with the log and was built anew");
    }
    Ok(index)
}

/// Whether the index says what the log says; `None` where there is none that could be asked.
pub(super) fn checked(dir: &Path) -> Result<Option<Checked>, IndexError> {
    match check::check(dir) {
        // What is no index, or one of another version, says nothing: the next search builds it anew.
        Err(error) if error.is_corrupt() || matches!(error, IndexError::Missing { .. }) => Ok(None),
        other => other,
    }
}

/// Says it to people.
pub(super) fn print_checked(checked: Option<&Checked>, printer: &mut Printer) {
    let Some(checked) = checked else { return };
    if checked.is_true() {
        let behind = match checked.behind {
            0 => String::new(),
            behind => format!("; {behind} more are not in it yet"),
        };
        printer
            .line(format_args!("the index for search says the same of {} records{behind}", checked.records));
        return;
    }
    if let Some(first) = checked.lies.first() {
        let listed = checked.lies.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let lies = checked.total;
        printer.line(format_args!(
            "{}: about {lies} records, the first is {first} ({listed})",
            Styled(BAD, "the index lies")
        ));
    }
    for fault in &checked.faults {
        printer.line(format_args!("{}: {}", Styled(BAD, "the index lies"), Shown(fault)));
    }
    printer.line("the log is the truth; `qwarden audit search --rebuild` builds the index anew from it");
}

/// Says it to programs.
pub(super) fn json(checked: &Checked) -> Value {
    json!({
        "true": checked.is_true(),
        "records": checked.records,
        "behind": checked.behind,
        "lies": checked.total,
        "first_lies": checked.lies,
        "faults": checked.faults,
    })
}
