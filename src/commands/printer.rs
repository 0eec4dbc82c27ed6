//! The one place that writes to the terminal.
//!
//! Owns standard output and standard error, colour, the two output formats and the exit status.
//! What a client or a model wrote is never sent to a terminal as it is: commands show it through
//! [`Shown`] or [`Marked`], which write hidden characters visibly. Refuses to know what is being
//! said.

use std::error::Error;
use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

pub use crate::audit::visible::Shown;
use crate::audit::visible::{CLOSE, OPEN, escape_json};

/// For whom a command writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON value a line.
    Json,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Exit {
    /// Status 0: done, and the answer is yes where there is one.
    Fine,
    /// Status 1: done, and the answer is no.
    No,
    /// Status 2: the command could not do its work.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Fine => Self::SUCCESS,
            Exit::No => Self::from(1),
            Exit::Failed => Self::from(2),
        }
    }
}

/// Bold: headings and names.
pub const STRONG: Style = Style::new().bold();
/// Dim: what is there in case it is needed.
pub const FAINT: Style = Style::new().dimmed();
/// Green: as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Yellow: worth a look.
pub const WARNING: Style = AnsiColor::Yellow.on_default();
/// Red: wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The match within an excerpt.
pub const MATCH: Style = AnsiColor::Yellow.on_default().bold();

/// A value in a style.
#[derive(Debug, Clone, Copy)]
pub struct Styled<T>(pub Style, pub T);

impl<T: Display> Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, value) = self;
        // Width and alignment are the value's, so that columns do not depend on colour.
        write!(f, "{style}")?;
        value.fmt(f)?;
        write!(f, "{style:#}")
    }
}

/// An excerpt with its match between `⟦` and `⟧`, and all hidden characters visible. The brackets
/// are escaped where they are part of the text, so that no text can pretend to a match.
#[derive(Debug, Clone, Copy)]
pub struct Marked<'a> {
    /// Somebody's text.
    pub text: &'a str,
    /// The match, as a byte range of `text`; what does not lie on characters counts as none.
    pub mark: Option<(usize, usize)>,
}

impl Display for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.mark.and_then(|(start, end)| {
            Some((self.text.get(..start)?, self.text.get(start..end)?, self.text.get(end..)?))
        });
        match parts {
            Some((before, matched, after)) => {
                let matched = Styled(MATCH, Shown(matched));
                write!(f, "{}{OPEN}{matched}{CLOSE}{}", Shown(before), Shown(after))
            }
            None => Shown(self.text).fmt(f),
        }
    }
}

/// Standard output and standard error.
pub struct Printer {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    closed: bool,
}

impl Printer {
    /// The process's own, in colour where a terminal shows it and `NO_COLOR` does not forbid it.
    #[must_use]
    pub fn terminal() -> Self {
        let out = BufWriter::with_capacity(64 * 1024, AutoStream::auto(io::stdout()));
        Self { out: Box::new(out), err: Box::new(AutoStream::auto(io::stderr())), closed: false }
    }

    /// One that writes into memory, for tests.
    #[must_use]
    pub fn captured(colour: bool) -> (Self, Captured) {
        let captured = Captured::default();
        let stream = |buffer: &Buffer| -> Box<dyn Write + Send> {
            let buffer: Box<dyn Write + Send> = Box::new(buffer.clone());
            if colour {
                Box::new(AutoStream::always_ansi(buffer))
            } else {
                Box::new(AutoStream::never(buffer))
            }
        };
        let printer = Self { out: stream(&captured.out), err: stream(&captured.err), closed: false };
        (printer, captured)
    }

    /// A line on standard output.
    pub fn line(&mut self, line: impl Display) {
        let outcome = writeln!(self.out, "{line}");
        self.note_closed(&outcome);
    }

    /// A value as one line of JSON on standard output.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(json) => self.json_line(&json),
            Err(error) => self.error(&error),
        }
    }

    /// A line that is JSON already. Hidden characters in it become JSON escapes, which mean the
    /// same.
    pub fn json_line(&mut self, json: &str) {
        self.line(escape_json(json, true));
    }

    /// A line on standard error that is no part of the answer.
    pub fn note(&mut self, note: impl Display) {
        self.flush();
        // Nothing is left to tell it to when standard error is gone.
        let _ = writeln!(self.err, "{note}");
    }

    /// An error with its causes, on standard error. A message may have several lines.
    pub fn error(&mut self, error: &dyn Error) {
        let lines = |error: &dyn Error| {
            let message = error.to_string();
            message.lines().map(|line| Shown(line).to_string()).collect::<Vec<_>>().join("\n")
        };
        self.note(format_args!("{}: {}", Styled(BAD, "error"), lines(error)));
        let mut cause = error.source();
        while let Some(error) = cause {
            self.note(format_args!("  {}: {}", Styled(FAINT, "caused by"), lines(error)));
            cause = error.source();
        }
    }

    /// An error with a file, on standard error: one line.
    pub fn error_in(&mut self, path: &Path, error: &dyn Error) {
        let (path, error) = (path.display().to_string(), error.to_string());
        self.note(format_args!("{}: {}: {}", Styled(BAD, "error"), Shown(&path), Shown(&error)));
    }

    /// Sends everything on its way; a printer does so by itself when it is dropped.
    pub fn flush(&mut self) {
        let outcome = self.out.flush();
        self.note_closed(&outcome);
    }

    /// Whether whoever reads standard output has gone (`… | head`), so that there is no use in
    /// going on.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn note_closed(&mut self, outcome: &io::Result<()>) {
        self.closed |= outcome.is_err();
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for Printer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printer").field("closed", &self.closed).finish_non_exhaustive()
    }
}

/// What a captured printer wrote.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    out: Buffer,
    err: Buffer,
}

impl Captured {
    /// Standard output so far.
    #[must_use]
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error so far.
    #[must_use]
    pub fn err(&self) -> String {
        self.err.text()
    }
}

#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cannot_be_forged_or_broken() {
        let table = [
            ("a needle here", Some((2, 8)), "a ⟦needle⟧ here"),
            ("⟦forged⟧", None, "\\u{27e6}forged\\u{27e7}"),
            ("中文", Some((0, 3)), "⟦中⟧文"),
            ("中文", Some((1, 3)), "中文"),
            ("abc", Some((2, 9)), "abc"),
            ("abc", Some((2, 1)), "abc"),
            ("", Some((0, 0)), "⟦⟧"),
        ];
        for (text, mark, shown) in table {
            let (mut printer, captured) = Printer::captured(false);
            printer.line(Marked { text, mark });
            assert_eq!(captured.out(), format!("{shown}\n"));
        }
    }

    #[test]
    fn errors_tell_their_causes() {
        #[derive(Debug, thiserror::Error)]
        #[error("could not read a\u{1b}[31mb")]
        struct Outer(#[source] io::Error);
        let (mut printer, captured) = Printer::captured(false);
        printer.error(&Outer(io::Error::other("disk on fire")));
        assert_eq!(captured.err(), "error: could not read a\\u{1b}[31mb\n  caused by: disk on fire\n");
        let (mut printer, captured) = Printer::captured(true);
        printer.line(format_args!("{:>6}", Styled(BAD, "no")));
        assert_eq!(captured.out(), "\u{1b}[1m\u{1b}[31m    no\u{1b}[0m\n");
    }

    #[test]
    fn json_is_safe_and_the_same() {
        let (mut printer, captured) = Printer::captured(false);
        let value = serde_json::json!({"text": "x\u{202e}\u{9b}y"});
        printer.json(&value);
        assert_eq!(captured.out(), "{\"text\":\"x\\u202e\\u009by\"}\n");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&captured.out()).unwrap(), value);
    }
}
