//! `qwarden audit verify`: whether the log is as it was written.

use clap::Args as ClapArgs;
use serde_json::json;

use super::audit_args::{Folder, note_failed};
use super::audit_index;
use super::printer::{BAD, Exit, Format, GOOD, Printer, Shown, Styled};
use crate::audit::index::check::Checked;
use crate::audit::verify::{Verified, verify};

/// Check that no record of the audit log was changed, removed or moved
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let verified = match verify(&args.folder.dir) {
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

fn print_json(verified: &Verified, index: Option<&Checked>, printer: &mut Printer) {
    let fault = verified.fault.as_ref().map(|fault| {
        json!({
            "segment": fault.segment.display().to_string(),
            "line": fault.line,
            "message": fault.kind.to_string(),
        })
    });
    printer.json(&json!({
        "sound": verified.fault.is_none(),
        "segments": verified.segments,
        "records": verified.records,
        "last_hash": verified.last.to_hex(),
        "torn_bytes": verified.torn,
        "fault": fault,
        "index": index.map(audit_index::json),
    }));
}

fn print_text(verified: &Verified, printer: &mut Printer) {
    match &verified.fault {
        None => {
            let records = verified.records;
            printer.line(format_args!(
                "{}: {records} records, each linked to the one before",
                Styled(GOOD, "sound")
            ));
            printer.line(format_args!("the last has the hash {}; noted down elsewhere, it proves later that nothing up to here changed", verified.last));
        }
        Some(fault) => {
            let place = format!("{}:{}", fault.segment.display(), fault.line);
            let what = fault.kind.to_string();
            printer.line(format_args!("{}: {}: {}", Styled(BAD, "not sound"), Shown(&place), Shown(&what)));
            printer.line(format_args!("the {} records before it are as they were written", verified.records));
        }
    }
    if verified.torn > 0 {
        printer.line(format_args!(
            "{} bytes of an unfinished record stand at the end: one that is being written, or the trace of a crash",
            verified.torn
        ));
    }
}
