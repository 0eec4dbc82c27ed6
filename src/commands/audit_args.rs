//! What the `audit` commands share: which folder, and how a record is summed up.

use std::path::PathBuf;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::Args;

use super::printer::{BAD, Exit, FAINT, Printer, Shown, Styled, WARNING};
use crate::audit::Record;
use crate::audit::cipher::Identities;
use crate::audit::query::Unreadable;
use crate::policy::Action;

/// Which audit log.
#[derive(Debug, Clone, Args)]
pub struct Folder {
    /// Folder of the audit log
    #[arg(long = "audit-dir", value_name = "DIR", env = "QWARDEN_AUDIT__DIR", default_value = "audit")]
    pub dir: PathBuf,
}

/// How text that is encrypted is read.
#[derive(Debug, Clone, Args)]
pub(super) struct Identity {
    /// File with the age identity that opens encrypted text (`audit.recipients`)
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl Identity {
    /// Reads the file, where one is named.
    pub(super) fn open(&self, printer: &mut Printer) -> Result<Opened, Exit> {
        let identities = match &self.identity {
            None => None,
            Some(path) => Some(Identities::read(path).map_err(|error| {
                printer.error_in(path, &error);
                Exit::Failed
            })?),
        };
        Ok(Opened { identities, closed: 0, told: false })
    }
}

/// What opens encrypted text.
pub(super) struct Opened {
    identities: Option<Identities>,
    /// Records whose text stayed closed.
    closed: u64,
    told: bool,
}

impl Opened {
    /// Puts the text of a record back where it belongs; whether none of it is under seal any more.
    pub(super) fn read(&mut self, record: &mut Record, printer: &mut Printer) -> bool {
        if record.draft.sealed.is_none() {
            return true;
        }
        let outcome = self.identities.as_ref().map(|identities| identities.open(&mut record.draft));
        match outcome {
            Some(Ok(_)) => return true,
            Some(Err(reason)) if !self.told => {
                self.told = true;
                printer.note(format_args!(
                    "{}: the text of record {} cannot be opened: {}",
                    Styled(WARNING, "warning"),
                    record.seq,
                    Shown(&reason)
                ));
            }
            Some(Err(_)) | None => {}
        }
        self.closed += 1;
        false
    }

    /// Whether there is an identity at all.
    pub(super) fn can_open(&self) -> bool {
        self.identities.is_some()
    }

    /// Says how much stayed closed.
    pub(super) fn report(&self, printer: &mut Printer) {
        if self.closed > 0 {
            printer.note(Styled(
                FAINT,
                format_args!("the text of {} records is encrypted; --identity FILE opens it", self.closed),
            ));
        }
    }
}

/// The name of an action and its colour.
pub(super) fn action(action: Action) -> Styled<&'static str> {
    let (style, name) = match action {
        Action::Allow => (FAINT, "allow"),
        Action::Flag => (WARNING, "flag"),
        Action::Redact => (AnsiColor::Cyan.on_default(), "redact"),
        Action::Rewrite => (AnsiColor::Blue.on_default(), "rewrite"),
        Action::Deflect => (AnsiColor::Magenta.on_default(), "deflect"),
        Action::Block => (BAD, "block"),
    };
    Styled(style, name)
}

/// The colour of an HTTP status.
pub(super) fn status_style(status: Option<u16>) -> Style {
    match status {
        Some(200..=399) => Style::new(),
        Some(400..=499) => WARNING,
        Some(_) => BAD,
        None => FAINT,
    }
}

/// A time of so many microseconds with three significant digits.
pub(super) fn microseconds(count: u64) -> String {
    if count == 0 {
        return "0µs".to_owned();
    }
    // Debug of a Duration is its readable form; three digits are enough for eyes.
    let digits = count.checked_ilog10().unwrap_or(0);
    let grain = 10u64.pow(digits.saturating_sub(2));
    format!("{:?}", Duration::from_micros(count / grain * grain))
}

/// Says on standard error that a line of the log is no record.
pub(super) fn note_unreadable(printer: &mut Printer, unreadable: &Unreadable) {
    printer.note(format_args!(
        "{}: {}; `qwarden audit verify` tells what happened to the log",
        Styled(WARNING, "warning"),
        Shown(&unreadable.to_string())
    ));
}

/// Says on standard error that the log could not be read.
pub(super) fn note_failed(printer: &mut Printer, error: &dyn std::error::Error) {
    printer.error(error);
    printer.note("help: --audit-dir names the folder that the gateway writes its audit log to");
}
