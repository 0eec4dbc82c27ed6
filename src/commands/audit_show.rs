//! `qwarden audit show`: everything that the log knows about one exchange.

use std::fmt::{self, Display};

use clap::Args as ClapArgs;

use super::audit_args::{Folder, action, microseconds, note_failed, note_unreadable};
use super::printer::{Exit, FAINT, Format, Marked, Printer, STRONG, Shown, Styled, WARNING};
use crate::audit::query::{self, Key};
use crate::audit::{Draft, Finding, Record};
use crate::policy::{Mode, Severity};
use crate::text::{Channel, Phase, Role};

/// Spans that are listed; the json form has all of them.
const SPANS: usize = 12;

/// Show everything that the audit log knows about one exchange
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// Its id (`x-qwarden-id`) or its sequence number
    #[arg(value_name = "ID|SEQ")]
    key: Key,
    #[command(flatten)]
    folder: Folder,
    /// For people or for programs; json shows the record as it stands in the log
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub fn run(args: &Args, printer: &mut Printer) -> Exit {
    let stored = match query::find(&args.folder.dir, &args.key) {
        Ok(Some(stored)) => stored,
        Ok(None) => {
            let dir = args.folder.dir.display().to_string();
            printer.note(format_args!("no such record in {}", Shown(&dir)));
            return Exit::No;
        }
        Err(error) => {
            note_failed(printer, &error);
            return Exit::Failed;
        }
    };
    match (&stored.record, args.format) {
        (Ok(_), Format::Json) => printer.json_line(&stored.line),
        (Ok(record), Format::Text) => print(record, printer),
        (Err(unreadable), _) => note_unreadable(printer, unreadable),
    }
    Exit::Fine
}

fn print(record: &Record, printer: &mut Printer) {
    let draft = &record.draft;
    printer.line(format_args!(
        "{} {}",
        Styled(STRONG, format_args!("record {}", record.seq)),
        Shown(&draft.id)
    ));
    let mut row = |name: &str, value: &dyn Display| {
        printer.line(format_args!("  {} {value}", Styled(FAINT, format_args!("{name:<9}"))));
    };
    row("time", &draft.time.strftime("%Y-%m-%d %H:%M:%S%.6f UTC"));
    row("from", &format_args!("{}, tenant {}", named(&draft.client), named(&draft.tenant)));
    let streamed = if draft.stream { ", streamed" } else { "" };
    row("called", &format_args!("{}, model {}{streamed}", named(&draft.dialect), named(&draft.model)));
    row("action", &Outcome(draft));
    row("ended", &Ending(draft));
    row("policies", &format_args!("revision {}", named(&draft.revision)));
    if draft.model_refused {
        row("model", &Styled(WARNING, "declined or dodged by itself"));
    }
    if let Some(usage) = draft.usage {
        row(
            "usage",
            &format_args!(
                "{} prompt tokens, {} completion tokens",
                usage.prompt_tokens, usage.completion_tokens
            ),
        );
    }
    row("timing", &Times(draft));
    row("chain", &format_args!("continues {}", Shown(&record.prev)));
    if draft.late {
        row(
            "late",
            &Styled(WARNING, "written after the audit log had failed; the client may have got an error"),
        );
    }
    if !draft.findings.is_empty() {
        printer.line(Styled(STRONG, "findings"));
    }
    for (number, finding) in (1..).zip(&draft.findings) {
        print_finding(number, finding, printer);
    }
    if draft.findings_cut > 0 {
        printer.line(format_args!("  … and {} more that the record does not hold", draft.findings_cut));
    }
    print_text("prompt", draft.prompt.as_deref(), printer);
    print_text("reply", draft.reply.as_deref(), printer);
}

struct Outcome<'a>(&'a Draft);

impl Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", action(self.0.action))?;
        if let Some(rule) = &self.0.rule {
            write!(f, " by {}", Shown(rule))?;
        }
        if self.0.mode == Mode::Monitor {
            f.write_str(", not carried out (monitor)")?;
        }
        Ok(())
    }
}

struct Ending<'a>(&'a Draft);

impl Display for Ending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.ended.as_str())?;
        match self.0.status {
            Some(status) => write!(f, ", status {status}")?,
            None => f.write_str(", no status was sent")?,
        }
        match &self.0.code {
            Some(code) => write!(f, ", code {}", Shown(code)),
            None => Ok(()),
        }
    }
}

struct Times<'a>(&'a Draft);

impl Display for Times<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timing = &self.0.timing;
        write!(
            f,
            "{} in all; screening the prompt {}",
            microseconds(timing.total_us),
            microseconds(timing.screen_input_us)
        )?;
        if let Some(first_byte) = timing.upstream_first_byte_us {
            write!(f, ", first byte of the backend {}", microseconds(first_byte))?;
        }
        write!(f, ", screening the reply {}", microseconds(timing.screen_output_us))?;
        if timing.held_us_max > 0 {
            write!(f, ", held back at most {}", microseconds(timing.held_us_max))?;
        }
        Ok(())
    }
}

fn print_finding(number: usize, finding: &Finding, printer: &mut Printer) {
    let phase = match finding.phase {
        Phase::Input => "input",
        Phase::Output => "output",
    };
    let role = match finding.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let channel = match finding.channel {
        Channel::Content => "content",
        Channel::Reasoning => "reasoning",
        Channel::ToolCall => "tool call",
    };
    let severity = match finding.severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    };
    let mut line =
        format!("{}/{}: {}", Shown(&finding.policy), Shown(&finding.rule), Shown(&finding.detector));
    if let Some(category) = &finding.category {
        line += &format!(" {}", Shown(category));
    }
    if !finding.transforms.is_empty() {
        line += &format!(", seen through {}", Shown(&finding.transforms.join(", ")));
    }
    if let Some(score) = finding.score {
        line += &format!(", score {score:.3}");
    }
    printer.line(format_args!("  {number}. {line}, severity {severity}"));
    let mut place = format!("{phase}, segment {}, {role}, {channel}", finding.segment);
    if !finding.spans.is_empty() {
        let spans: Vec<String> =
            finding.spans.iter().take(SPANS).map(|(start, end)| format!("{start}..{end}")).collect();
        place += &format!(", bytes {}", spans.join(" "));
        let more = finding.spans.len().saturating_sub(SPANS) + finding.spans_cut as usize;
        if more > 0 {
            place += &format!(" and {more} more");
        }
    }
    printer.line(format_args!("     {}", Styled(FAINT, place)));
    if let Some(excerpt) = &finding.excerpt {
        printer.line(format_args!("     {}", Marked { text: excerpt, mark: finding.mark }));
    }
}

/// A text over as many lines as it has; everything else that cannot be seen is written out.
fn print_text(name: &str, text: Option<&str>, printer: &mut Printer) {
    let Some(text) = text else {
        printer.line(format_args!("{} {}", Styled(STRONG, name), Styled(FAINT, "(not captured)")));
        return;
    };
    printer.line(Styled(STRONG, name));
    for line in text.split('\n') {
        printer.line(format_args!("  {} {}", Styled(FAINT, "│"), Shown(line)));
    }
}

fn named(name: &str) -> Shown<'_> {
    Shown(if name.is_empty() { "(none)" } else { name })
}
