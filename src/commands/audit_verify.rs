//! `qwarden audit verify`: whether the log is as it was written.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::audit_args::{Folder, note_failed};
use super::audit_index;
use super::printer::{BAD, Exit, Format, GOOD, Printer, Shown, Styled, WARNING};
use crate::audit::PublicKey;
use crate::audit::index::check::Checked;
use crate::audit::seal::Checkpoint;
use crate::audit::verify::{Verified, Witness, verify_against};

/// Check that no record of the audit log was changed, removed or moved
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    /// A checkpoint that was exported earlier: the log must still hold what it witnesses. Can be given
    /// more than once
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// Public key that must have signed, in PEM form; without it, the keys in the log's own folder are
    /// believed
    #[arg(long, value_name = "FILE")]
    public_key: Vec<PathBuf>,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let witness = match witness(args) {
        Ok(witness) => witness,
        Err((path, error)) => {
            printer.error_in(&path, &error);
            return Exit::Failed;
        }
    };
    let bar = bar();
    let verified = verify_against(&args.folder.dir, &witness, &mut |progress| {
        bar.set_length(progress.total);
        bar.set_position(progress.done);
    });
    bar.finish_and_clear();
    let verified = match verified {
        Ok(verified) => verified,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    let index = match audit_index::checked(&args.folder.dir) {
        Ok(index) => index,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    match args.format {
        Format::Json => print_json(&verified, index.as_ref(), printer),
        Format::Text => {
            print_text(&verified, printer);
            audit_index::print_checked(index.as_ref(), printer);
        }
    }
    let is_true = index.is_none_or(|index| index.is_true());
    if verified.fault.is_some() || !is_true { Exit::No } else { Exit::Fine }
}

fn witness(args: &Args) -> Result<Witness, (PathBuf, std::io::Error)> {
    let mut witness = Witness::default();
    for path in &args.public_key {
        witness.keys.extend(PublicKey::read(path).map_err(|error| (path.clone(), error))?);
    }
    for path in &args.checkpoint {
        let checkpoint = Checkpoint::read(path).map_err(|error| (path.clone(), error))?;
        witness.checkpoints.push((path.clone(), checkpoint));
    }
    Ok(witness)
}

/// A bar on standard error, where that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template(
        "verifying [{bar:40}] {percent}% {bytes}/{total_bytes} {bytes_per_sec}, {eta} left",
    );
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn print_json(verified: &Verified, index: Option<&Checked>, printer: &mut Printer) {
    let fault = verified.fault.as_ref().map(|fault| {
        json!({
            "segment": fault.segment.display().to_string(),
            "line": fault.line,
            "code": fault.kind.code(),
            "message": fault.kind.to_string(),
        })
    });
    let removed = verified.removed.iter().map(|seal| {
        json!({
            "segment": seal.segment,
            "first_seq": seal.first_seq,
            "last_seq": seal.last_seq,
            "first_time": seal.first_time,
            "last_time": seal.last_time,
        })
    });
    printer.json(&json!({
        "sound": verified.fault.is_none(),
        "segments": verified.segments,
        "sealed": verified.sealed,
        "records": verified.records,
        "checkpoints": verified.checkpoints,
        "last_hash": verified.last.to_hex(),
        "torn_bytes": verified.torn,
        "erased": verified.erased,
        "erasing": verified.unfinished,
        "removed": removed.collect::<Vec<_>>(),
        "fault": fault,
        "index": index.map(audit_index::json),
    }));
}

fn print_text(verified: &Verified, printer: &mut Printer) {
    match &verified.fault {
        None => {
            let Verified { records, segments, sealed, checkpoints, .. } = verified;
            printer.line(format_args!(
                "{}: {records} records, each linked to the one before, in {}; {} and {} agree",
                Styled(GOOD, "sound"),
                counted(*segments as u64, "segment"),
                counted(*sealed as u64, "seal"),
                counted(*checkpoints as u64, "checkpoint"),
            ));
            printer.line(format_args!("the last has the hash {}; `qwarden audit checkpoint`, kept elsewhere, proves later that nothing up to here changed", verified.last));
        }
        Some(fault) => {
            let mut place = fault.segment.display().to_string();
            if fault.line > 0 {
                place += &format!(":{}", fault.line);
            }
            let what = fault.kind.to_string();
            printer.line(format_args!("{}: {}: {}", Styled(BAD, "not sound"), Shown(&place), Shown(&what)));
            printer.line(format_args!("the {} records before it are as they were written", verified.records));
        }
    }
    if let (Some(first), Some(last)) = (verified.removed.first(), verified.removed.last()) {
        printer.line(format_args!(
            "retention removed {}, records {} to {}, of {} to {}, and kept what seals them",
            counted(verified.removed.len() as u64, "segment"),
            first.first_seq,
            last.last_seq,
            first.first_time,
            last.last_time
        ));
    }
    if verified.erased > 0 {
        let count = verified.erased;
        printer.line(format_args!(
            "the text of {count} records was erased, as signed notes say; the rest of them stands"
        ));
    }
    if verified.unfinished > 0 {
        printer.line(format_args!(
            "{}: the text of {} records is to be erased and is still there: a crash came between; the next `qwarden audit erase` or start of the gateway finishes it",
            Styled(WARNING, "note"),
            verified.unfinished
        ));
    }
    if verified.torn > 0 {
        printer.line(format_args!(
            "{}: {} bytes of an unfinished record stand at the end: one that is being written, or the trace of a crash",
            Styled(WARNING, "note"),
            verified.torn
        ));
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
