//! `qwarden policy replay`: what changed policies would do to past exchanges, or to a corpus.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};

use super::audit_args::{Folder, note_failed};
use super::policy_replay_report as shown;
use super::printer::{Exit, Format, Printer, Shown, Styled, WARNING};
use super::rulebook::{self, ClassifiersArg};
use crate::audit::cipher::Identities;
use crate::audit::filter::Filter;
use crate::audit::marks::Marks;
use crate::audit::segments;
use crate::gateway::rules::Rulebook;
use crate::replay::records::{self, Wanted};
use crate::replay::{Progress, Replay, Report, corpus};
use crate::screen::classifier::Classifiers;

/// Rows of a corpus whose faults are told one by one.
const TOLD: u64 = 10;

/// Show what changed policies would do to past exchanges (with `capture: full`), or to a corpus
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Folder of the changed policies
    #[arg(value_name = "DIR", default_value = "policies")]
    changed: PathBuf,
    /// Lines of JSON with `text`, and where wanted `role`, `phase`, `id`, in place of records
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "newest"])]
    corpus: Option<PathBuf>,
    /// Only records that a query of `audit search` finds, such as `since:7d action:deflect`
    #[arg(long = "where", value_name = "QUERY", default_value = "", allow_hyphen_values = true)]
    query: String,
    /// Only the newest so many records
    #[arg(long, value_name = "N")]
    newest: Option<usize>,
    #[command(flatten)]
    folder: Folder,
    /// An age identity (`AGE-SECRET-KEY-1…`) that opens encrypted records
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Compare with these policies [default: what the records say; for a corpus the folder in force,
    /// which is $QWARDEN_POLICIES or `policies`]
    #[arg(long, value_name = "DIR")]
    before: Option<PathBuf>,
    #[command(flatten)]
    classifiers: ClassifiersArg,
    /// Examples of each rule and kind of change
    #[arg(long, value_name = "N", default_value_t = 3)]
    examples: usize,
    /// End with status 1 when anything would change
    #[arg(long)]
    fail_on_change: bool,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let report = match replay(args, printer) {
        Ok(report) => report,
        Err(exit) => return exit,
    };
    match args.format {
        Format::Text => shown::print(&report, args.corpus.is_some(), printer),
        Format::Json => printer.json(&report),
    }
    if report.judged == 0 {
        let what = if args.corpus.is_some() { "row" } else { "record" };
        printer.note(format_args!("error: no {what} could be judged, so this says nothing"));
        if report.left_out() > 0 && args.corpus.is_none() {
            printer.note("help: records can be judged again that were written with `audit.capture: full`");
        }
        return Exit::Failed;
    }
    if args.fail_on_change && report.is_changed() { Exit::No } else { Exit::Fine }
}

fn replay(args: &Args, printer: &mut Printer) -> Result<Report, Exit> {
    let before = match (&args.before, &args.corpus) {
        (Some(before), _) => Some(before.clone()),
        (None, Some(_)) => Some(in_force(&args.changed, printer)?),
        (None, None) => None,
    };
    let filter = Filter::parse(&args.query, jiff::Timestamp::now()).map_err(|fault| {
        printer.error(&fault);
        Exit::Failed
    })?;
    let classifiers = args.classifiers.load(printer)?;
    let after = read(&args.changed, &classifiers, printer)?;
    let before = before.map(|dir| read(&dir, &classifiers, printer)).transpose()?;
    let replay = Replay::new(&after.judge).with_examples(args.examples);
    let replay = before.as_ref().map_or(replay, |before| replay.against(&before.judge));
    match &args.corpus {
        Some(file) => of_corpus(file, replay, printer),
        None => of_records(args, &filter, replay, printer),
    }
}

/// Policies that must compile. A folder that does not is work that cannot be done: status 1 is for changes.
fn read(dir: &Path, classifiers: &Classifiers, printer: &mut Printer) -> Result<Rulebook, Exit> {
    rulebook::read_sound(dir, classifiers, printer).map(|(rulebook, _)| rulebook).map_err(|_| Exit::Failed)
}

/// The folder in force, where it is another one.
fn in_force(changed: &Path, printer: &mut Printer) -> Result<PathBuf, Exit> {
    let dir = std::env::var_os("QWARDEN_POLICIES").map_or_else(|| PathBuf::from("policies"), PathBuf::from);
    let same = match (dir.canonicalize(), changed.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => dir == changed,
    };
    if same {
        printer.note(format_args!(
            "error: {} is the folder in force: there is nothing to compare it with",
            Shown(&changed.display().to_string())
        ));
        printer.note("help: name the changed folder, or with --before DIR the one to compare with");
        return Err(Exit::Failed);
    }
    Ok(dir)
}

fn of_records(
    args: &Args,
    filter: &Filter,
    replay: Replay<'_>,
    printer: &mut Printer,
) -> Result<Report, Exit> {
    let dir = &args.folder.dir;
    let marks = Marks::read(dir).map_err(|error| {
        note_failed(printer, &error);
        Exit::Failed
    })?;
    let replay = replay.with_marks(&marks);
    let identities = args.identity.as_deref().map(Identities::read).transpose().map_err(|error| {
        printer.error(&error);
        printer.note("help: --identity names a file as `age-keygen` writes it");
        Exit::Failed
    })?;
    let wanted = Wanted { filter, identities: identities.as_ref() };
    let outcome = match args.newest {
        None => records::all(dir, wanted).and_then(|source| {
            let bar = bar(length(dir));
            let report = replay.run(source, |progress| tick(&bar, progress));
            bar.finish_and_clear();
            report
        }),
        Some(count) => records::newest(dir, wanted, count).and_then(|source| {
            let bar = bar(None);
            let report = replay.run(source, |progress| tick(&bar, progress));
            bar.finish_and_clear();
            report
        }),
    };
    outcome.map_err(|error| {
        note_failed(printer, &error);
        Exit::Failed
    })
}

fn of_corpus(file: &Path, replay: Replay<'_>, printer: &mut Printer) -> Result<Report, Exit> {
    let unread = |error, printer: &mut Printer| {
        let file = file.display().to_string();
        printer.note(format_args!("error: {} cannot be read: {error}", Shown(&file)));
        Exit::Failed
    };
    let opened = File::open(file).map_err(|error| unread(error, printer))?;
    let size = opened.metadata().ok().map(|metadata| metadata.len());
    let reader = BufReader::with_capacity(1 << 20, opened);
    let (mut faults, mut told) = (Vec::new(), 0);
    let bar = bar(size);
    let rows = corpus::rows(reader, |line, reason| {
        told += 1;
        if told <= TOLD {
            faults.push(format!("line {line}: {reason}"));
        }
    });
    let outcome = replay.run(rows, |progress| tick(&bar, progress));
    bar.finish_and_clear();
    for fault in &faults {
        printer.note(format_args!("{}: {}", Styled(WARNING, "warning"), Shown(fault)));
    }
    if told > TOLD {
        printer.note(format_args!("… and {} more lines that are no rows", told - TOLD));
    }
    outcome.map_err(|error| unread(error, printer))
}

/// Bytes of all text of the log.
fn length(dir: &Path) -> Option<u64> {
    let segments = segments::list(dir).ok()?;
    segments.iter().map(|segment| segment.open().and_then(|text| text.length()).ok()).sum()
}

fn tick(bar: &ProgressBar, progress: Progress) -> ControlFlow<()> {
    bar.set_position(progress.bytes);
    bar.set_message(format!("{} judged", progress.judged));
    ControlFlow::Continue(())
}

/// A bar on standard error, where somebody looks at it.
fn bar(size: Option<u64>) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match size {
        Some(size) => (ProgressBar::new(size), "{bar:40} {bytes}/{total_bytes} {msg}, {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}"),
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
