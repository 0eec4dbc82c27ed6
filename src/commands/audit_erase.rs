//! `qwarden audit erase`: takes the text of exchanges out of the log, and leaves a signed note.
//!
//! Owns asking before it is done. Refuses to know how bytes are erased.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::audit_args::{Folder, note_failed};
use super::audit_index::{self, Query};
use super::printer::{Exit, Format, Printer, Shown, Styled, WARNING};
use crate::audit::erase::{self, Erased};
use crate::audit::query::{self, Key};

/// Records that are named before they are counted.
const NAMED: usize = 10;

/// Erase the text of exchanges (prompt, reply, excerpts) from the audit log, for good. What was decided
/// stays, and the log stays verifiable: a signed note says what was erased and when
#[derive(Debug, Clone, ClapArgs)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct Args {
    /// The exchange: its id (`x-qwarden-id`) or sequence number; can be given more than once
    #[arg(long, value_name = "ID|SEQ", group = "what")]
    id: Vec<Key>,
    /// Every exchange of this tenant
    #[arg(long, value_name = "NAME", group = "what")]
    tenant: Option<String>,
    /// Every exchange that came from this address
    #[arg(long, value_name = "ADDRESS", group = "what")]
    client: Option<String>,
    /// Every exchange that a query finds, such as `tenant:acme until:30d` (with --tenant and --client: of those).
    /// docs/audit-search.md has the language
    #[arg(long = "where", value_name = "QUERY", group = "what")]
    filter: Option<String>,
    /// Why; it stands in the note
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    folder: Folder,
    /// The log's signing key, where it is not in its folder
    #[arg(long, value_name = "FILE", env = "QWARDEN_AUDIT__KEY")]
    signing_key: Option<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let seqs = match wanted(args, printer) {
        Ok(seqs) => seqs,
        Err(exit) => return exit,
    };
    if seqs.is_empty() {
        printer.note("nothing was found");
        return Exit::No;
    }
    if !args.yes {
        match asked(&seqs, printer) {
            Some(true) => {}
            Some(false) => {
                printer.note("nothing was erased");
                return Exit::No;
            }
            None => {
                printer.note("error: there is nobody to ask here; --yes erases without asking");
                return Exit::Failed;
            }
        }
    }
    let dir = &args.folder.dir;
    let erased = match erase::erase(dir, args.signing_key.as_deref(), &seqs, args.reason.as_deref()) {
        Ok(erased) => erased,
        Err(error) => {
            printer.error(&error);
            printer.note("help: run this as the gateway's user, or name the signing key with --signing-key; what was begun is finished by the next `audit erase`");
            return Exit::Failed;
        }
    };
    // What the index knows goes too, before anybody is told that the text is gone.
    if dir.join(crate::audit::index::FILE).exists()
        && let Err(exit) = audit_index::level(dir, false, printer)
    {
        printer.note("help: the log is erased; delete index.sqlite and what stands beside it, and the text is gone from there too");
        return exit;
    }
    print(&erased, args.format, printer);
    if erased.unsound.is_empty() { Exit::Fine } else { Exit::No }
}

/// `seq` of what is to be erased.
fn wanted(args: &Args, printer: &mut Printer) -> Result<BTreeSet<u64>, Exit> {
    let dir = &args.folder.dir;
    let mut seqs = BTreeSet::new();
    for key in &args.id {
        match query::find(dir, key) {
            Ok(Some(stored)) => match stored.record {
                Ok(record) => drop(seqs.insert(record.seq)),
                Err(error) => {
                    note_failed(printer, &error);
                    return Err(Exit::Failed);
                }
            },
            Ok(None) => {
                let dir = dir.display().to_string();
                printer.note(format_args!("no such record in {}", Shown(&dir)));
                return Err(Exit::No);
            }
            Err(error) => {
                note_failed(printer, &error);
                return Err(Exit::Failed);
            }
        }
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut words: Vec<String> = Vec::new();
    words.extend(args.tenant.as_deref().map(|tenant| format!("tenant:{}", quoted(tenant))));
    words.extend(args.client.as_deref().map(|client| format!("client:{}", quoted(client))));
    words.extend(args.filter.clone());
    if words.is_empty() {
        return Ok(seqs);
    }
    let filter = Query::of(words).filter(printer)?;
    if filter.clauses.is_empty() {
        printer.note("error: --where has no condition; to erase everything, remove the log");
        return Err(Exit::Failed);
    }
    // The log itself is asked: what an index leaves out would stay for ever.
    let records = query::records(dir).map_err(|error| {
        note_failed(printer, &error);
        Exit::Failed
    })?;
    for stored in records {
        let stored = stored.map_err(|error| {
            note_failed(printer, &error);
            Exit::Failed
        })?;
        if let Ok(record) = &stored.record
            && record.draft.has_content()
            && filter.matches(record)
        {
            seqs.insert(record.seq);
        }
    }
    Ok(seqs)
}

/// Whether somebody at the terminal wants it; `None` where there is nobody.
fn asked(seqs: &BTreeSet<u64>, printer: &mut Printer) -> Option<bool> {
    if !io::stdin().is_terminal() {
        return None;
    }
    let named: Vec<String> = seqs.iter().take(NAMED).map(u64::to_string).collect();
    let more = if seqs.len() > NAMED { ", …" } else { "" };
    let count = seqs.len();
    printer
        .note(format_args!("the text of {count} records will be gone for good: {}{more}", named.join(", ")));
    printer.note("type `yes` to erase it");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).ok()?;
    Some(answer.trim() == "yes")
}

fn print(erased: &Erased, format: Format, printer: &mut Printer) {
    if format == Format::Json {
        printer.json(&json!({
            "erased": erased.records,
            "had_no_text": erased.empty,
            "unsound": erased.unsound,
            "torn_files": erased.torn.iter().map(|path| path.display().to_string()).collect::<Vec<_>>(),
        }));
        return;
    }
    printer.line(format_args!("erased the text of {} records", erased.records.len()));
    if !erased.empty.is_empty() {
        printer.line(format_args!("{} held none, or lost it before", erased.empty.len()));
    }
    for seq in &erased.unsound {
        printer.note(format_args!(
            "{}: record {seq} is not as it was written and was left as it is; see `qwarden audit verify`",
            Styled(WARNING, "warning")
        ));
    }
    for path in &erased.torn {
        let path = path.display().to_string();
        printer.note(format_args!(
            "{}: {} holds the end of a log that a crash tore off, and may hold text too: look at it, and remove it",
            Styled(WARNING, "warning"),
            Shown(&path)
        ));
    }
}
