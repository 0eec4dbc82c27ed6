//! `qwarden audit show`: everything that the log knows about one exchange.
//!
//! Owns how a record is laid out for eyes, for `show` and for `tail --expand`. Refuses to know where records are
//! kept.

mod context;
mod text;

use std::fmt::{self, Display};
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::audit_args::{Folder, Identity, action, microseconds, note_failed, note_unreadable};
use super::printer::{Exit, FAINT, Format, MATCH, Marked, Printer, STRONG, Shown, Styled, WARNING};
use crate::audit::query::{self, Key};
use crate::audit::visible::{CLOSE, OPEN};
use crate::audit::{Draft, Finding, Record};
use crate::policy::{Mode, Severity};
use crate::text::{Channel, Phase, Role};

pub(super) use context::Context;

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
    #[command(flatten)]
    identity: Identity,
    /// Folder of the policies, to name the file and line of each rule, if they are still those of the record
    #[arg(long, value_name = "DIR", env = "QWARDEN_POLICIES")]
    policies: Option<PathBuf>,
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
    let mut opened = match args.identity.open(printer) {
        Ok(opened) => opened,
        Err(exit) => return exit,
    };
    match (stored.record, args.format) {
        (Ok(mut record), Format::Json) => {
            if record.draft.sealed.is_some() && opened.read(&mut record, printer) {
                printer.json(&record);
            } else {
                printer.json_line(&stored.line);
            }
        }
        (Ok(mut record), Format::Text) => {
            opened.read(&mut record, printer);
            let context = Context::of(&args.folder.dir, args.policies.as_deref());
            print(&record, &context, printer);
            context.print_neighbours(&record, printer);
        }
        (Err(unreadable), _) => note_unreadable(printer, &unreadable),
    }
    Exit::Fine
}

/// Everything that a record says.
pub(super) fn print(record: &Record, context: &Context, printer: &mut Printer) {
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
    row("chain", &format_args!("continues {}", Shown(&record.prev)));
    if draft.late {
        row(
            "late",
            &Styled(WARNING, "written after the audit log had failed; the client may have got an error"),
        );
    }
    print_timing(draft, printer);
    context.print_marks(record, printer);
    if !draft.findings.is_empty() {
        printer.line(Styled(STRONG, "findings"));
    }
    for (number, finding) in (1..).zip(&draft.findings) {
        print_finding(number, finding, context.place(&draft.revision, finding), printer);
    }
    if draft.findings_cut > 0 {
        printer.line(format_args!("  … and {} more that the record does not hold", draft.findings_cut));
    }
    if let Some(why) = context.why_no_text(record) {
        printer.line(format_args!("{} {}", Styled(STRONG, "text"), Styled(WARNING, why)));
        return;
    }
    print_text("prompt", draft.prompt.as_deref(), &draft.findings, Phase::Input, printer);
    print_text("reply", draft.reply.as_deref(), &draft.findings, Phase::Output, printer);
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

/// Columns of the longest bar.
const BAR: usize = 30;

/// A bar of a share of the whole, in eighths of a column.
fn bar(part: u64, whole: u64) -> String {
    const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let eighths = u128::from(part.min(whole)) * (8 * BAR as u128) / u128::from(whole.max(1));
    let eighths = usize::try_from(eighths).unwrap_or(0);
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = EIGHTHS.get(eighths % 8).filter(|_| eighths % 8 > 0) {
        bar.push(*rest);
    }
    if bar.is_empty() && part > 0 {
        // What took any time at all is seen.
        bar.push('▏');
    }
    bar
}

fn print_timing(draft: &Draft, printer: &mut Printer) {
    let timing = &draft.timing;
    printer.line(format_args!("{} {} in all", Styled(STRONG, "timing"), microseconds(timing.total_us)));
    let rows = [
        ("screening the prompt", Some(timing.screen_input_us)),
        ("first byte of the backend", timing.upstream_first_byte_us),
        ("screening the reply", Some(timing.screen_output_us)),
        ("held back at most", Some(timing.held_us_max).filter(|held| *held > 0)),
    ];
    for (name, part) in rows.into_iter().filter_map(|(name, part)| Some((name, part?))) {
        let (time, bar) = (microseconds(part), bar(part, timing.total_us));
        printer.line(format!("  {} {time:>8} {bar}", Styled(FAINT, format_args!("{name:<26}"))).trim_end());
    }
}

fn print_finding(number: usize, finding: &Finding, file: Option<String>, printer: &mut Printer) {
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
        if let Some(threshold) = finding.threshold {
            let sign = if score >= threshold { "≥" } else { "<" };
            line += &format!(" {sign} {threshold:.3}");
        }
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
    if let Some(file) = file {
        place += &format!("; {}", Shown(&file));
    }
    printer.line(format_args!("     {}", Styled(FAINT, place)));
    if let Some(excerpt) = &finding.excerpt {
        printer.line(format_args!("     {}", Marked { text: excerpt, mark: finding.mark }));
    }
}

/// A text over as many lines as it has, with what was found in it marked; everything else that cannot be seen is
/// written out.
fn print_text(name: &str, text: Option<&str>, findings: &[Finding], phase: Phase, printer: &mut Printer) {
    let Some(text) = text else {
        printer.line(format_args!("{} {}", Styled(STRONG, name), Styled(FAINT, "(not captured)")));
        return;
    };
    printer.line(Styled(STRONG, name));
    let marks = text::marks(text, findings, phase);
    let mut start = 0;
    for line in text.split('\n') {
        let end = start + line.len();
        let mut shown = String::new();
        let mut at = 0;
        for (from, to) in text::within(&marks, start, end) {
            let (Some(plain), Some(matched)) = (line.get(at..from), line.get(from..to)) else { continue };
            shown += &format!("{}{OPEN}{}{CLOSE}", Shown(plain), Styled(MATCH, Shown(matched)));
            at = to;
        }
        shown += &Shown(line.get(at..).unwrap_or_default()).to_string();
        printer.line(format_args!("  {} {shown}", Styled(FAINT, "│")));
        start = end + 1;
    }
}

fn named(name: &str) -> Shown<'_> {
    Shown(if name.is_empty() { "(none)" } else { name })
}
