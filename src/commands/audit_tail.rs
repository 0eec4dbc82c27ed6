//! `qwarden audit tail`: the last exchanges, one line each, and the next ones as they come.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::audit_args::{Folder, action, microseconds, note_failed, note_unreadable, status_style};
use super::printer::{Exit, FAINT, Format, Marked, Printer, Shown, Styled, WARNING};
use crate::audit::Record;
use crate::audit::query::{Follow, Stored};
use crate::policy::Mode;

/// How often a followed log is looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// Characters of context on either side of a match in a line.
const CONTEXT: usize = 24;
/// Characters of the match itself, and of names.
const NAME: usize = 48;

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
            (Ok(record), Format::Text) => printer.line(summary(record)),
            (Err(unreadable), _) => note_unreadable(printer, unreadable),
        }
    }
    printer.flush();
}

/// A record on one line.
fn summary(record: &Record) -> String {
    let draft = &record.draft;
    let status = draft.status.map_or("-".to_owned(), |status| status.to_string());
    let mut line = format!(
        "{} {} {:<7} {:>3} {:<16} {:>7} {}",
        Styled(FAINT, format_args!("{:>6}", record.seq)),
        draft.time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
        action(draft.action),
        Styled(status_style(draft.status), status),
        draft.ended.as_str(),
        microseconds(draft.timing.total_us),
        name(&draft.dialect),
    );
    line += &format!(" {}", name(head(&draft.model, NAME)));
    if let Some(rule) = &draft.rule {
        line += &format!(" {}", Shown(rule));
    }
    if draft.mode == Mode::Monitor {
        line += &format!(" {}", Styled(FAINT, "(monitor)"));
    }
    if let Some(code) = draft.code.as_deref().filter(|code| *code != draft.ended.as_str()) {
        line += &format!(" {}", Styled(FAINT, Shown(code)));
    }
    if draft.model_refused {
        line += &format!(" {}", Styled(WARNING, "model refused"));
    }
    if draft.late {
        line += &format!(" {}", Styled(WARNING, "late"));
    }
    // The finding that decided says more than the one that came first.
    let decisive = draft.findings.iter().find(|finding| {
        draft.rule.as_deref().and_then(|rule| rule.split_once('/'))
            == Some((&*finding.policy, &*finding.rule))
    });
    if let Some(finding) = decisive.or(draft.findings.first())
        && let Some(excerpt) = &finding.excerpt
    {
        line += &format!("  {}", narrow(excerpt, finding.mark));
    }
    line
}

/// A name that a client chose, in quotes where it could pass for more than one column.
fn name(name: &str) -> String {
    match name {
        "" => "-".to_owned(),
        _ if name.contains(' ') => format!("\"{}\"", Shown(name)),
        _ => Shown(name).to_string(),
    }
}

/// An excerpt with less around its match, so that it fits on a line.
fn narrow(excerpt: &str, mark: Option<(usize, usize)>) -> Marked<'_> {
    let parts = mark.and_then(|(start, end)| {
        Some((excerpt.get(..start)?, excerpt.get(start..end)?, excerpt.get(end..)?))
    });
    let Some((before, matched, after)) = parts else {
        return Marked { text: head(excerpt, 2 * CONTEXT), mark: None };
    };
    let start = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(at, _)| at);
    let shown = head(matched, NAME);
    let tail = if shown.len() == matched.len() { head(after, CONTEXT).len() } else { 0 };
    let end = before.len() + shown.len();
    let text = excerpt.get(start..end + tail).unwrap_or(excerpt);
    Marked { text, mark: Some((before.len() - start, end - start)) }
}

fn head(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}
