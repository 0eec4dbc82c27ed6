//! `qwarden audit tail`: the last exchanges, one line each, and the next ones as they come.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::audit_args::{Folder, Identity, Opened, note_failed, note_unreadable};
use super::audit_line::summary;
use super::audit_show::{self, Context};
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
    /// Show the whole of each, as `audit show` does
    #[arg(short, long)]
    expand: bool,
    #[command(flatten)]
    identity: Identity,
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
    let mut opened = match args.identity.open(printer) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    let mut context = args.expand.then(|| Context::of(&args.folder.dir, None));
    print(lines, args, context.as_mut(), &mut opened, printer);
    while args.follow && !printer.is_closed() {
        match follow.poll() {
            Ok(lines) if lines.is_empty() => pause(),
            Ok(lines) => print(lines, args, context.as_mut(), &mut opened, printer),
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

fn print(
    lines: Vec<Stored>,
    args: &Args,
    mut context: Option<&mut Context>,
    opened: &mut Opened,
    printer: &mut Printer,
) {
    if let Some(context) = &mut context {
        context.refresh();
    }
    for stored in lines {
        match stored.record {
            Ok(mut record) => {
                let was_sealed = record.draft.sealed.is_some();
                let open = opened.can_open() && opened.read(&mut record, printer);
                match (args.format, &context) {
                    (Format::Json, _) if was_sealed && open => printer.json(&record),
                    (Format::Json, _) => printer.json_line(&stored.line),
                    (Format::Text, Some(context)) => audit_show::print(&record, context, printer),
                    (Format::Text, None) => printer.line(summary(&record, None)),
                }
            }
            Err(unreadable) => note_unreadable(printer, &unreadable),
        }
    }
    printer.flush();
}
