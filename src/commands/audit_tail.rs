//! `qwarden audit tail`: the last exchanges, one line each, and the next ones as they come.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::audit_args::{Folder, note_failed, note_unreadable};
use super::audit_line::summary;
use super::printer::{Exit, Format, Printer};
use crate::audit::query::{Follow, Stored};

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(200);

/// Show the last exchanges of the audit log, one line each
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    #[command(flatten)]
    folder: Folder,
    /// How many
    #[arg(short = 'n', long = "lines", value_name = "N", default_value_t = 10)]
    lines: usize,
    /// Go on showing them as they come
    #[arg(short, long)]
    follow: bool,
    /// For people or for programs; json shows the records as they stand in the log
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let (lines, mut follow) = match Follow::with_tail(&args.folder.dir, args.lines) {
        Ok(found) => found,
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    print(&lines, args.format, printer);
    while args.follow && !printer.is_closed() {
        match follow.poll() {
            Ok(lines) if lines.is_empty() => pause(),
            Ok(lines) => print(&lines, args.format, printer),
            Err(error) => {
                note_failed(printer, &error);
                return Exit::Failed;
            }
        }
    }
    Exit::Fine
}

#[expect(clippy::disallowed_methods, reason = "a command of its own thread: no exchange waits for it")]
fn pause() {
    std::thread::sleep(PAUSE);
}

fn print(lines: &[Stored], format: Format, printer: &mut Printer) {
    for stored in lines {
        match (&stored.record, format) {
            (Ok(_), Format::Json) => printer.json_line(&stored.line),
            (Ok(record), Format::Text) => printer.line(summary(record, None)),
            (Err(unreadable), _) => note_unreadable(printer, unreadable),
        }
    }
    printer.flush();
}
